//! Static bounds of runs that succeed, beside those of all runs that do not trap, and the bounds
//! that are of use for compiled contracts: of memory that grows and of numbers that are divided.

use lockstep_gas_meter::{
    Bound, Cause, ExportBound, Protocol, Quantity, Schedule, Term, Why, bounds, validate,
};

/// The bounds of a module in text form, with some imports and a memory.
fn module(functions: &str) -> Vec<ExportBound> {
    let text = format!(
        r#"(module
            (import "lockstep" "return" (func $return (param i32 i32)))
            (import "lockstep" "revert" (func $revert (param i32 i32)))
            (import "lockstep" "panic" (func $panic (param i32 i32)))
            (import "lockstep" "terminate" (func $terminate (param i32)))
            (import "lockstep" "transfer" (func $transfer (param i32 i32) (result i32)))
            (import "lockstep" "upgrade" (func $upgrade (param i32 i32 i32 i64) (result i32)))
            (memory 1 10)
            {functions})"#
    );
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let mut protocol = Protocol::v1();
    protocol.schedule = Schedule::from_toml(include_str!("prices.toml")).expect("a schedule");
    let valid = validate(&bytes, &protocol).unwrap_or_else(|error| panic!("{error}"));
    bounds(&valid).unwrap_or_else(|error| panic!("{error}"))
}

/// The bounds of the last function, without parameters and with some locals: of all runs that do
/// not trap, and of those that succeed.
fn bound(others: &str, body: &str) -> [Bound; 2] {
    let text = format!("{others} (func (export \"f\") (local $i i32) (local $n i32) {body})");
    let found = module(&text).remove(0);
    [found.bound, found.on_success.bound]
}

const ENTRY: u64 = 4 + 2;
/// Two constants, the call, and what the host takes for four bytes.
const END: u64 = 2 + 8 + 100 + 4;
const BYTES: &str = "(i32.const 0) (i32.const 4)";
const UNKNOWN: &str = "(i32.load (i32.const 0))";
const UNKNOWN_GAS: u64 = 3;

fn exact(gas: u64) -> Bound {
    Bound::Exact { gas }
}

fn at_most(gas: u64) -> Bound {
    Bound::AtMost { gas }
}

#[test]
fn a_run_that_fails_does_not_count_as_success() {
    let tests = UNKNOWN_GAS + 2;
    for host in ["revert", "panic"] {
        let fails = format!("(if {UNKNOWN} (then (nop) (nop) (call ${host} {BYTES})))");
        let found = bound("", &fails);
        let dearer = at_most(ENTRY + tests + 2 + END);
        assert_eq!(found, [dearer, exact(ENTRY + tests)], "{host}");
        let always = bound("", &format!("(call ${host} {BYTES})"));
        assert_eq!(always, [exact(ENTRY + END), Bound::Fails]);
    }
    assert_eq!(bound("", "(unreachable)"), [Bound::Traps, Bound::Traps]);
    for ends in [
        format!("(call $return {BYTES})"),
        "(call $terminate (i32.const 0))".to_string(),
    ] {
        let [all, success] = bound("", &format!("{ends} (call $revert {BYTES})"));
        assert!(matches!(all, Bound::Exact { .. }), "{all:?}");
        assert_eq!(all, success);
    }
}

#[test]
fn code_that_only_failures_reach_is_not_looked_at() {
    let message = "(func $message (loop $again (br_if $again (i32.load (i32.const 0)))))
        (func $fail (param i32) (call $message) (call $panic (i32.const 0) (i32.const 4)))";
    let [all, success] = bound(
        message,
        &format!("(if {UNKNOWN} (then (call $fail (i32.const 1))))"),
    );
    assert!(matches!(all, Bound::Unbounded { .. }), "{all:?}");
    assert_eq!(success, exact(ENTRY + UNKNOWN_GAS + 2));
    // Also when the function that fails is not the one that is called, or calls itself.
    let deeper = format!(
        "{message} (func $deep (if {UNKNOWN} (then (call $deep))) (call $fail (i32.const 2)))"
    );
    let [all, success] = bound(&deeper, &format!("(if {UNKNOWN} (then (call $deep)))"));
    assert!(matches!(all, Bound::Unbounded { .. }), "{all:?}");
    assert_eq!(success, exact(ENTRY + UNKNOWN_GAS + 2));
    // And within a function, in front of what fails for certain.
    let inline = format!("(if {UNKNOWN} (then (call $message) (call $revert {BYTES})))");
    assert_eq!(bound(message, &inline)[1], exact(ENTRY + UNKNOWN_GAS + 2));
    // But not what a success goes through.
    let used = format!("(if {UNKNOWN} (then (call $message) (call $return {BYTES})))");
    assert!(matches!(bound(message, &used)[1], Bound::Unbounded { .. }));
}

#[test]
fn a_callee_that_ends_with_success_or_failure_is_both() {
    // It never completes, so nothing behind it counts; but it may succeed inside.
    let either = format!(
        "(func $either (if {UNKNOWN} (then (nop) (call $return {BYTES}))) (call $revert {BYTES}))"
    );
    let [_, success] = bound(
        &either,
        "(call $either) (loop $again (br_if $again (local.get $i)))",
    );
    assert_eq!(success, exact(ENTRY + 8 + 4 + UNKNOWN_GAS + 2 + 1 + END));
}

