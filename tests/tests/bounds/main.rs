//! Static bounds against what runs use: no run that does not trap uses more than the bound of its
//! export, no run that succeeds more than the bound of those, and an exact bound is used to the
//! last unit. The runs of the example contracts are held to their bounds in
//! `tests/tests/contract_flows/bounded.rs`.
//!
//! The runs are those of the reference interpreter, whose host charges and answers as the machine
//! does. LOCKSTEP_BOUNDS sets how many generated modules and random loops are tried.

mod random_calls;
mod random_loop;

use lockstep_fuzz::control_flow::module;
use lockstep_fuzz::control_flow::print::print;
use lockstep_gas_meter::Protocol;
use lockstep_tests::{CheckedBounds, check_static_bounds, distinct_prices, generate, programs};

use random_calls::random_calls;
use random_loop::{Random, random_loop};

/// How many modules and loops are tried when nobody says otherwise.
const CASES: u64 = 250;
/// Little enough that endless loops end soon.
const GAS: i64 = 60_000;

/// Checks every export of a module for every list of arguments.
fn check(bytes: &[u8], protocol: &Protocol, what: &str, checked: &mut CheckedBounds) {
    if let Err(problem) = check_static_bounds(bytes, protocol, GAS, checked) {
        panic!("{problem}\n{what}");
    }
}

#[test]
fn no_generated_module_uses_more_than_its_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = CheckedBounds::default();
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
        assert!(checked.runs > 1_000, "{checked:?}");
        assert!(checked.undecided * 10 < checked.runs, "{checked:?}");
    }
}

/// The modules of `exact`, which compares their gas with the reference interpreter's. Their loops
/// lie in each other, and the analysis follows many of them run by run.
#[test]
fn no_module_of_random_control_flow_uses_more_than_its_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = CheckedBounds::default();
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
        assert!(checked.runs > 120, "{checked:?}");
        assert!(checked.undecided * 10 < checked.runs, "{checked:?}");
    }
}

#[test]
fn no_program_uses_more_than_its_bounds() {
    let mut checked = CheckedBounds::default();
    for (name, bytes) in programs() {
        check(&bytes, &distinct_prices(4), &name, &mut checked);
    }
    assert!(checked.runs > 100, "{checked:?}");
}

#[test]
fn no_random_loop_uses_more_than_its_bound() {
    let protocol = Protocol::v1();
    let mut checked = CheckedBounds::default();
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
        assert!(checked.runs > 2_000, "{checked:?}");
        assert!(checked.undecided * 100 < checked.runs, "{checked:?}");
    }
}

#[test]
fn no_random_calls_use_more_than_their_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = CheckedBounds::default();
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
        assert!(checked.undecided * 10 < checked.runs, "{checked:?}");
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
