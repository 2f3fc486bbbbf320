//! Where code looks at the counter besides, and how much is unpaid at most: 16,384 gas.

use crate::reading::{lines_of, prepared};

/// So many operators that cost 1 each.
pub(crate) fn work(gas: usize) -> String {
    "nop ".repeat(gas)
}

/// An arm that costs so much.
pub(crate) fn arm(gas: usize) -> String {
    format!("(if (local.get 0) (then {}))", work(gas))
}

/// A function of type `$t`.
pub(crate) fn function(name: &str, code: &str) -> String {
    format!("(func ${name} (type $t) {code})")
}

/// Checks what the first of these functions charges and where it looks, and the most that is unpaid
/// in the module.
pub(crate) fn assert_unpaid(functions: &str, charges: &str, most: u64) {
    let text = format!(
        "(module (type $t (func (param i32)))
            (import \"lockstep\" \"block_height\" (func $height (result i64))) {functions})"
    );
    let module = prepared(&text);
    let lines = lines_of(&module, 0).into_iter();
    let lines: Vec<String> = lines.filter(|line| line.contains("charge")).collect();
    assert_eq!(lines.join("; "), charges, "{functions}");
    assert_eq!(module.unpaid_gas_max(), most, "{functions}");
}

/// The same for a function with this code.
fn assert_code(code: &str, charges: &str, most: u64) {
    assert_unpaid(&function("f", code), charges, most);
}

#[test]
fn charges_on_the_way_add_up() {
    let (first, at, over) = (arm(8_192), arm(8_192), arm(8_193));
    assert_code(&format!("{first} {at}"), "charge 8192; charge 8192", 16_384);
    let looks = "charge 8192; charge 8193 or trap";
    assert_code(&format!("{first} {over}"), looks, 8_192);
    // The second arm may be left out, so what the first one charged is unpaid behind it.
    let looks = "charge 9000; charge 9001 or trap; charge 7384";
    let arms = format!("{} {}", arm(9_000), arm(9_001));
    assert_code(&format!("{arms} {}", arm(7_384)), looks, 16_384);
    let looks = "charge 9000; charge 9001 or trap; charge 7385 or trap";
    assert_code(&format!("{arms} {}", arm(7_385)), looks, 9_000);
    // Behind a look nothing is unpaid.
    let code = format!("(if (local.get 0) (then {arms} {}))", work(1));
    let looks = "charge 7; charge 9000; charge 9001 or trap";
    assert_code(&code, looks, 9_007);
}

#[test]
fn the_way_on_which_most_is_unpaid_counts() {
    // Each way here leaves 9,000 unpaid at the worst, and little on the others.
    let (dear, cheap) = (work(9_001), work(1));
    let cases = [
        (
            format!("(if (local.get 0) (then {dear}) (else {cheap}))"),
            "charge 9000",
        ),
        (
            format!("(if (local.get 0) (then {cheap}) (else {dear}))"),
            "charge 9000",
        ),
        (
            format!("(block (if (local.get 0) (then {dear} (br 1))) {cheap} nop nop)"),
            "charge 9000",
        ),
        (
            format!(
                "(block {} (br_if 0 (local.get 0)) (drop (call $height))) nop nop nop nop nop",
                arm(9_000)
            ),
            "charge 9000; charge 9",
        ),
        (
            format!(
                "(block (block (block (br_table 0 1 2 (local.get 0))) {} (br 1)) {})",
                work(8_998),
                work(5)
            ),
            "charge 9000; charge 5",
        ),
        (
            format!(
                "(block (block (block (br_table 0 2 1 (local.get 0))) {} (br 1)) {})",
                work(5),
                work(9_000)
            ),
            "charge 7; charge 9000",
        ),
        (
            format!(
                "(block (if (local.get 0) (then {} (br_table 1 1 (local.get 0)))) {})",
                work(8_998),
                work(3)
            ),
            "charge 9000",
        ),
    ];
    for (code, charges) in cases {
        let at = format!("{code} {}", arm(7_384));
        assert_code(&at, &format!("{charges}; charge 7384"), 16_384);
        let over = format!("{code} {}", arm(7_385));
        assert_code(&over, &format!("{charges}; charge 7385 or trap"), 9_000);
    }
}

#[test]
fn a_way_that_ends_leaves_nothing_unpaid_behind_it() {
    for (end, cost) in [
        ("return", 2),
        ("unreachable", 1),
        ("(br 1)", 2),
        ("(br_table 1 1 (local.get 0))", 5),
    ] {
        // The arm that ends costs no less than what comes behind it.
        let arm_that_ends = format!("(if (local.get 0) (then {} {end}))", work(9_000));
        let first = 9_000 + cost;
        let code = format!("{arm_that_ends} {}", arm(9_001));
        let hoisted = if end == "unreachable" { 0 } else { 3 };
        let charges = format!("charge {}; charge 9001", first - hoisted);
        assert_code(&code, &charges, 9_001.max(first - hoisted));
    }
}

#[test]
fn a_loop_looks_when_it_goes_round() {
    // At its head nothing is unpaid.
    let (first, at) = (arm(9_000), arm(16_384));
    let looks = "charge 9000 locally; charge 3 locally, exit 2; charge 1 locally; \
        charge 16384 locally, exit 2";
    let head = "(loop $l (br_if $l (local.get 0)) nop)";
    assert_code(&format!("{first} {head} {at}"), looks, 9_000);
    let behind = looks.replace("16384 locally, exit 2", "16383 locally");
    assert_code(&format!("{first} {head} {}", arm(16_383)), &behind, 16_384);
    // A way back to the head does not go on behind the loop.
    let back = format!(
        "(loop $l (if (local.get 0) (then {} (br $l))))",
        work(8_998)
    );
    let looks = "charge 3 locally, exit 2; charge 9000 locally; charge 9001 locally";
    assert_code(&format!("{back} {}", arm(9_001)), looks, 9_001);
}

#[test]
fn a_loop_that_turns_may_be_left_without_a_look() {
    let short = "(loop $l nop (br_if $l (local.get 0)))";
    let long = format!("(loop $l {} (br_if $l (local.get 0)))", work(50));
    let pairs = "charge 8 locally down to -4, exit 3; charge -4 locally";
    for (code, charges) in [
        (short, pairs),
        (long.as_str(), "charge 53 locally, go back or exit 3"),
    ] {
        for (front, in_front) in [
            (9_000, "charge 9000 locally; "),
            // Of a loop that has just gone round, 4,096 may be unpaid.
            (4_096, ""),
        ] {
            let code = match in_front {
                "" => code.to_owned(),
                _ => format!("{} {code}", arm(front)),
            };
            let (at, over) = (16_384 - front, 16_385 - front);
            let looks = format!("{in_front}{charges}; charge {at} locally");
            assert_code(&format!("{code} {}", arm(at)), &looks, 16_384);
            let looks = format!("{in_front}{charges}; charge {over} locally, exit 2");
            let most = u64::try_from(front).expect("little gas");
            assert_code(&format!("{code} {}", arm(over)), &looks, most);
        }
    }
}

#[test]
fn code_in_front_of_a_loop_with_a_copy_leaves_by_the_same_way() {
    let arms = format!("{} {}", arm(9_000), arm(9_001));
    let short = "(loop $l nop (br_if $l (local.get 0)))";
    let looks = "charge 9000 locally; charge 9001 locally, exit 2; \
        charge 8 locally down to -4, exit 3; charge -4 locally";
    assert_code(&format!("{arms} {short}"), looks, 9_000);
}

#[test]
fn a_look_in_front_of_a_loop_does_not_hold_in_it() {
    // 3,000 for the leaf, 9 for its call, and the first run of the loop are paid with the arm.
    let leaf = function("leaf", &work(2_996));
    let call = "(call $leaf (i32.const 0))";
    let long = format!("(loop $l {call} {} (br_if $l (local.get 0)))", work(50));
    let in_arm = |code: &str| format!("(if (local.get 0) (then {} {code}))", work(10_500));
    let looks =
        "charge 13562 locally; charge 0 locally, exit 3; charge 3062 locally, go back or exit 4";
    assert_unpaid(&(function("f", &in_arm(&long)) + &leaf), looks, 13_562);
    let short = format!("(loop $l nop (br_if $l (local.get 0))) {call}");
    let looks = "charge 13513 locally; charge 8 locally down to -4, exit 4; \
        charge -4 locally; charge 0 locally, exit 2";
    assert_unpaid(&(function("f", &in_arm(&short)) + &leaf), looks, 13_513);
}

#[test]
fn what_a_loop_gives_back_is_not_charged() {
    // Behind the loop, which is not always left at its end, 5 of what was paid are given back.
    let way_out = "(block $b (br_if $b (local.get 0)) (br 2))";
    let looped = |gas| {
        let (inside, behind) = (work(40), work(gas));
        format!("(loop $l {way_out} {inside} (br_if $l (local.get 0))) {behind}")
    };
    let looks = "charge 46 locally down to -5, exit 2; charge 16379 locally";
    assert_code(&looped(16_384), looks, 16_384);
    let looks = "charge 46 locally down to -5, exit 2; charge 16380 locally, exit 2";
    assert_code(&looped(16_385), looks, 4_096);
}

#[test]
fn nothing_is_unpaid_where_a_loop_looks_at_its_head() {
    let code = "(loop $l (br_if $l (local.get 0)) nop)";
    assert_code(code, "charge 3 locally, exit 2; charge 1 locally", 1);
    // The outer loop costs nothing before the inner one begins.
    let code = "(loop $o (loop $i (br_if $i (local.get 0)) (if (local.get 0) (then return)))
        (br_if $o (local.get 0)))";
    let looks = "charge 0 locally, exit 2; charge 3 locally, exit 3; charge 5 locally; \
        charge 1 locally";
    assert_code(code, looks, 6);
}

#[test]
fn what_runs_into_a_trap_may_be_unpaid_besides() {
    let doomed = format!("(if (local.get 0) (then {} unreachable))", work(90));
    let code = format!("{} {doomed}", arm(15_000));
    assert_code(&code, "charge 15000", 15_000 + 4_096);
    // It is no charge: behind it 1,384 more may be charged.
    let code = format!("{code} {}", arm(1_384));
    assert_code(&code, "charge 15000; charge 1384", 15_000 + 4_096);
}
