//! Charges in loops, and where the counter is kept.

use lockstep_gas_meter::{Protocol, Schedule};

use crate::reading::{assert_lines, lines, lines_of, prepared_under};

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
        "Block; Block; load, exit 1 below 0
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
        "Block; Block; load, exit 1 below 0
        Block; Loop; Block; LocalGet; I32Eqz; BrIf; Br; End
        charge 8 locally down to -4, exit 3
        LocalGet; I32Eqz; BrIf; charge -4 locally; End; End
        store; Call; load; charge 4 locally; Drop
        LocalGet; If; charge 2 locally; store; Return; End; End
        store; Return; End; store; Unreachable; End",
    );
}

#[test]
fn a_loop_around_a_callee_that_needs_the_counter_pays_on_the_global() {
    for (call, open, end) in [
        ("(drop (call $height))", "", ""),
        ("(block (drop (call $height)))", "Block;", "End;"),
    ] {
        let text = format!(
            "(module
                (import \"lockstep\" \"block_height\" (func $height (result i64)))
                (func (param i32)
                    (loop {call} (br_if 0 (i32.eqz (local.get 0))))))"
        );
        let expected = format!(
            "trap below 0; Loop; {open} Call; charge 13 down to -8 or trap; Drop; {end}
            LocalGet; I32Eqz; BrIf; charge -8; End; End"
        );
        assert_lines(&text, 0, &expected);
    }
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
fn a_loop_whose_runs_cannot_be_told_is_not_paid_at_once() {
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
        // Two runs at the head, and one of them back.
        assert_eq!((loops, charges.len()), (1, 2), "{latch}");
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

/// A loop that goes on as long as it finds bytes that are not 0, and has so many `nop`s.
fn until_zero(nops: usize) -> Vec<String> {
    let text = format!(
        "(module (memory 1) (func (param $i i32) (loop {} (br_if 0 (i32.load8_u
            (local.tee $i (i32.add (local.get $i) (i32.const 1))))))))",
        "nop ".repeat(nops)
    );
    lines(&text, 0)
}

#[test]
fn a_short_loop_that_the_data_ends_is_paid_two_runs_at_a_time() {
    assert_eq!(
        until_zero(0).join("; "),
        "Block; Block; load, exit 1 below 0; Block; Loop; \
         Block; LocalGet; I32Const; I32Add; LocalTee; I32Load8U; BrIf; Br; End; \
         charge 16 locally down to -8, exit 3; \
         LocalGet; I32Const; I32Add; LocalTee; I32Load8U; BrIf; charge -8 locally; End; End; End; \
         store; Return; End; store; Unreachable; End"
    );
}

#[test]
fn a_longer_one_is_paid_run_by_run() {
    // The loop is 15 bytes long without `nop`s.
    let loops = |nops| {
        until_zero(nops)
            .iter()
            .filter(|line| *line == "Block")
            .count()
    };
    assert_eq!((loops(25), loops(26)), (4, 2));
}

#[test]
fn a_loop_behind_a_counted_one_is_paid_two_runs_at_a_time_too() {
    let text = "(module (memory 1) (func (param $i i32) (param $j i32)
        (loop (br_if 0 (local.tee $i (i32.add (local.get $i) (i32.const -1)))))
        (loop (br_if 0 (i32.load8_u (local.tee $j (i32.add (local.get $j) (i32.const 1))))))))";
    let lines = lines(text, 0).into_iter();
    let charges: Vec<String> = lines.filter(|line| line.starts_with("charge")).collect();
    assert_eq!(
        charges,
        [
            "charge 6 locally, exit 3",
            "charge 16 locally down to -8, exit 3",
            "charge -8 locally"
        ]
    );
}

#[test]
fn a_loop_with_very_dear_runs_is_not_paid_at_once() {
    // 2^32 runs have to stay in the range of the counter. A run costs 6 besides.
    let loops = |price| {
        let mut protocol = Protocol::v1();
        let text = include_str!("../prices.toml");
        protocol.schedule = Schedule::from_toml(text).expect("a schedule");
        protocol.schedule.wasm.drop = price;
        protocol.schedule.check().expect("the price is allowed");
        let latch = "(local.tee 0 (i32.add (local.get 0) (i32.const -1)))";
        let text =
            format!("(module (func (param i32) (loop (drop (local.get 0)) (br_if 0 {latch}))))");
        let lines = lines_of(&prepared_under(&text, &protocol), 0);
        lines.iter().filter(|line| *line == "Loop").count()
    };
    assert_eq!(loops((1 << 29) - 7), 2);
    assert_eq!(loops((1 << 29) - 6), 1);
}

#[test]
fn a_function_in_a_circle_is_charged_for_loops_and_operands_too() {
    let charges = |code: &str| {
        let text = format!(
            "(module (memory 1) (type $t (func (param i32)))
                (table 1 1 funcref) (elem (i32.const 0) $f)
                (func $f (type $t)
                    (call_indirect (type $t) (i32.const 0) (i32.const 0)) {code}))"
        );
        let lines = lines(&text, 0).into_iter();
        let charges = lines.filter(|line| line.starts_with("charge"));
        charges.collect::<Vec<_>>().join("; ")
    };
    let long_loop = format!("(loop $l {} (br_if $l (local.get 0)))", "nop ".repeat(50));
    let expected = "charge 71 locally, exit 1; charge 53 locally, go back or exit 3";
    assert_eq!(charges(&long_loop), expected);
    let fill = "(memory.fill (local.get 0) (local.get 0) (local.get 0))";
    assert_eq!(charges(fill), "charge 41 or trap; charge 1 each or trap");
}
