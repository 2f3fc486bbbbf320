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
    /// Runs that were compared with a bound.
    pub runs: u64,
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

/// Runs an export once: what was used and how it ended.
fn run(
    module: &Rc<Module>,
    protocol: &Protocol,
    name: &str,
    arguments: &[u64],
    gas: i64,
) -> Option<(u64, Meter, Ended)> {
    let mut instance = Instance::new(module, protocol.limits.memory_pages_max).ok()?;
    let mut meter = Meter::new(gas, STACK);
    let mut host = Charging::new(protocol);
    let result = instance.invoke(name, arguments, &mut meter, &mut host);
    let ended = match result {
        Err(Stop::OutOfGas) => Ended::OutOfGas,
        Err(Stop::Host) if host.trapped => Ended::Trap,
        Err(Stop::Host) if host.failed => Ended::Failure,
        Ok(_) | Err(Stop::Host) => Ended::Success,
        Err(_) => Ended::Trap,
    };
    let used = u64::try_from(gas - meter.gas_left).expect("gas is used, not made");
    Some((used, meter, ended))
}

/// Whether runs that count stay within a bound: a run that used so much and ended so, and another
/// with more gas if it ran out of it.
fn hold(
    bound: &Bound,
    limit: Option<u64>,
    (used, meter, ended): &(u64, Meter, Ended),
    gas: i64,
    counts: impl Fn(Ended) -> bool,
    again: impl Fn() -> Ended,
) -> Result<(), String> {
    let Some(limit) = limit else {
        return Ok(());
    };
    if counts(*ended) {
        if *used > limit {
            return Err(format!("{used} is above {limit}"));
        }
        if matches!(bound, Bound::Traps | Bound::Fails) {
            return Err(format!("it ended with {ended:?}"));
        }
        match bound {
            Bound::Exact { gas } if gas != used => return Err(format!("{used} is not {gas}")),
            _ => return Ok(()),
        }
    }
    // With more gas than the bound a run may only run out on its way to another end. A single
    // charge beyond all gas is that of an operand.
    let enough = *ended == Ended::OutOfGas && i64::try_from(limit).is_ok_and(|limit| limit <= gas);
    if enough && meter.operand_gas == 0 && meter.gas_left > -gas {
        let ended = again();
        if counts(ended) {
            return Err(format!("{ended:?} with more gas than the bound"));
        }
    }
    Ok(())
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
            let run = |gas| run(&module, protocol, &export.name, arguments, gas);
            let Some(result) = run(gas) else {
                return Ok(());
            };
            let again = || {
                let result = run(gas.saturating_mul(GAS_TO_SPARE));
                result.expect("it ran before").2
            };
            checked.runs += 1;
            checked.failed += u64::from(result.2 == Ended::Failure);
            checked.succeeded += u64::from(result.2 == Ended::Success && limits[1].is_some());
            let ends = |ended| matches!(ended, Ended::Success | Ended::Failure);
            let of_all = hold(&export.bound, limits[0], &result, gas, ends, again);
            let succeeds = |ended| ended == Ended::Success;
            let of_success = hold(success, limits[1], &result, gas, succeeds, again);
            of_all.and(of_success).map_err(|problem| {
                format!("{problem}: {}{arguments:?}: {export:?}", export.name)
            })?;
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
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use lockstep_gas_meter::{Bound, Protocol};
    use lockstep_reference::Module;

    use super::{CheckedBounds, Ended, check_static_bounds, hold, limit_of, run};

    const GAS: i64 = 10_000;
    /// `ends` adds two constants, `traps` does not end otherwise, and `endless` not at all.
    const MODULE: &str = r#"(module
        (func (export "ends") (drop (i32.add (i32.const 1) (i32.const 2))))
        (func (export "traps") (loop $again (br_if $again (i32.const 0))) unreachable)
        (func (export "endless") (loop $again (br_if $again (i32.const 1)))))"#;

    /// What is said of a run of `name` when this is its bound.
    fn judged(name: &str, bound: &Bound) -> Result<(), String> {
        let (bytes, protocol) = (wat::parse_str(MODULE).unwrap(), Protocol::v1());
        let module = Rc::new(Module::decode(&bytes, &protocol.schedule).unwrap());
        let run = |gas| run(&module, &protocol, name, &[], gas).unwrap();
        let ends = |ended| matches!(ended, Ended::Success | Ended::OutOfGas);
        let limit = limit_of(bound, &[]);
        hold(bound, limit, &run(GAS), GAS, ends, || run(GAS * 20).2)
    }

    #[test]
    fn a_bound_that_does_not_hold_is_found() {
        // The entry, two constants, the sum, and the drop.
        assert_eq!(judged("ends", &Bound::Exact { gas: 8 }), Ok(()));
        assert_eq!(judged("ends", &Bound::AtMost { gas: 9 }), Ok(()));
        assert_eq!(judged("traps", &Bound::Traps), Ok(()));
        assert_eq!(judged("traps", &Bound::AtMost { gas: 1 }), Ok(()));
        for (name, bound) in [
            ("ends", Bound::Exact { gas: 7 }),
            ("ends", Bound::Exact { gas: 9 }),
            ("ends", Bound::AtMost { gas: 7 }),
            ("ends", Bound::Traps),
            ("endless", Bound::AtMost { gas: 5_000 }),
        ] {
            assert!(judged(name, &bound).is_err(), "{name} {bound:?}");
        }
    }

    #[test]
    fn bounds_that_name_nothing_are_not_compared() {
        let bytes = wat::parse_str(MODULE).unwrap();
        let mut checked = CheckedBounds::default();
        let result = check_static_bounds(&bytes, &Protocol::v1(), GAS, &mut checked);
        assert_eq!(result, Ok(()));
        // `ends` and `traps`; `endless` has no bound.
        assert_eq!((checked.exact, checked.unbounded, checked.runs), (1, 1, 2));
    }
}
