//! Static bounds against what runs use: no run that does not trap uses more than the bound of its
//! export, no run that succeeds more than the bound of those, and an exact bound is used to the
//! last unit.
//!
//! The runs are those of the reference interpreter with a host that charges and refuses as the
//! machine does (`charging`). With less gas than its bound a run says nothing, so a run that runs
//! out is tried again with more.

mod charging;

use std::rc::Rc;

use lockstep_gas_meter::{Bound, PrepareError, Protocol, Quantity, bounds, validate};
use lockstep_reference::{Instance, Meter, Module, Stop};

use self::charging::{Charging, INPUT_BYTES};
use crate::programs::argument_lists;

/// So many times the gas decides whether a run that used more than its bound is on its way to a
/// trap, or does not end at all.
const GAS_TO_SPARE: i64 = 20;
/// More than any run of a module with little gas takes.
const STACK: i64 = 60_000;

/// What checks came to, to see that they checked something.
#[derive(Debug, Default)]
pub struct CheckedBounds {
    /// Exports of which all runs that do not trap use the same gas.
    pub exact: u64,
    /// Exports that are bounded by a number.
    pub at_most: u64,
    /// Exports that are bounded by quantities.
    pub linear: u64,
    /// Exports without a bound.
    pub unbounded: u64,
    /// Runs that ended as one of their bounds is for, and were compared with it.
    pub runs: u64,
    /// Runs that used more than the bound of all, and that much more gas brought to no end.
    pub undecided: u64,
    /// Exports whose runs that succeed have a lower bound than all, or only they have one.
    pub lower_on_success: u64,
    /// Runs that succeed, of exports that have a bound for them.
    pub succeeded: u64,
    /// Runs that the host ended with failure.
    pub failed: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Success,
    Failure,
    Trap,
    OutOfGas,
}

/// The most that a run with these arguments may use.
fn limit_of(bound: &Bound, arguments: &[u64]) -> Option<u64> {
    match bound {
        Bound::Exact { gas } | Bound::AtMost { gas } => Some(*gas),
        Bound::Linear { base, terms, .. } => {
            let mut sum = *base;
            for term in terms {
                let units = match term.quantity {
                    Quantity::Parameter { index } => arguments[index as usize],
                    Quantity::InputLength => INPUT_BYTES,
                    _ => term.quantity_max,
                };
                // A run in which it is greater traps.
                let units = units.min(term.quantity_max);
                sum = sum.saturating_add(term.per_unit.saturating_mul(units));
            }
            Some(sum)
        }
        Bound::Unbounded { causes, .. } => {
            assert!(!causes.is_empty());
            None
        }
        Bound::Traps | Bound::Fails => Some(0),
    }
}

/// A call of an export, with the gas that it gets at first.
struct Called<'a> {
    module: &'a Rc<Module>,
    protocol: &'a Protocol,
    name: &'a str,
    arguments: &'a [u64],
    gas: i64,
}

/// What became of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The run is one of those that the bound is for, and within it.
    Within,
    /// The bound says nothing of the run.
    Silent,
    /// The run has used more than a bound that is a number, and with more gas it still runs.
    Undecided,
}

/// Whether a bound for all runs is for one that ended so: it did not trap.
fn ends(ended: Ended) -> bool {
    matches!(ended, Ended::Success | Ended::Failure)
}

/// Whether a bound for runs that succeed is for one that ended so.
fn succeeds(ended: Ended) -> bool {
    ended == Ended::Success
}

