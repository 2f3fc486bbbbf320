//! The bounds of the contracts against what their runs used.
//!
//! A bound is a sum of quantities. Those that show in a run's host calls and in its memory are put
//! in as they were, so that little slack is left: a bound that forgot a way of some hundred
//! gas would be exceeded.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{Bound, ExportBound, HostPrice, Protocol, Quantity, bounds, validate};
use lockstep_vm::Completion;

use crate::recorder::{RecordedCall, RecordedRun};

/// Bytes of a page.
const PAGE_BYTES: u64 = 65_536;

/// What was checked.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Runs that succeeded and whose export has a bound for that.
    pub(crate) succeeded: u64,
    /// Runs that succeeded without one.
    pub(crate) unbounded: u64,
    /// Runs that failed, and whose export has a bound for all runs.
    pub(crate) failed: u64,
    /// Those that used more than a fifth of what their bound came to.
    pub(crate) close: u64,
}

/// How a run ended, if it did not trap: whether with success.
fn success(run: &RecordedRun) -> Option<bool> {
    let last = run.calls.last();
    match (run.completion, last.map(|call| call.function)) {
        (Completion::Returned, _) => Some(true),
        (Completion::Unwound, Some(HostFunction::Return | HostFunction::Terminate)) => Some(true),
        (Completion::Unwound, Some(HostFunction::Revert | HostFunction::Panic)) => Some(false),
        _ => None,
    }
}

/// Whether what a call used is that of other frames, too.
fn calls_contracts(function: HostFunction) -> bool {
    matches!(
        function,
        HostFunction::Call
            | HostFunction::DelegateCall
            | HostFunction::Instantiate
            | HostFunction::Upgrade
    )
}

/// What a call of the host used.
fn used_by(call: &RecordedCall) -> u64 {
    u64::try_from(call.before.gas - call.after.gas).expect("gas is used, not made")
}

/// What a call that runs other frames costs the one that makes it.
fn own_cost(call: &RecordedCall, price: &HostPrice) -> u64 {
    let lengths: u64 = match call.function {
        HostFunction::Call | HostFunction::DelegateCall => call.arguments[2] + call.arguments[4],
        HostFunction::Instantiate => call.arguments[3],
        _ => call.arguments[2],
    };
    price.base + price.per_input_byte * lengths
}

/// The gas that the frame itself used.
fn used(run: &RecordedRun, protocol: &Protocol) -> u64 {
    let all = u64::try_from(run.start.gas - run.after.gas).expect("gas is used, not made");
    let others = run
        .calls
        .iter()
        .filter(|call| calls_contracts(call.function));
    others.fold(all, |all, call| {
        let price = protocol.schedule.host_price(call.function);
        all - used_by(call) + own_cost(call, &price)
    })
}

/// The most bytes that one call of a host function can have had, by what it was charged.
fn bytes_max(run: &RecordedRun, function: HostFunction, protocol: &Protocol) -> Option<u64> {
    let price = protocol.schedule.host_price(function);
    let prices = [price.per_input_byte, price.per_output_byte];
    let least = prices.into_iter().filter(|price| *price > 0).min()?;
    let calls = run.calls.iter().filter(|call| call.function == function);
    calls
        .map(|call| used_by(call).saturating_sub(price.base).div_ceil(least))
        .max()
}

/// What a quantity was in a run, or more.
fn quantity(run: &RecordedRun, quantity: Quantity, most: u64, protocol: &Protocol) -> u64 {
    let answers = |function| {
        let calls = run
            .calls
            .iter()
            .filter(move |call| call.function == function);
        calls.filter_map(|call| call.answer.ok().flatten()).max()
    };
    let memory = |call: Option<&RecordedCall>| {
        let bytes = call.map(|call| call.memory_before.len());
        bytes.and_then(|bytes| u64::try_from(bytes).ok())
    };
    // Behind the last call nothing is seen, unless that ended the run.
    let at_end = run
        .calls
        .last()
        .filter(|_| run.completion == Completion::Unwound);
    let known = match quantity {
        Quantity::InputLength => answers(HostFunction::InputLength),
        Quantity::ReturnedLength { .. } => answers(HostFunction::ReturnedLength),
        Quantity::Growth => memory(at_end).map(|bytes| bytes / PAGE_BYTES),
        Quantity::BulkBytes { .. } => memory(at_end),
        Quantity::HostBytes { function, .. } if !calls_contracts(function) => {
            Some(bytes_max(run, function, protocol).unwrap_or(0))
        }
        _ => None,
    };
    known.map_or(most, |known| known.min(most))
}

/// The most that a run may have used.
fn limit(run: &RecordedRun, bound: &Bound, protocol: &Protocol) -> Option<u64> {
    match bound {
        Bound::Exact { gas } | Bound::AtMost { gas } => Some(*gas),
        Bound::Linear { base, terms, .. } => Some(terms.iter().fold(*base, |sum, term| {
            let units = quantity(run, term.quantity, term.quantity_max, protocol);
            sum + term.per_unit * units
        })),
        Bound::Unbounded { .. } => None,
        Bound::Traps | Bound::Fails => Some(0),
    }
}

/// Compares a run with the bound of its method.
///
/// # Errors
/// How the run is above it.
pub(crate) fn check(run: &RecordedRun, checked: &mut Checked) -> Result<(), String> {
    let Some(success) = success(run) else {
        return Ok(());
    };
    let protocol = Protocol::v1();
    let valid = validate(&run.upload, &protocol).map_err(|refusal| format!("{refusal:?}"))?;
    let found = bounds(&valid).map_err(|error| error.to_string())?;
    let named = |export: &&ExportBound| export.name == run.method;
    let export = found.iter().find(named).ok_or("it is not exported")?;
    let used = used(run, &protocol);
    let within = |bound: &Bound| match limit(run, bound, &protocol) {
        Some(limit) if used > limit => Err(format!("{used} is above {limit}: {bound:?}")),
        limit => Ok(limit),
    };
    let of_all = within(&export.bound)?;
    if !success {
        checked.failed += u64::from(of_all.is_some());
        return Ok(());
    }
    match within(&export.on_success.bound)? {
        Some(limit) => {
            checked.succeeded += 1;
            checked.close += u64::from(used > limit / 5);
        }
        None => checked.unbounded += 1,
    }
    Ok(())
}
