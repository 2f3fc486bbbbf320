//! Calls that go in circles, directly and through the table.

use lockstep_gas_meter::Protocol;
use wasmparser::Operator;

use super::{UNPAID, hold, noted, prepared, runs, work};

#[test]
fn recursion_does_not_come_back_unpaid_for_long() {
    for operators in [10, 50, 500, 20_000] {
        let work = work(operators);
        // Behind the call; in front of the end of the recursion; and between two calls.
        let codes = [
            format!(
                "(if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
                     (if (i32.ge_s (local.get 0) (i32.const 0)) (then {work}))"
            ),
            format!(
                "(if (i32.eqz (local.get 0)) (then {work} return))
                     (call $f (i32.sub (local.get 0) (i32.const 1)))
                     (call $f (i32.const 0)) (call $f (i32.const 0))"
            ),
            format!(
                "(if (local.get 0) (then
                     (call $f (i32.sub (local.get 0) (i32.const 1)))
                     (if (i32.eqz (i32.eqz (local.get 0))) (then {work}))
                     (call $f (i32.const 0))))"
            ),
            // A branch leads to the end, past what looks.
            format!(
                "(if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))
                     (if (i32.ge_s (local.get 0) (i32.const 0)) (then {work} (br 1)))
                     (call $f (i32.const 0))"
            ),
        ];
        for code in codes {
            let direct = format!("(func $f (export \"f\") (type $t) {code})");
            hold("recursion", &prepared(&direct), 3_000, 9_000);
            let indirect = code.replace("(call $f ", "(call_indirect (type $t) ");
            let indirect = indirect
                .replace(
                    "(i32.sub (local.get 0) (i32.const 1))",
                    "(i32.sub (local.get 0) (i32.const 1)) (i32.const 0)",
                )
                .replace(
                    "(type $t) (i32.const 0))",
                    "(type $t) (i32.const 0) (i32.const 0))",
                );
            let indirect = format!(
                "(table 1 1 funcref) (elem (i32.const 0) $f)
                 (func $f (export \"f\") (type $t) {indirect})"
            );
            hold(
                "recursion through the table",
                &prepared(&indirect),
                3_000,
                9_000,
            );
        }
    }
}

/// Calls of a circle that lead out of it as well, through the table.
#[test]
fn calls_through_a_table_do_not_run_unpaid_for_long() {
    // The engine counts straight code when it is entered, also what does not run.
    let call = "(br_if 0 (local.get 0)) (call_indirect (type $t) (i32.const 1) (i32.const 3)) ";
    let ends = format!("(if (local.get 0) (then {} return)) ", work(5));
    let back = "(if (i32.eq (local.get 0) (i32.const 9)) (then (call $f (i32.const 1)) return))";
    let arm = format!("{back} (if (local.get 0) (then {}))", work(25));
    for members in ["$f $f $f", "$f $f", "$f"] {
        for (name, last, calls) in [
            ("a leaf", runs(360), 1_500),
            ("a function that is no leaf", runs(1_400), 1_500),
            ("one of the circle", format!("{back} {}", work(25)), 3_000),
            ("one of the circle with an arm", arm.clone(), 3_000),
        ] {
            let calls = call.repeat(calls);
            let count = members.split(' ').count();
            let module = prepared(&format!(
                "(table 4 4 funcref) (elem (i32.const {}) {members} $g)
                 (func $g (type $t) (local i32) {last})
                 (func $f (type $t) {ends} {calls})
                 (func (export \"f\") (type $t) (call $f (i32.const 0)))",
                3 - count
            ));
            hold(name, &module, 1, 0);
        }
    }
}

/// A call in dead code is one in the graph of calls, so a function that runs no call may be in a
/// circle.
#[test]
fn a_circle_by_dead_code_does_not_run_unpaid_for_long() {
    let dear = format!("(if (local.get 0) (then {}))", runs(360));
    let many = |call: &str| format!("(br_if 0 (i32.eqz (local.get 0))) {call} ").repeat(2_000);
    let direct = many("(call $m (local.get 0))");
    let indirect = "(call_indirect (type $t) (local.get 0) (i32.const 0)) ".repeat(2_000);
    for calls in [
        direct,
        indirect,
        many("(call_indirect (type $t) (local.get 0) (i32.const 0))"),
    ] {
        let module = prepared(&format!(
            "(table 1 1 funcref) (elem (i32.const 0) $m)
             (func $m (type $t) (local i32) {dear} return (call $f (i32.const 0)))
             (func $f (type $t) {calls})
             (func (export \"f\") (type $t) (call $f (local.get 0)))"
        ));
        hold("a circle by dead code", &module, 1, 2_000);
    }
}

/// Of the functions of a circle each calls the next one, which has been planned before.
#[test]
fn a_long_circle_does_not_run_unpaid_for_long() {
    let length = 3_000;
    let functions: Vec<String> = (1..=length)
        .rev()
        .map(|number| {
            let down = match number {
                1 => String::new(),
                _ => format!("(call $m{} (local.get 0))", number - 1),
            };
            let back = match number {
                _ if number == length => String::new(),
                _ => format!(
                    "(if (local.get 0) (then (call $m{} (i32.const 0))))",
                    number + 1
                ),
            };
            let dear = format!("(if (i32.eqz (local.get 0)) (then {}))", runs(725));
            format!("(func $m{number} (type $t) (local i32) {dear} {down} {back})")
        })
        .collect();
    let module = prepared(&format!(
        "{} (func (export \"f\") (type $t) (call $m{length} (i32.const 0)))",
        functions.concat()
    ));
    hold("a long circle", &module, 1, 3_000);
}

/// The code of a circle that does a little in each frame and a little behind each call. Instrumenter 12
/// let it do four times what was paid.
#[test]
fn a_little_in_each_frame_is_less_than_was_paid() {
    let price = Protocol::v1().schedule.operator_price(&Operator::I32Eqz);
    let price = price.expect("a price");
    let a_little = |operators: u64| {
        let gas = operators * price;
        let account = format!("(global.set 0 (i64.add (global.get 0) (i64.const {gas})))");
        account + &work(usize::try_from(operators).expect("few"))
    };
    let call = "(call_indirect (type $t) (i32.const 0) (i32.const 0))";
    for operators in [0, 1, 2, 4, 8, 16, 32, 52, 53, 64] {
        let arm = format!("{call} (if (local.get 0) (then {}))", a_little(operators));
        let module = prepared(&format!(
            "(global (mut i64) (i64.const 0)) (table 1 1 funcref) (elem (i32.const 0) $f)
             (func $f (export \"f\") (type $t)
                (if (i32.eqz (local.get 0)) (then {} return)) {})",
            a_little(operators),
            arm.repeat(1_900)
        ));
        for gas in [30_000, 42_000, 55_500, 80_000] {
            let done = noted(&module, 1, gas);
            let most = 2 * gas + i64::try_from(UNPAID).expect("little gas");
            assert!(done <= most, "{done} by {operators} for {gas} gas");
        }
    }
}