#[test]
fn an_indirect_call_costs_what_may_succeed() {
    let table = format!(
        "(table 3 funcref) (elem (i32.const 0) $cheap $dear $revert) (type $two (func (param i32 i32)))
         (func $cheap (param i32 i32) (nop))
         (func $dear (param i32 i32) (nop) (nop) (nop) (call $panic {BYTES}))"
    );
    let call = format!("(call_indirect (type $two) {BYTES} {UNKNOWN})");
    let [all, success] = bound(&table, &call);
    let price = 12;
    assert_eq!(success, exact(ENTRY + 2 + UNKNOWN_GAS + price + 4 + 1));
    assert_eq!(all, at_most(ENTRY + 2 + UNKNOWN_GAS + price + 4 + 3 + END));
}

/// The terms of a linear bound.
fn terms(bound: &Bound) -> &[Term] {
    match bound {
        Bound::Linear { terms, .. } => terms,
        other => panic!("{other:?}"),
    }
}

#[test]
fn memory_that_grows_is_paid_once_however_often_it_is_asked_for() {
    let grow = format!(
        "(if (i32.eq (memory.grow {UNKNOWN}) (i32.const -1)) (then (call $revert {BYTES})))"
    );
    let [all, success] = bound("", &format!("{grow} {grow}"));
    let growth = Term {
        per_unit: 8_000,
        quantity: Quantity::Growth,
        quantity_max: 9,
    };
    assert_eq!(terms(&success), [growth]);
    let pages = |term: &&Term| matches!(term.quantity, Quantity::Pages { .. });
    assert_eq!(terms(&all).iter().filter(pages).count(), 2);
    // Without a look at the answer it may have asked for anything.
    let [_, success] = bound("", &format!("(drop (memory.grow {UNKNOWN}))"));
    assert_eq!(terms(&success).iter().filter(pages).count(), 1);
    // A comparison of another answer says nothing of this one.
    let other = format!(
        "(local.set $i (memory.grow {UNKNOWN})) (local.set $n (memory.grow {UNKNOWN}))
        (if (i32.eq (local.get $i) (i32.const -1)) (then (unreachable)))"
    );
    let [_, success] = bound("", &other);
    assert_eq!(terms(&success).iter().filter(pages).count(), 2);
}

#[test]
fn a_number_that_is_divided_bounds_its_loop() {
    let loops = |start: &str, step: &str, test: &str| {
        let body = format!("{step} (br_if $again {test})");
        let found = bound("", &format!("(local.set $i {start}) (loop $again {body})"));
        found[0].clone()
    };
    let divide = "(local.set $i (i32.div_u (local.get $i) (i32.const 10)))";
    let test = "(i32.ge_u (local.get $i) (i32.const 10))";
    // Nine times: 4294967295 has ten digits. Get, const, div, set; get, const, compare, br_if.
    let nine = 9 * (3 + 4 + 3 + 2);
    let found = loops(UNKNOWN, divide, test);
    assert_eq!(found, at_most(ENTRY + UNKNOWN_GAS + 1 + nine));
    assert_eq!(
        loops("(i32.const -1)", divide, test),
        exact(ENTRY + 2 + nine)
    );
    let shift = "(local.set $i (i32.shr_u (local.get $i) (i32.const 3)))";
    assert!(matches!(
        loops(UNKNOWN, shift, "(local.get $i)"),
        Bound::AtMost { .. }
    ));
    // Neither divides, or one of them does not every time.
    for step in [
        "(local.set $i (i32.div_u (local.get $i) (i32.const 1)))",
        "(local.set $i (i32.div_u (i32.load (i32.const 8)) (i32.const 10)))",
        "(if (i32.load (i32.const 4)) (then (local.set $i (i32.shr_u (local.get $i) (i32.const 1)))))",
    ] {
        let found = loops(UNKNOWN, step, test);
        assert!(
            matches!(&found, Bound::Unbounded { causes, .. } if matches!(
                causes.as_slice(),
                [Cause::Loop { why: Why::Depends { .. } | Why::MayMissEnd { .. }, .. }]
            )),
            "{step}: {found:?}"
        );
    }
    // What is divided may stay at 0 for ever.
    let stays = loops(UNKNOWN, divide, "(i32.load (i32.const 4))");
    assert!(matches!(stays, Bound::Unbounded { .. }), "{stays:?}");
}

#[test]
fn calls_of_contracts_are_noted() {
    let upgrade = "(drop (call $upgrade (i32.const 0) (i32.const 0) (i32.const 5) (i64.const 1)))";
    let text = format!("(func (export \"f\") {upgrade})");
    let found = module(&text);
    assert!(found[0].calls_contracts);
    assert_eq!(found[0].bound, exact(4 + 4 + 8 + 10_000 + 2 * 5 + 1));
    let text = "(func (export \"f\") (drop (call $transfer (i32.const 0) (i32.const 0))))";
    assert!(!module(text)[0].calls_contracts);
}
