//! Static bounds against what runs use: no run that does not trap uses more than the bound of its
//! export, and an exact bound is used to the last unit.
//!
//! The runs are those of the reference interpreter, whose host charges and answers as the machine
//! does. LOCKSTEP_BOUNDS sets how many generated modules and random loops are tried.

mod charging;
mod random_loop;

use std::rc::Rc;

use lockstep_fuzz::control_flow::module;
use lockstep_fuzz::control_flow::print::print;
use lockstep_gas_meter::{Bound, Protocol, Quantity, bounds, validate};
use lockstep_reference::{Instance, Meter, Module, Stop};
use lockstep_tests::{argument_lists, distinct_prices, generate, programs};

use charging::{Charging, INPUT_BYTES};
use random_loop::{Random, random_loop};

/// How many modules and loops are tried when nobody says otherwise.
const CASES: u64 = 250;
/// Little enough that endless loops end soon.
const GAS: i64 = 60_000;
const STACK: i64 = 60_000;

/// What the checks came to, to see that they checked something.
#[derive(Debug, Default)]
struct Checked {
    exact: u64,
    at_most: u64,
    linear: u64,
    unbounded: u64,
    runs: u64,
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
        Bound::Traps => Some(0),
    }
}

/// Runs an export once: what was used and whether it ended without a trap.
fn run(
    module: &Rc<Module>,
    protocol: &Protocol,
    name: &str,
    arguments: &[u64],
    gas: i64,
) -> Option<(i64, Meter, Result<(), Stop>)> {
    let mut instance = Instance::new(module, protocol.limits.memory_pages_max).ok()?;
    let mut meter = Meter::new(gas, STACK);
    let mut host = Charging::new(protocol);
    let result = instance.invoke(name, arguments, &mut meter, &mut host);
    let result = match result {
        Err(Stop::Host) if !host.trapped => Ok(()),
        Err(Stop::Host) => Err(Stop::Unreachable),
        other => other.map(|_| ()),
    };
    Some((gas - meter.gas_left, meter, result))
}

/// Checks every export of a module for every list of arguments.
fn check(bytes: &[u8], protocol: &Protocol, what: &str, checked: &mut Checked) {
    let Ok(valid) = validate(bytes, protocol) else {
        return;
    };
    let found = bounds(&valid).expect("no mistake in the analysis");
    let module = Module::decode(bytes, &protocol.schedule).expect("the reference knows it");
    let module = Rc::new(module);
    for export in found {
        match &export.bound {
            Bound::Exact { .. } => checked.exact += 1,
            Bound::AtMost { .. } => checked.at_most += 1,
            Bound::Linear { .. } => checked.linear += 1,
            Bound::Unbounded { .. } => checked.unbounded += 1,
            Bound::Traps => {}
        }
        let Some(ty) = module.exported_function(&export.name) else {
            continue;
        };
        for arguments in argument_lists(ty).iter().step_by(5) {
            let place = || format!("{what}, {}{arguments:?}: {:?}", export.name, export.bound);
            let Some(limit) = limit_of(&export.bound, arguments) else {
                continue;
            };
            let Some((used, meter, result)) = run(&module, protocol, &export.name, arguments, GAS)
            else {
                return;
            };
            checked.runs += 1;
            let used = u64::try_from(used).expect("gas is used, not made");
            match result {
                Ok(()) => {
                    assert!(used <= limit, "{used} is above {}", place());
                    if let Bound::Exact { gas } = &export.bound {
                        assert_eq!(used, *gas, "{}", place());
                    }
                    assert!(export.bound != Bound::Traps, "{}", place());
                }
                // With more gas than the bound a run may only run out on its way to a trap.
                Err(Stop::OutOfGas)
                    if export.bound != Bound::Traps
                        && limit <= GAS as u64
                        && meter.operand_gas == 0
                        // A single charge beyond all gas is that of an operand.
                        && meter.gas_left > -GAS =>
                {
                    let again = run(&module, protocol, &export.name, arguments, GAS * 20);
                    let (.., result) = again.expect("it ran before");
                    assert!(
                        !matches!(result, Ok(()) | Err(Stop::OutOfGas)),
                        "{result:?} with gas to spare: {}",
                        place()
                    );
                }
                Err(_) => {}
            }
        }
    }
}

#[test]
fn no_generated_module_uses_more_than_its_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = Checked::default();
    for seed in 0..cases() {
        let protocol = &protocols[usize::from(seed % 8 >= 4)];
        check(
            &generate(seed),
            protocol,
            &format!("seed {seed}"),
            &mut checked,
        );
    }
    println!("{checked:#?}");
    if cases() >= CASES {
        assert!(checked.exact > 50, "{checked:?}");
        assert!(checked.at_most > 50, "{checked:?}");
        assert!(checked.runs > 500, "{checked:?}");
    }
}

/// The modules of `exact`, which compares their gas with the reference interpreter's. Their loops
/// lie in each other, and the analysis follows many of them run by run.
#[test]
fn no_module_of_random_control_flow_uses_more_than_its_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = Checked::default();
    for seed in 0..cases() / 5 {
        let text = print(&module(seed));
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let protocol = &protocols[usize::from(seed % 2 == 1)];
        check(
            &bytes,
            protocol,
            &format!("seed {seed}\n{text}"),
            &mut checked,
        );
    }
    println!("{checked:#?}");
    if cases() >= CASES {
        assert!(checked.at_most > 10, "{checked:?}");
        assert!(checked.runs > 80, "{checked:?}");
    }
}

#[test]
fn no_program_uses_more_than_its_bounds() {
    let mut checked = Checked::default();
    for (name, bytes) in programs() {
        check(&bytes, &distinct_prices(4), &name, &mut checked);
    }
    assert!(checked.runs > 100, "{checked:?}");
}

#[test]
fn no_random_loop_uses_more_than_its_bound() {
    let protocol = Protocol::v1();
    let mut checked = Checked::default();
    let mut random = Random(1);
    for case in 0..cases() * 5 {
        let text = random_loop(&mut random);
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        check(
            &bytes,
            &protocol,
            &format!("loop {case}\n{text}"),
            &mut checked,
        );
    }
    println!("{checked:#?}");
    if cases() >= CASES {
        assert!(checked.exact > 20, "{checked:?}");
        assert!(checked.at_most > 100, "{checked:?}");
        assert!(checked.linear > 50, "{checked:?}");
        assert!(checked.unbounded > 100, "{checked:?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "chooses how many cases are tried; no result depends on it"
)]
fn cases() -> u64 {
    let Ok(text) = std::env::var("LOCKSTEP_BOUNDS") else {
        return CASES;
    };
    text.parse().expect("the variable is a number")
}
