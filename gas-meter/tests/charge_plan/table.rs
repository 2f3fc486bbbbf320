//! Calls through the table: what holds of one of the functions that they may lead to, holds of all.

use crate::reading::lines;
use crate::unpaid::{arm, assert_unpaid, function, work};

/// A call of a function in the table.
const INDIRECT: &str = "(call_indirect (type $t) (i32.const 0) (i32.const 0))";

/// A table with these functions.
fn table(functions: &str) -> String {
    let count = functions.split(' ').count();
    format!("(table {count} {count} funcref) (elem (i32.const 0) {functions})")
}

/// A function that calls itself.
fn circle(name: &str) -> String {
    let call = format!("(if (local.get 0) (then (call ${name} (i32.const 0))))");
    function(name, &call)
}

/// Checks what the first of these functions charges, with each of these tables.
fn check(tables: &[&str], functions: &str, charges: &str, most: u64) {
    for members in tables {
        assert_unpaid(&(table(members) + functions), charges, most);
    }
}

#[test]
fn what_comes_behind_a_call_that_may_lead_to_the_host_is_paid_behind_it() {
    let others = function("host", "(drop (call $height))") + &function("plain", &work(1));
    let code = format!("{INDIRECT} {}", work(7));
    let functions = function("f", &code) + &others;
    check(
        &["$host $plain", "$plain $host"],
        &functions,
        "charge 7",
        4_103,
    );
    check(&["$plain"], &functions, "", 35);
}

#[test]
fn callers_pay_what_the_cheapest_of_a_type_costs_whichever_comes_first() {
    // The cheaper one costs 4 + 1; the dearer one pays the other 2 itself.
    for members in ["$cheap $dear", "$dear $cheap"] {
        let functions = function("dear", &work(3)) + &function("cheap", &work(1));
        let functions = functions + &function("f", INDIRECT);
        check(&[members], &functions, "charge 2", 4 + 2 + 12 + 5 + 7);
    }
    // A host function costs nothing at its entry.
    for members in ["$height $own", "$own $height"] {
        let own = "(func $own (result i64) (i64.const 1))";
        let call = "(drop (call_indirect (result i64) (i32.const 0)))";
        check(
            &[members],
            &(own.to_owned() + &function("f", call)),
            "charge 5",
            23,
        );
    }
}

#[test]
fn the_counter_is_in_its_global_for_a_call_that_may_use_it() {
    let others = function("uses", &arm(3)) + &function("plain", &work(1));
    let code = format!("(loop $l nop (br_if $l (local.get 0))) {INDIRECT}");
    let stored = |members: &str| {
        let functions = function("f", &code) + &others;
        let text = format!(
            "(module (type $t (func (param i32))) {} {functions})",
            table(members)
        );
        let lines = lines(&text, 0).join("; ");
        lines.contains("store; CallIndirect; load")
    };
    assert!(stored("$uses $plain"));
    assert!(stored("$plain $uses"));
    assert!(!stored("$plain"));
}

#[test]
fn the_counter_is_in_its_global_for_whatever_callee_may_use_it() {
    let stored = |callee: &str| {
        let text = format!(
            "(module (type $t (func (param i32))) (memory 1)
                (func $f (type $t) (loop $l nop (br_if $l (local.get 0))) (call $g (local.get 0)))
                (func $g (type $t) {callee}) (func $h (type $t) {}))",
            arm(1)
        );
        lines(&text, 0).join("; ").contains("store; Call; load")
    };
    // Callers pay for all of these.
    assert!(!stored(""));
    assert!(!stored("(if (local.get 0) (then))"));
    // It charges by itself, calls what does, or looks at its entry.
    assert!(stored(&arm(1)));
    assert!(stored(
        "(memory.fill (i32.const 0) (i32.const 0) (local.get 0))"
    ));
    assert!(stored("(call $h (local.get 0))"));
    assert!(stored(&work(5_000)));
}

#[test]
fn a_dearer_function_in_the_table_charges_when_it_is_called_directly_too() {
    let stored = |cost: usize| {
        let text = format!(
            "(module (type $t (func (param i32))) {}
                (func $f (type $t) (loop $l nop (br_if $l (local.get 0))) (call $g (local.get 0)))
                (func $g (type $t) {}) (func $h (type $t) {}))",
            table("$g $h"),
            work(cost),
            work(3)
        );
        lines(&text, 0).join("; ").contains("store; Call; load")
    };
    assert!(!stored(2));
    assert!(!stored(3));
    assert!(stored(4));
}

