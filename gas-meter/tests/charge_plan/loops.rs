//! Charges in loops, and where the counter is kept.

use crate::reading::{assert_lines, lines};

#[test]
fn a_loop_that_nothing_repeats_is_no_loop() {
    assert_lines(
        "(module (func (loop nop) nop))",
        0,
        "Loop; Nop; End; Nop; End",
    );
}

#[test]
fn a_loop_pays_and_checks_at_its_head_on_a_local() {
    // Head: local.get 1 + br_if 2. Behind the branch, in the loop: nop 1. Behind the loop: nop 1,
    // certain, so the entry pays it.
    assert_lines(
        "(module (func (param i32) (loop (br_if 0 (local.get 0)) nop) nop))",
        0,
        "trap below 0; load; Block; Block
        Loop; charge 3 locally, exit 2; LocalGet; BrIf; charge 1 locally; Nop; End; Nop; End
        store; Return; End; store; Unreachable; End",
    );
}

#[test]
fn the_counter_is_in_its_global_while_a_callee_needs_it() {
    let text = "(module
        (import \"lockstep\" \"block_height\" (func $height (result i64)))
        (func (param i32)
            (loop (br_if 0 (i32.eqz (local.get 0))))
            (drop (call $height))
            (if (local.get 0) (then return))))";
    assert_lines(
        text,
        0,
        "trap below 0; load; Block; Block
        Loop; charge 4 locally, exit 2; LocalGet; I32Eqz; BrIf; End
        store; Call; load; charge 4 locally; Drop
        LocalGet; If; charge 2 locally; store; Return; End; End
        store; Return; End; store; Unreachable; End",
    );
}

#[test]
fn a_loop_around_a_callee_that_needs_the_counter_pays_on_the_global() {
    let text = "(module
        (import \"lockstep\" \"block_height\" (func $height (result i64)))
        (func (param i32)
            (loop (drop (call $height)) (br_if 0 (i32.eqz (local.get 0))))))";
    assert_lines(
        text,
        0,
        "trap below 0
        Loop; charge 8 or trap; Call; charge 5; Drop; LocalGet; I32Eqz; BrIf; End; End",
    );
}

/// How many copies of the loop there are, and the charge of the slow one.
fn counted(latch: &str) -> (usize, Vec<String>) {
    let text = format!(
        "(module (memory 1) (func (param $i i32) (param $n i32) (param $s i32)
            (loop (i32.store8 (local.get $i) (i32.const 1)) {latch} (br_if 0))))"
    );
    let lines = lines(&text, 0);
    let loops = lines.iter().filter(|line| *line == "Loop").count();
    let charges = lines.into_iter().filter(|line| line.starts_with("charge"));
    (loops, charges.collect())
}

#[test]
fn a_counted_loop_is_copied_and_all_its_runs_are_paid_at_once() {
    for latch in [
        "local.get $n local.get $i i32.const 1 i32.add local.tee $i i32.ne",
        "local.get $i i32.const -4 i32.add local.tee $i local.get $n i32.ne",
        "local.get $i i32.const 3 i32.add local.tee $i i32.const 99 i32.lt_u",
        "local.get $i local.get $s i32.add local.tee $i local.get $n i32.lt_u",
    ] {
        let (loops, charges) = counted(latch);
        assert_eq!(loops, 2, "{latch}");
        assert_eq!(charges, ["charge 12 or trap"], "{latch}");
    }
    let (loops, charges) = counted("local.get $i i32.const -1 i32.add local.tee $i");
    assert_eq!((loops, charges), (2, vec!["charge 10 or trap".to_owned()]));
}

#[test]
fn a_loop_whose_runs_cannot_be_told_is_not_copied() {
    for latch in [
        // The step is not a power of two, is unknown, or is 0.
        "local.get $i i32.const 3 i32.add local.tee $i local.get $n i32.ne",
        "local.get $i local.get $s i32.add local.tee $i local.get $n i32.ne",
        "local.get $i i32.const 0 i32.add local.tee $i local.get $n i32.lt_u",
        // What is compared is not what counts.
        "local.get $i i32.const 1 i32.add local.tee $s local.get $n i32.ne",
        // The bound, the step or the counter is set in the loop.
        "i32.const 7 local.set $n local.get $i i32.const 1 i32.add local.tee $i local.get $n i32.ne",
        "i32.const 7 local.set $s local.get $i local.get $s i32.add local.tee $i local.get $n i32.lt_u",
        "i32.const 7 local.set $i local.get $i i32.const 1 i32.add local.tee $i local.get $n i32.ne",
    ] {
        let (loops, charges) = counted(latch);
        assert_eq!((loops, charges.len()), (1, 1), "{latch}");
    }
}

#[test]
fn a_long_counted_loop_is_not_copied() {
    let latch = "local.get $i i32.const -1 i32.add local.tee $i";
    // The loop is 19 bytes long without what is put in.
    let (loops, _) = counted(&format!("{} {latch}", "nop ".repeat(45)));
    assert_eq!(loops, 2);
    let (loops, _) = counted(&format!("{} {latch}", "nop ".repeat(46)));
    assert_eq!(loops, 1);
}
