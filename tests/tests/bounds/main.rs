//! Static bounds against what runs use: no run that does not trap uses more than the bound of its
//! export, no run that succeeds more than the bound of those, and an exact bound is used to the
//! last unit. The runs of the example contracts are held to their bounds in
//! `tests/tests/contract_flows/bounded.rs`.
//!
//! The runs are those of the reference interpreter, whose host charges and answers as the machine
//! does. LOCKSTEP_BOUNDS sets how many generated modules and random loops are tried.

mod charging;
mod random_calls;
mod random_loop;

use std::rc::Rc;

use lockstep_fuzz::control_flow::module;
use lockstep_fuzz::control_flow::print::print;
use lockstep_gas_meter::{Bound, Protocol, Quantity, bounds, validate};
use lockstep_reference::{Instance, Meter, Module, Stop};
use lockstep_tests::{argument_lists, distinct_prices, generate, programs};

use charging::{Charging, INPUT_BYTES};
use random_calls::random_calls;
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
    /// Exports whose runs that succeed have a lower bound than all, or only they have one.
    lower_on_success: u64,
    /// Runs that succeed, of exports that have a bound for them.
    succeeded: u64,
    /// Runs that the host ended with failure.
    failed: u64,
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
    let enough = *ended == Ended::OutOfGas && limit <= GAS as u64;
    if enough && meter.operand_gas == 0 && meter.gas_left > -GAS {
        let ended = again();
        if counts(ended) {
            return Err(format!("{ended:?} with more gas than the bound"));
        }
    }
    Ok(())
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
            Bound::Traps | Bound::Fails => {}
        }
        let success = &export.on_success.bound;
        checked.lower_on_success += u64::from(*success != export.bound);
        let Some(ty) = module.exported_function(&export.name) else {
            continue;
        };
        for arguments in argument_lists(ty).iter().step_by(5) {
            let limits = [&export.bound, success].map(|bound| limit_of(bound, arguments));
            if limits == [None, None] {
                continue;
            }
            let run = |gas| run(&module, protocol, &export.name, arguments, gas);
            let Some(result) = run(GAS) else {
                return;
            };
            let again = || run(GAS * 20).expect("it ran before").2;
            checked.runs += 1;
            checked.failed += u64::from(result.2 == Ended::Failure);
            checked.succeeded += u64::from(result.2 == Ended::Success && limits[1].is_some());
            let ends = |ended| matches!(ended, Ended::Success | Ended::Failure);
            let of_all = hold(&export.bound, limits[0], &result, ends, again);
            let succeeds = |ended| ended == Ended::Success;
            let of_success = hold(success, limits[1], &result, succeeds, again);
            if let Err(problem) = of_all.and(of_success) {
                let name = &export.name;
                panic!("{problem}: {what}, {name}{arguments:?}: {export:?}");
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

#[test]
fn no_random_calls_use_more_than_their_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = Checked::default();
    let mut random = Random(5);
    for case in 0..cases() / 4 {
        let text = random_calls(&mut random);
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let protocol = &protocols[usize::from(case % 2 == 1)];
        let what = format!("calls {case}\n{text}");
        check(&bytes, protocol, &what, &mut checked);
    }
    println!("{checked:#?}");
    if cases() >= CASES {
        assert!(checked.lower_on_success > 20, "{checked:?}");
        assert!(checked.succeeded > 60, "{checked:?}");
        assert!(checked.failed > 30, "{checked:?}");
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
