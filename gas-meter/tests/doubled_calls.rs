//! Callers pay what a function leaves at its entry. Where each function calls the next one twice, the
//! entries double from one to the next; they must not leave the range of the counter, in which it
//! would begin anew, so that code ran unpaid.

use lockstep_gas_meter::{PRICE_MAX, Protocol, prepare};

/// `length` functions each of which calls the next one twice, and `run`, which calls the first of
/// them in `nested` conditionals, one in the other.
fn module(length: u32, nested: usize) -> Vec<u8> {
    let chain = (0..length).map(|n| format!("(func $f{n} (call $f{}) (call $f{}))", n + 1, n + 1));
    let chain: String = chain.collect();
    let open = "(if (i32.const 1) (then ".repeat(nested);
    let close = "(call $f0))) ".repeat(nested);
    let text = format!("(module (func (export \"run\") {open}{close}) {chain} (func $f{length}))");
    wat::parse_str(text).expect("a module")
}

#[test]
fn no_charge_comes_near_the_range_of_the_counter() {
    for length in [10, 30, 54, 55, 56, 57, 58, 70, 200] {
        for nested in [1, 8, 32] {
            let prepared = prepare(&module(length, nested), &Protocol::v1());
            let prepared = prepared.unwrap_or_else(|error| panic!("{length}, {nested}: {error}"));
            let most = prepared.unchecked_gas_max();
            assert!(most < 1 << 32, "{length}, {nested}: {most}");
        }
    }
}

/// Callers pay for a function in the table what the cheapest of its type costs at its entry; that has
/// the same bound, whatever the prices.
#[test]
fn what_callers_pay_for_a_dear_function_in_the_table_is_bounded_too() {
    let mut protocol = Protocol::v1();
    protocol.schedule.wasm.memory_grow = PRICE_MAX;
    protocol.schedule.check().expect("the prices are allowed");
    let grow = "(drop (memory.grow (i32.const 0)))";
    let text = format!(
        "(module (type $t (func)) (memory 1) (table 1 1 funcref) (elem (i32.const 0) $g)
            (func $g (type $t) {})
            (func (export \"f\") {}))",
        grow.repeat(40_000),
        "(call $g)".repeat(120_000)
    );
    let bytes = wat::parse_str(text).expect("a module");
    if let Err(error) = prepare(&bytes, &protocol) {
        panic!("{error}");
    }
}

/// A charge in front of calls holds for all of them, those through the table, too.
#[test]
fn what_runs_on_one_look_counts_calls_through_the_table() {
    let most = |call: &str| {
        let text = format!(
            "(module (type $t (func (param i32))) (table 1 1 funcref) (elem (i32.const 0) $g)
                (func $g (type $t) (if (local.get 0) (then (call $f (i32.const 0)))) {})
                (func $f (export \"f\") (type $t) {}))",
            "(drop (i32.eqz (i32.const 1)))".repeat(20),
            call.repeat(2_000)
        );
        let bytes = wat::parse_str(text).expect("a module");
        let prepared = prepare(&bytes, &Protocol::v1());
        let prepared = prepared.unwrap_or_else(|error| panic!("{error}"));
        prepared.unchecked_gas_max()
    };
    let direct = most("(call $g (i32.const 0))");
    let indirect = most("(call_indirect (type $t) (i32.const 0) (i32.const 0))");
    assert!(indirect > direct, "{indirect} and {direct}");
}
