//! How far a charge is ahead of what it pays for: the sum of a function and of what it calls.

use crate::reading::prepared;
use crate::unpaid::{arm, function, work};

/// The bound of a module of these functions.
fn bound(functions: &str) -> u64 {
    let text = format!("(module (type $t (func (param i32))) {functions})");
    prepared(&text).unchecked_gas_max()
}

/// A call through the table.
const INDIRECT: &str = "(call_indirect (type $t) (i32.const 0) (i32.const 0))";

#[test]
fn each_call_counts_its_callee() {
    // The entry, and for each call `i32.const`, the call and what the callee leaves to pay, 7.
    let call = "(call $g (i32.const 0))";
    let functions = function("f", &call.repeat(2)) + &function("g", &arm(5_000));
    assert_eq!(bound(&functions), 4 + 2 * (1 + 8 + 7) + 2 * 5_007);
    // A leaf is counted with the function that calls it, and what is paid of it once more.
    let call = "(call $leaf (i32.const 0)) (call $g (i32.const 0))";
    let functions = function("f", call) + &function("g", &arm(5_000)) + &function("leaf", &work(1));
    assert_eq!(bound(&functions), 4 + (1 + 8 + 5 + 5) + (1 + 8 + 7) + 5_007);
}

#[test]
fn a_call_through_the_table_counts_the_dearest_callee() {
    for members in ["$g $h", "$h $g"] {
        let table = format!("(table 2 2 funcref) (elem (i32.const 0) {members})");
        let functions = function("g", &arm(5_000)) + &function("h", &arm(6_000));
        let bound = bound(&(table + &function("f", INDIRECT) + &functions));
        assert_eq!(bound, 4 + (2 + 12 + 7) + 6_007);
    }
}

#[test]
fn in_a_circle_each_function_counts_once_more_for_each_call() {
    for calls in [1, 2] {
        let table = "(table 1 1 funcref) (elem (i32.const 0) $f)".to_owned();
        let code = arm(7_000) + &INDIRECT.repeat(calls);
        let calls = u64::try_from(calls).expect("few");
        let own = 4 + 3 + 7_000 + calls * (2 + 12 + 7);
        assert_eq!(bound(&(table + &function("f", &code))), own * (1 + calls));
    }
}