impl Called<'_> {
    /// Runs it once: what was used and how it ended. `None` when there is no instance.
    fn run(&self, gas: i64) -> Option<(u64, Meter, Ended)> {
        let pages_max = self.protocol.limits.memory_pages_max;
        let mut instance = Instance::new(self.module, pages_max).ok()?;
        let mut meter = Meter::new(gas, STACK);
        let mut host = Charging::new(self.protocol);
        let result = instance.invoke(self.name, self.arguments, &mut meter, &mut host);
        let ended = match result {
            Err(Stop::OutOfGas) => Ended::OutOfGas,
            Err(Stop::Host) if host.unpaid => Ended::OutOfGas,
            Err(Stop::Host) if host.trapped => Ended::Trap,
            Err(Stop::Host) if host.failed => Ended::Failure,
            Ok(_) | Err(Stop::Host) => Ended::Success,
            Err(_) => Ended::Trap,
        };
        let used = u64::try_from(gas - meter.gas_left).expect("gas is used, not made");
        Some((used, meter, ended))
    }

    /// Whether a bound, and the limit that it is for these arguments, holds for the first run, and
    /// for another with more gas if that one ran out of it. `counts` says which runs it is for.
    fn hold(
        &self,
        bound: &Bound,
        limit: Option<u64>,
        (used, meter, ended): &(u64, Meter, Ended),
        counts: fn(Ended) -> bool,
    ) -> Result<Held, String> {
        let Some(limit) = limit else {
            return Ok(Held::Silent);
        };
        if counts(*ended) {
            if *used > limit {
                return Err(format!("{used} is above {limit}"));
            }
            if matches!(bound, Bound::Traps | Bound::Fails) {
                return Err(format!("it ended with {ended:?}"));
            }
            return match bound {
                Bound::Exact { gas } if gas != used => Err(format!("{used} is not {gas}")),
                _ => Ok(Held::Within),
            };
        }
        // With more gas than the bound a run may only run out on its way to another end. A single
        // charge beyond all gas is that of an operand.
        let within_gas = i64::try_from(limit).is_ok_and(|limit| limit <= self.gas);
        let is_out = *ended == Ended::OutOfGas && within_gas;
        if !is_out || meter.operand_gas > 0 || meter.gas_left <= -self.gas {
            return Ok(Held::Silent);
        }
        let again = self.run(self.gas.saturating_mul(GAS_TO_SPARE));
        match again.expect("it ran before").2 {
            ended if counts(ended) => Err(format!("{ended:?} with more gas than the bound")),
            // That nothing ends is what the bound says.
            Ended::OutOfGas if !matches!(bound, Bound::Traps | Bound::Fails) => Ok(Held::Undecided),
            _ => Ok(Held::Silent),
        }
    }
}

/// Runs every export of a module with some arguments and compares with its bounds, for all runs
/// that do not trap and for those that succeed. `gas` is what a run gets at first. A module that is
/// refused, or that cannot be instantiated, is passed over.
///
/// # Errors
/// The first run that a bound does not hold for.
///
/// # Panics
/// On a mistake in the analysis or the reference that shows as an error.
pub fn check_static_bounds(
    bytes: &[u8],
    protocol: &Protocol,
    gas: i64,
    checked: &mut CheckedBounds,
) -> Result<(), String> {
    let valid = match validate(bytes, protocol) {
        Ok(valid) => valid,
        Err(PrepareError::Refused(_)) => return Ok(()),
        Err(PrepareError::Internal(error)) => panic!("{error}"),
    };
    let found = bounds(&valid).expect("no mistake in the analysis");
    let module = Module::decode(bytes, &protocol.schedule).expect("the reference knows it");
    let module = Rc::new(module);
    for export in found {
        let success = &export.on_success.bound;
        checked.count(&export.bound, success);
        let Some(ty) = module.exported_function(&export.name) else {
            continue;
        };
        for arguments in argument_lists(ty).iter().step_by(5) {
            let limits = [&export.bound, success].map(|bound| limit_of(bound, arguments));
            if limits == [None, None] {
                continue;
            }
            let called = Called {
                module: &module,
                protocol,
                name: &export.name,
                arguments,
                gas,
            };
            let Some(result) = called.run(gas) else {
                return Ok(());
            };
            let of_all = called.hold(&export.bound, limits[0], &result, ends);
            let of_success = called.hold(success, limits[1], &result, succeeds);
            let held = of_all.and_then(|of_all| Ok([of_all, of_success?]));
            let held = held.map_err(|problem| {
                format!("{problem}: {}{arguments:?}: {export:?}", export.name)
            })?;
            checked.count_run(held, result.2);
        }
    }
    Ok(())
}

impl CheckedBounds {
    /// Counts an export with its two bounds.
    fn count(&mut self, bound: &Bound, success: &Bound) {
        match bound {
            Bound::Exact { .. } => self.exact += 1,
            Bound::AtMost { .. } => self.at_most += 1,
            Bound::Linear { .. } => self.linear += 1,
            Bound::Unbounded { .. } => self.unbounded += 1,
            Bound::Traps | Bound::Fails => {}
        }
        self.lower_on_success += u64::from(success != bound);
    }

    /// Counts a run that ended so, and what became of it beside the two bounds.
    fn count_run(&mut self, held: [Held; 2], ended: Ended) {
        self.runs += u64::from(held.contains(&Held::Within));
        self.undecided += u64::from(held[0] == Held::Undecided);
        self.failed += u64::from(ended == Ended::Failure);
        self.succeeded += u64::from(held[1] == Held::Within);
    }
}

#[cfg(test)]
mod tests;
