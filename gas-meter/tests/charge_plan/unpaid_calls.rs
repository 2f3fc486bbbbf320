//! What is unpaid in front of calls, in them, and behind them.

use crate::unpaid::{arm, assert_unpaid, function, work};

/// A leaf that costs so much in all, its entry included.
fn leaf(name: &str, gas: usize) -> String {
    function(name, &work(gas - 4))
}

/// A table with these functions.
fn table(functions: &str) -> String {
    let count = functions.split(' ').count();
    format!("(table {count} {count} funcref) (elem (i32.const 0) {functions})")
}

/// A call of the table's first function.
const INDIRECT: &str = "(call_indirect (type $t) (i32.const 0) (i32.const 0))";

#[test]
fn all_of_a_leaf_may_be_unpaid_in_it_and_behind_it() {
    let check = |code: String, charges: &str, most| {
        let functions = function("f", &code) + &leaf("leaf", 1_000) + &leaf("other", 2_000);
        assert_unpaid(&functions, charges, most);
    };
    let call = "(call $leaf (i32.const 0))";
    let other = "(call $other (i32.const 0))";
    check(format!("{} {call}", arm(15_384)), "charge 15384", 16_384);
    let looks = "charge 15385; charge 0 or trap";
    check(format!("{} {call}", arm(15_385)), looks, 15_385);
    // The charge of the call itself looks if no other way leads there: 1,000 + 8 + 1 for the call.
    let arm_with_call =
        |gas: usize| format!("(if (local.get 0) (then {} {call}))", work(gas - 1_009));
    check(arm_with_call(15_384), "charge 15384", 16_384);
    check(arm_with_call(15_385), "charge 15385 or trap", 15_385);
    // Behind a look in front of the call only the leaf is unpaid.
    let looks = "charge 15385; charge 0 or trap; charge 15384";
    let code = |gas| format!("{} {call} {}", arm(15_385), arm(gas));
    check(code(15_384), looks, 16_384);
    check(
        code(15_385),
        &looks.replace("15384", "15385 or trap"),
        15_385,
    );
    // Two leaves behind each other.
    check(
        format!("{call} {other} {}", arm(13_384)),
        "charge 13384",
        16_384,
    );
    check(
        format!("{call} {other} {}", arm(13_385)),
        "charge 13385 or trap",
        3_000,
    );
}

#[test]
fn the_dearest_leaf_of_a_type_counts() {
    for members in ["$leaf $other", "$other $leaf"] {
        let check = |code: String, charges: &str, most| {
            let functions = function("f", &code) + &leaf("leaf", 1_000) + &leaf("other", 2_000);
            assert_unpaid(&(table(members) + &functions), charges, most);
        };
        check(
            format!("{INDIRECT} {}", arm(14_384)),
            "charge 14384",
            16_384,
        );
        check(
            format!("{INDIRECT} {}", arm(14_385)),
            "charge 14385 or trap",
            2_000,
        );
    }
}

#[test]
fn of_functions_of_a_type_some_may_be_leaves() {
    // One of them is no leaf, so the call may lead to any leaf.
    for members in ["$leaf $long", "$long $leaf"] {
        let check = |code: String, charges: &str, most| {
            let long = function("long", &arm(5_000));
            let functions = function("f", &code) + &leaf("leaf", 1_000) + &long;
            assert_unpaid(&(table(members) + &functions), charges, most);
        };
        let code = |front, behind| format!("{} {INDIRECT} {}", arm(front), arm(behind));
        check(code(8_000, 4_288), "charge 8000; charge 4288", 16_384);
        check(
            code(8_000, 4_289),
            "charge 8000; charge 4289 or trap",
            12_096,
        );
        check(code(12_288, 1), "charge 12288; charge 1 or trap", 16_384);
        let looks = "charge 12289; charge 0 or trap; charge 11384";
        check(code(12_289, 11_384), looks, 16_384);
    }
}

#[test]
fn the_host_looks() {
    let check = |behind, charges: &str, most| {
        let code = format!("{} (drop (call $height)) {}", arm(9_000), arm(behind));
        assert_unpaid(&function("f", &code), charges, most);
    };
    // Behind the call: `drop`, `local.get` and `if`, 4.
    check(16_380, "charge 9000; charge 4; charge 16380", 16_384);
    check(16_381, "charge 9000; charge 4; charge 16381 or trap", 9_000);
    let code = format!("{} (drop (call $height))", arm(16_384));
    assert_unpaid(&function("f", &code), "charge 16384; charge 1", 16_384);
}

