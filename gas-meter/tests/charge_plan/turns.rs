//! Loops that are paid where they go back.

use crate::reading::{assert_lines, lines};

/// A loop that is too long to be paid two runs at a time, with this in front of its branch back.
fn long_loop(parameters: &str, body: &str) -> String {
    let nops = "nop ".repeat(40);
    format!(
        "(module (memory 1) (func (param {parameters}) (loop $l {body} {nops} (br_if $l (local.get 0)))))"
    )
}

/// The lines of a function that are not `nop`s.
fn shown(text: &str) -> String {
    let lines = lines(text, 0).into_iter();
    lines
        .filter(|line| line != "Nop")
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn a_loop_with_one_branch_back_pays_there() {
    // 40 nops, local.get 1, br_if 2. The first run is left to the callers, and nothing else is.
    assert_eq!(
        shown(&long_loop("i32", "")),
        "Block; Block; load, exit 1 below 0; Loop; LocalGet; \
         If; charge 43 locally, go back or exit 3; End; End; End; \
         store; Return; End; store; Unreachable; End"
    );
}

#[test]
fn the_first_run_is_paid_in_front() {
    let text = format!(
        "(module (func $f {}) (func (export \"f\") (call $f (i32.const 0))))",
        "(param i32) (loop (br_if 0 (local.get 0)) nop) nop"
    );
    // With code behind the branch back the loop does not turn: only entry 4, i32.const 1 and call 8
    // are paid there, and the callee's entry 4 and last nop 1.
    assert!(lines(&text, 2).contains(&"charge 18, exit 0".to_owned()));
    let turning = text.replace("nop) nop", ") nop");
    // And here the first run, 3.
    assert!(lines(&turning, 2).contains(&"charge 21, exit 0".to_owned()));
    assert!(lines(&text, 0).contains(&"charge 3 locally, exit 2".to_owned()));
    assert!(!lines(&turning, 0).contains(&"charge 3 locally, exit 2".to_owned()));
}

#[test]
fn a_loop_that_is_left_in_the_middle_pays_behind_the_way_out() {
    // Head: local.get 1, br_if 2, and 2 that are due behind it either way (the br costs as much).
    // Behind the way out: 40 nops, local.get 1, br_if 2, less those 2; with them the head is paid
    // again. When the loop ends without going back, that is given back.
    let text = long_loop("i32", "(block $b (br_if $b (local.get 0)) (br 2))");
    assert_eq!(
        shown(&text),
        "Block; Block; load, exit 1 below 0; Loop; Block; LocalGet; BrIf; Br; End; \
         charge 46 locally down to -5, exit 2; LocalGet; BrIf; charge -5 locally; End; End; \
         store; Return; End; store; Unreachable; End"
    );
}

#[test]
fn what_looks_at_the_counter_keeps_a_loop_from_paying_ahead() {
    // The operand's charge in the last group would see a counter from which too much was taken.
    let fill = "(br_if 1 (local.get 0)) (memory.fill (local.get 0) (local.get 0) (local.get 0))";
    let lines = shown(&long_loop("i32", fill));
    assert!(lines.contains("charge 66 locally; "), "{lines}");
    assert!(
        lines.contains("If; charge 3 locally, go back or exit 3"),
        "{lines}"
    );
    // In front of the way out it does no harm.
    let fill = "(memory.fill (local.get 0) (local.get 0) (local.get 0)) (br_if 1 (local.get 0))";
    let lines = shown(&long_loop("i32", fill));
    assert!(lines.contains("down to -"), "{lines}");
}

#[test]
fn a_loop_with_several_branches_back_pays_at_its_head() {
    for body in [
        "(br_if 0 (local.get 0))",
        "(block (br_table 0 1 (local.get 0)))",
    ] {
        let lines = shown(&long_loop("i32", body));
        assert!(lines.contains("Loop; charge"), "{lines}");
        assert!(!lines.contains("go back"), "{lines}");
    }
}

#[test]
fn a_loop_whose_branch_takes_operands_pays_at_its_head() {
    assert_lines(
        "(module (func (param i32) (local.get 0)
            (loop (param i32) (drop) (local.get 0) (br_if 0 (local.get 0)) drop)))",
        0,
        "Block; Block; load, exit 1 below 0; LocalGet
        Loop; charge 5 locally, exit 2; Drop; LocalGet; LocalGet; BrIf; charge 1 locally; Drop; End; End
        store; Return; End; store; Unreachable; End",
    );
}

#[test]
fn an_outer_loop_pays_for_the_first_run_of_an_inner_one() {
    // The inner loop: 40 nops, local.get 1, br_if 2. The outer: that once, local.get 1, br_if 2.
    let nops = "nop ".repeat(40);
    let text = format!(
        "(module (func (param i32)
            (loop (loop {nops} (br_if 0 (local.get 0))) (br_if 0 (local.get 0)))))"
    );
    let lines = shown(&text);
    assert!(
        lines.contains("If; charge 43 locally, go back or exit 4; End; End"),
        "{lines}"
    );
    assert!(
        lines.contains("If; charge 46 locally, go back or exit 3; End; End"),
        "{lines}"
    );
}

/// The charges of a function.
fn charges(text: &str) -> String {
    let lines = lines(text, 0).into_iter();
    let lines = lines.filter(|line| line.starts_with("charge"));
    lines.collect::<Vec<_>>().join("; ")
}

#[test]
fn at_most_2048_is_paid_ahead() {
    let way_out = "(block $b (br_if $b (local.get 0)) (br 2))";
    let head = |nops| {
        let body = format!("{} {way_out}", "nop ".repeat(nops));
        charges(&long_loop("i32", &body))
    };
    assert_eq!(
        head(2_043),
        "charge 2089 locally down to -2048, exit 2; charge -2048 locally"
    );
    assert_eq!(
        head(2_044),
        "charge 41 locally; charge 2049 locally, go back or exit 3"
    );
    // No more may be charged until the loop goes back.
    let arms = |first, second| {
        let arm = |nops| format!("(if (local.get 0) (then {}))", "nop ".repeat(nops));
        let body = format!("{way_out} {} {}", arm(first), arm(second));
        charges(&long_loop("i32", &body))
    };
    assert_eq!(
        arms(2_000, 48),
        "charge 52 locally down to -5, exit 2; charge 2000 locally; charge 48 locally; \
         charge -5 locally"
    );
    assert_eq!(
        arms(2_000, 49),
        "charge 47 locally; charge 2000 locally; charge 49 locally; \
         charge 5 locally, go back or exit 3"
    );
}

#[test]
fn a_loop_whose_last_group_costs_nothing_pays_where_it_goes_back() {
    // The way out costs more than the branch back, 3, which is paid with the head.
    let nops = "nop ".repeat(50);
    let text = format!(
        "(module (func (param i32) (loop $l
            (if (local.get 0) (then {nops} return)) (br_if $l (local.get 0)))))"
    );
    assert_eq!(
        charges(&text),
        "charge 49 locally; charge 6 locally, go back or exit 3"
    );
}

#[test]
fn a_loop_whose_price_is_not_known_yet_pays_at_its_head() {
    // 50 nops, local.get 1, br_if 2, and 9 for a call of the function itself, whose entry costs 4
    // and, as it pays at the loop's head, nothing more.
    let nops = "nop ".repeat(50);
    let text = format!(
        "(module (func $f (param i32)
            (loop $l (call $f (i32.const 0)) {nops} (br_if $l (local.get 0)))))"
    );
    assert_eq!(charges(&text), "charge 66 or trap");
}
