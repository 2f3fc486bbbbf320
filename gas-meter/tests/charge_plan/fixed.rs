//! Loops that run as often each time.

use crate::reading::{assert_lines, lines};

/// The charges of a function with a loop that has `in_front` in front and ends in `latch`, and how
/// many loops there are.
fn charges(in_front: &str, latch: &str) -> (Vec<String>, usize) {
    let text = format!(
        "(module (memory 1) (global $g (mut i32) (i32.const 0))
            (func $f (export \"f\") (param $c i32) (local $i i32) (local $j i64)
            {in_front} (loop {latch} (br_if 0))))"
    );
    let lines = lines(&text, 0);
    let loops = lines.iter().filter(|line| *line == "Loop").count();
    let charges = lines.into_iter().filter(|line| line.starts_with("charge"));
    (charges.collect(), loops)
}

#[test]
fn all_runs_are_paid_with_the_code_in_front() {
    // The caller pays 2 for the start and five runs of 8, so nothing is left to insert.
    assert_lines(
        "(module (func (local i32)
            (local.set 0 (i32.const 10))
            (loop (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const -2)))
                (i32.const 0))))))",
        0,
        "I32Const; LocalSet; Loop
        LocalGet; I32Const; I32Add; LocalTee; I32Const; I32Ne; BrIf; End; End",
    );
}

#[test]
fn both_widths_and_all_latches_are_known() {
    for (in_front, latch) in [
        (
            "(local.set $i (i32.const -6))",
            "local.get $i i32.const 2 i32.add local.tee $i",
        ),
        (
            "(drop (local.tee $i (i32.const 3)))",
            "i32.const 9 local.get $i i32.const 3 i32.add local.tee $i i32.ne",
        ),
        (
            "(local.set $j (i64.const 7))",
            "local.get $j i64.const 14 i64.add local.tee $j i64.const 231 i64.ne",
        ),
        (
            "(local.set $j (i64.const 1)) (global.set $g (local.get $c))",
            "local.get $j i64.const 4 i64.add local.tee $j i64.const 90 i64.lt_u",
        ),
    ] {
        assert_eq!(charges(in_front, latch), (vec![], 1), "{in_front} {latch}");
    }
}

#[test]
fn a_start_that_may_be_another_is_not_used() {
    let latch = "local.get $i i32.const 3 i32.add local.tee $i i32.const 9 i32.ne";
    for in_front in [
        // Nothing sets the counter, or something that is not a constant does.
        "",
        "(local.set $i (local.get $c))",
        "(local.set $i (i32.const 3)) (local.set $i (i32.load (i32.const 3)))",
        // The constant may be jumped over.
        "(if (local.get $c) (then (local.set $i (i32.const 3))))",
        "(local.set $i (i32.const 3)) (block (br_if 0 (local.get $c)) (local.set $i (local.get $c)))",
    ] {
        let (charges, _) = charges(in_front, latch);
        assert!(!charges.is_empty(), "{in_front}");
    }
}

#[test]
fn many_runs_are_paid_at_the_loop() {
    let latch =
        |bound| format!("local.get $i i32.const 1 i32.add local.tee $i i32.const {bound} i32.ne");
    // A run costs 8, and 65,536 may be paid in front.
    let start = "(local.set $i (i32.const 0))";
    assert_eq!(charges(start, &latch(8_192)).1, 1);
    assert_eq!(charges(start, &latch(8_193)).1, 2);
}

#[test]
fn a_function_with_a_dear_loop_is_looked_at_when_it_is_entered() {
    let text = |bound| {
        format!(
            "(module (func (local i32) (local.set 0 (i32.const 0)) (loop (br_if 0 (i32.ne
                (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const {bound}))))))"
        )
    };
    let looks = |bound| lines(&text(bound), 0).contains(&"trap below 0".to_owned());
    assert!(!looks(500));
    assert!(looks(600));
}

#[test]
fn each_of_several_loops_is_paid_in_front() {
    let start = "(local.set $i (i32.const 0))";
    let latch = "local.get $i i32.const 1 i32.add local.tee $i i32.const 9 i32.ne";
    let both = format!("{start} (loop {latch} (br_if 0)) {start}");
    assert_eq!(charges(&both, latch), (vec![], 2));
}

#[test]
fn the_start_of_another_local_is_not_the_counters() {
    // Two for the start, two or three for what comes behind it, and so many runs of 8. Then 4 for the
    // entry and 2 for the locals.
    let latch = "local.get $i i32.const 1 i32.add local.tee $i i32.const 9 i32.ne";
    let start = "(local.set $i (i32.const 2))";
    for (other, cost) in [
        ("(local.set $c (i32.const 6))", 2),
        ("(drop (local.tee $c (i32.const 6)))", 3),
    ] {
        let text = format!(
            "(module (func (export \"f\") (param $c i32) (local $i i32) (local $j i64)
                {start} {other} (loop {latch} (br_if 0))))"
        );
        let charge = format!("charge {}, exit 0", 4 + 2 + 2 + cost + 7 * 8);
        assert!(lines(&text, 1).contains(&charge), "{:?}", lines(&text, 1));
    }
}