#[test]
fn what_a_callee_leaves_unpaid_is_unpaid_behind_the_call() {
    // Ways to the end of a function on which so much is unpaid.
    let with_arm = |gas, end: &str| format!("(if (local.get 0) (then {} {end}))", work(gas));
    let height = "(drop (call $height))";
    for (end, unpaid) in [
        (arm(9_000), 9_000),
        (with_arm(8_998, "return"), 9_000),
        (with_arm(8_998, "(br 1)"), 9_000),
        (with_arm(8_995, "(br_table 1 1 (local.get 0))"), 9_000),
        // Behind a call that leads to the host, `local.get` and `if` are charged besides.
        (
            with_arm(8_997, &format!("(br_if 1 (local.get 0)) {height}")),
            9_003,
        ),
        (
            format!("{} (br_if 0 (local.get 0)) {height}", arm(8_997)),
            9_000,
        ),
        // With another end on which less is unpaid.
        (with_arm(5, "return") + &arm(9_000), 9_000),
        (with_arm(9_001, "return") + &arm(5), 9_000),
        // It does not return.
        (arm(9_000) + " unreachable", 0),
    ] {
        let front = match end.contains(height) {
            true => "charge 12000; charge 3",
            false => "charge 12000",
        };
        let check = |behind: usize, look: &str, most| {
            let code = format!("{} (call $g (i32.const 0)) {}", arm(12_000), arm(behind));
            let functions = function("f", &code) + &function("g", &end);
            assert_unpaid(&functions, &format!("{front}; charge {behind}{look}"), most);
        };
        check(16_384 - unpaid, "", 16_384);
        check(16_385 - unpaid, " or trap", 12_000);
    }
}

#[test]
fn a_circle_adds_eight_where_it_begins_and_behind_each_call() {
    // The call and what is in front of it cost 19.
    let call = "(call $f (i32.const 0))";
    let recursion = format!("(if (local.get 0) (then {call}))");
    let check = |code: String, charges: &str, most| {
        assert_unpaid(&function("f", &code), charges, most);
    };
    check(
        format!("{recursion} {}", arm(8)),
        "charge 19 or trap; charge 8",
        8_200,
    );
    let looks = "charge 19 or trap; charge 9; charge 0 or trap";
    check(format!("{recursion} {}", arm(9)), looks, 8_201);
    check(
        format!("{} {recursion}", arm(8)),
        "charge 8; charge 19 or trap",
        8_200,
    );
    let looks = "charge 9; charge 19 or trap; charge 0 or trap";
    check(format!("{} {recursion}", arm(9)), looks, 8_201);
    // Between two calls that are paid together.
    let both = |gas| format!("(if (local.get 0) (then {call} {} {call}))", arm(gas));
    check(both(8), "charge 35 or trap; charge 8", 8_200);
    let looks = "charge 35 or trap; charge 9; charge 0 or trap";
    check(both(9), looks, 8_201);
    // Where it returns, the last charge looks.
    for end in ["return", "(br 1)"] {
        let ends = |gas| format!("{recursion} (if (local.get 0) (then {} {end}))", work(gas));
        check(ends(6), "charge 19 or trap; charge 8", 8_200);
        check(ends(7), "charge 19 or trap; charge 9 or trap", 8_201);
        // What costs nothing comes behind it.
        let ends = format!(
            "{recursion} (if (local.get 0) (then {} (if (local.get 0) (then)) {end}))",
            work(4)
        );
        check(ends, "charge 19 or trap; charge 9 or trap", 8_201);
    }
}

#[test]
fn a_caller_looks_before_a_circle_begins_and_counts_it_behind() {
    let circle = "(if (local.get 0) (then (call $g (i32.const 0))))";
    let check = |code: String, charges: &str, most| {
        assert_unpaid(
            &(function("f", &code) + &function("g", circle)),
            charges,
            most,
        );
    };
    let call = "(call $g (i32.const 0))";
    check(format!("{} {call}", arm(8_200)), "charge 8200", 8_200);
    check(
        format!("{} {call}", arm(8_201)),
        "charge 8201; charge 0 or trap",
        8_201,
    );
    check(format!("{call} {}", arm(8_192)), "charge 8192", 16_384);
    check(
        format!("{call} {}", arm(8_193)),
        "charge 8193 or trap",
        8_192,
    );
}

#[test]
fn behind_a_circle_that_looks_by_itself_as_much_may_be_unpaid() {
    // Three calls lead to it, and behind each the host looks.
    let call = "(if (local.get 0) (then (call $g (i32.const 0)) (drop (call $height))))";
    let check = |behind, charges: &str, most| {
        let code = format!("{} (call $g (i32.const 0)) {}", arm(9_000), arm(behind));
        let functions = function("f", &code) + &function("g", &call.repeat(3));
        assert_unpaid(&functions, charges, most);
    };
    check(8_189, "charge 9000; charge 3; charge 8189", 16_384);
    check(8_190, "charge 9000; charge 3; charge 8190 or trap", 9_000);
}
