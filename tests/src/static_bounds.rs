//! Static bounds against what runs use: no run that does not trap uses more than the bound of its
//! export, and an exact bound is used to the last unit.
//!
//! The runs are those of the reference interpreter with a host that charges and refuses as the
//! machine does. With less gas than its bound a run says nothing, so each gets more than that, or
//! as much as the caller allows.

#[path = "../tests/bounds/charging.rs"]
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

/// Runs every export of a module with some arguments and compares with its bound. Returns how many
/// bounds were compared with a run at least: those that name a number, or a trap, of a module that
/// is accepted and can be instantiated. `gas` is what a run gets at first.
///
/// # Errors
/// The first run that its bound does not hold for.
///
/// # Panics
/// On a mistake in the analysis or the reference that shows as an error.
pub fn check_static_bounds(bytes: &[u8], protocol: &Protocol, gas: i64) -> Result<u64, String> {
    let valid = match validate(bytes, protocol) {
        Ok(valid) => valid,
        Err(PrepareError::Refused(_)) => return Ok(0),
        Err(PrepareError::Internal(error)) => panic!("{error}"),
    };
    let found = bounds(&valid).expect("no mistake in the analysis");
    let module = Module::decode(bytes, &protocol.schedule).expect("the reference knows it");
    let module = Rc::new(module);
    let mut compared = 0;
    for export in found {
        let Some(ty) = module.exported_function(&export.name) else {
            continue;
        };
        let mut runs = 0;
        for arguments in argument_lists(ty).iter().step_by(5) {
            let Some(limit) = limit_of(&export.bound, arguments) else {
                continue;
            };
            let call = Call {
                module: &module,
                protocol,
                name: &export.name,
                arguments,
            };
            let Some(run) = call.run(gas) else {
                return Ok(compared);
            };
            runs += 1;
            call.judge(run, &export.bound, limit, gas).map_err(|what| {
                format!("{}{arguments:?} {what}: {:?}", export.name, export.bound)
            })?;
        }
        compared += u64::from(runs > 0);
    }
    Ok(compared)
}

/// The most that a run with these arguments may use, unless it traps.
fn limit_of(bound: &Bound, arguments: &[u64]) -> Option<u64> {
    match bound {
        Bound::Exact { gas } | Bound::AtMost { gas } => Some(*gas),
        Bound::Linear { base, terms, .. } => {
            let units = |quantity: &Quantity| match quantity {
                Quantity::Parameter { index } => arguments[*index as usize],
                Quantity::InputLength => INPUT_BYTES,
                _ => u64::MAX,
            };
            // A run in which a quantity is greater than its maximum traps.
            let gas = terms.iter().map(|term| {
                let units = units(&term.quantity).min(term.quantity_max);
                term.per_unit.saturating_mul(units)
            });
            Some(gas.fold(*base, u64::saturating_add))
        }
        Bound::Unbounded { .. } => None,
        Bound::Traps => Some(0),
    }
}

/// What a run came to.
struct Run {
    used: u64,
    meter: Meter,
    result: Result<(), Stop>,
}

/// A call of an export.
struct Call<'a> {
    module: &'a Rc<Module>,
    protocol: &'a Protocol,
    name: &'a str,
    arguments: &'a [u64],
}

impl Call<'_> {
    /// Runs it in a fresh instance; `None` when there can be none.
    fn run(&self, gas: i64) -> Option<Run> {
        let pages = self.protocol.limits.memory_pages_max;
        let mut instance = Instance::new(self.module, pages).ok()?;
        let mut meter = Meter::new(gas, STACK);
        let mut host = Charging::new(self.protocol);
        let result = instance.invoke(self.name, self.arguments, &mut meter, &mut host);
        let result = match result {
            Err(Stop::Host) if !host.trapped => Ok(()),
            Err(Stop::Host) => Err(Stop::Unreachable),
            other => other.map(|_| ()),
        };
        let used = u64::try_from(gas - meter.gas_left).expect("gas is used, not made");
        Some(Run {
            used,
            meter,
            result,
        })
    }

    /// Says what is wrong with a run with `gas`, if anything.
    fn judge(&self, run: Run, bound: &Bound, limit: u64, gas: i64) -> Result<(), String> {
        let used = run.used;
        match run.result {
            Ok(()) => match bound {
                Bound::Traps => Err("does not trap".to_string()),
                Bound::Exact { gas } if used != *gas => Err(format!("uses {used}")),
                _ if used > limit => Err(format!("uses {used}, more than {limit}")),
                _ => Ok(()),
            },
            // Behind its bound a run may only run out on its way to a trap. A charge for an operand
            // may be all gas and more, in front of an operator that would trap.
            Err(Stop::OutOfGas)
                if *bound != Bound::Traps
                    && i64::try_from(limit).is_ok_and(|limit| limit <= gas)
                    && run.meter.operand_gas == 0
                    && run.meter.gas_left > -gas =>
            {
                let again = self.run(gas.saturating_mul(GAS_TO_SPARE));
                match again.map(|run| run.result) {
                    Some(result @ (Ok(()) | Err(Stop::OutOfGas))) => {
                        Err(format!("uses more than {limit} and ends with {result:?}"))
                    }
                    _ => Ok(()),
                }
            }
            Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use lockstep_gas_meter::{Bound, Protocol};
    use lockstep_reference::Module;

    use super::{Call, check_static_bounds, limit_of};

    const GAS: i64 = 10_000;
    /// `ends` adds two constants, `traps` does not end otherwise, and `endless` not at all.
    const MODULE: &str = r#"(module
        (func (export "ends") (drop (i32.add (i32.const 1) (i32.const 2))))
        (func (export "traps") (loop $again (br_if $again (i32.const 0))) unreachable)
        (func (export "endless") (loop $again (br $again))))"#;

    /// What is said of a run of `name` when this is its bound.
    fn judged(name: &str, bound: &Bound) -> Result<(), String> {
        let (bytes, protocol) = (wat::parse_str(MODULE).unwrap(), Protocol::v1());
        let module = Rc::new(Module::decode(&bytes, &protocol.schedule).unwrap());
        let call = Call {
            module: &module,
            protocol: &protocol,
            name,
            arguments: &[],
        };
        let limit = limit_of(bound, &[]).expect("a number");
        call.judge(call.run(GAS).unwrap(), bound, limit, GAS)
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
    fn bounds_that_name_nothing_are_not_counted() {
        let bytes = wat::parse_str(MODULE).unwrap();
        // `ends` and `traps`; `endless` has no bound.
        assert_eq!(check_static_bounds(&bytes, &Protocol::v1(), GAS), Ok(2));
    }
}