#[test]
fn slots_are_given_back_before_a_call_that_may_take_some() {
    let taken = |members: &str| {
        let call = "(call $f (i32.const 0))";
        let functions = function("f", &format!("{call} {INDIRECT} {call}"));
        let others = circle("circle") + &function("plain", &work(1));
        let text = format!(
            "(module (type $t (func (param i32))) {} {functions} {others})",
            table(members)
        );
        let lines = lines(&text, 0);
        lines.iter().filter(|line| line.starts_with("take")).count()
    };
    assert_eq!(taken("$circle $plain"), 2);
    assert_eq!(taken("$plain $circle"), 2);
    assert_eq!(taken("$plain"), 1);
}

#[test]
fn a_caller_looks_before_a_call_that_may_lead_into_a_circle() {
    let plain = function("plain", &arm(5_000));
    let check = |tables: &[&str], circle: &str, front, charges: &str, most| {
        let code = format!("{} {INDIRECT}", arm(front));
        let functions = function("f", &code) + circle + &plain;
        check(tables, &functions, charges, most);
    };
    let mixed = ["$g $plain", "$plain $g"];
    check(&mixed, &circle("g"), 8_200, "charge 8200", 12_296);
    let looks = "charge 8201; charge 0 or trap";
    check(&mixed, &circle("g"), 8_201, looks, 8_201);
    check(&["$plain"], &circle("g"), 8_201, "charge 8201", 12_297);
    // Where the functions of the circle look by themselves, the caller need not.
    let often = format!("(if (local.get 0) (then {INDIRECT}))");
    let often = function("g", &often);
    check(&["$g $g $g"], &often, 8_201, "charge 8201", 12_297);
    check(&["$g $g"], &often, 8_201, looks, 8_201);
}

#[test]
fn a_call_in_a_circle_looks_if_one_of_those_it_may_lead_to_does_not() {
    // The host has just looked, so little is unpaid.
    let code = format!("(if (local.get 0) (then (drop (call $height)) {INDIRECT}))");
    let functions = function("f", &code) + &circle("g") + &function("plain", &work(3));
    let looks = "charge 8; charge 22 or trap";
    check(
        &["$f", "$f $f", "$f $plain", "$plain $f"],
        &functions,
        looks,
        8_200,
    );
    // Entered three times from its own circle, it looks by itself; not so the other circle.
    let none = "charge 8; charge 22";
    check(&["$f $f $f", "$f $f $f $plain"], &functions, none, 8_192);
    check(&["$f $f $f $g", "$g $f $f $f"], &functions, looks, 8_192);
}

#[test]
fn a_call_in_a_circle_may_lead_to_a_leaf() {
    // The circle's function looks by itself.
    let leaf = function("leaf", &work(996)) + &function("other", &work(496));
    let check = |tables: &[&str], front, charges: &str, most| {
        let code = format!("{} (if (local.get 0) (then {INDIRECT}))", arm(front));
        let functions = function("f", &code) + &leaf + &function("long", &arm(5_000));
        check(tables, &functions, charges, most);
    };
    let none = ["$f $f $f", "$f $f $f $long", "$long $f $f $f"];
    check(&none, 8_176, "charge 3; charge 8176; charge 21", 8_200);
    let members = ["$f $f $f $leaf $other", "$f $f $f $other $leaf"];
    check(&members, 7_176, "charge 3; charge 7176; charge 21", 8_200);
    let looks = "charge 3; charge 7177; charge 21; charge 0 or trap";
    check(&members, 7_177, looks, 8_201);
}

#[test]
fn a_function_in_a_circle_by_dead_code_relies_on_its_callers_to_look() {
    let dead = format!("{} return (call $f (i32.const 0))", arm(8_000));
    let call = "(if (local.get 0) (then (call $g (i32.const 0))))";
    let functions = function("g", &dead) + &function("f", call);
    assert_unpaid(&functions, "charge 8000; charge 0 or trap", 8_192 + 8_000);
}

#[test]
fn a_call_in_a_circle_of_another_type_may_lead_to_a_leaf_too() {
    let call = "(call_indirect (type $s) (i32.const 0) (i64.const 0) (i32.const 0))";
    let check = |front, charges: &str, most| {
        let code = format!("{} (if (local.get 0) (then {call}))", arm(front));
        let functions = function("f", &code) + &function("leaf", &work(996));
        let functions = functions.replace("(type $t)", "(type $s)");
        let types = "(type $s (func (param i32 i64)))".to_owned();
        assert_unpaid(
            &(types + &table("$f $f $f $leaf") + &functions),
            charges,
            most,
        );
    };
    check(7_175, "charge 3; charge 7175; charge 22", 8_200);
    let looks = "charge 3; charge 7176; charge 22; charge 0 or trap";
    check(7_176, looks, 8_201);
}
