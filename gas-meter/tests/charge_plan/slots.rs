//! Which recursive calls take slots of the stack, look if there are enough, and give them back.

use crate::calls::counts;

#[test]
fn slots_stay_taken_between_calls_that_run_together() {
    let slots = ["take", "give"];
    // An arm stands between the two calls, but either both run or none.
    let between = |code: &str| {
        format!(
            "(module (func $f (param i32)
                (call $f (i32.const 0)) {code} (call $f (i32.const 0)))
            (func $leaf nop)
            (func $g (call $g)))"
        )
    };
    let arm = "(if (local.get 0) (then nop (call $leaf)))";
    assert_eq!(counts(&between(arm), 0, slots), [1, 1]);
    // What recurses by itself must find the slots given back.
    assert_eq!(counts(&between("(call $g)"), 0, slots), [2, 2]);
    // The second call may be left out.
    let exit = "(br_if 0 (local.get 0))";
    assert_eq!(counts(&between(exit), 0, slots), [2, 2]);
    let exit = "(block (br_if 1 (local.get 0)))";
    assert_eq!(counts(&between(exit), 0, slots), [2, 2]);
    // Only who made the first one gets behind the block.
    let within = "(module (func $f (param i32)
        (block (br_if 1 (local.get 0)) (call $f (i32.const 0))) (call $f (i32.const 0))))";
    assert_eq!(counts(within, 0, slots), [1, 1]);
}

#[test]
fn slots_that_were_there_before_are_not_looked_for_again() {
    // Whether each of the places in `code` that takes slots looks if there are as many.
    let looking = |code: &str| -> Vec<bool> {
        let text = format!(
            "(module (func $g (call $g)) (func $f (param i32) {code}))",
            code = code.replace("RECURSE", "(call $f (i32.const 0))")
        );
        let written = crate::reading::lines(&text, 1).into_iter();
        let taken = written.filter(|line| line.starts_with("take"));
        taken.map(|line| !line.ends_with("slots")).collect()
    };
    // A call of what recurses by itself keeps the two apart.
    assert_eq!(looking("RECURSE (call $g) RECURSE"), [true, false]);
    let arms = |first: &str, second: &str| {
        format!("(if (local.get 0) (then {first} nop) (else {second} nop)) (call $g) RECURSE")
    };
    assert_eq!(looking(&arms("RECURSE", "")), [true, true]);
    assert_eq!(looking(&arms("", "RECURSE")), [true, true]);
    assert_eq!(looking(&arms("unreachable", "RECURSE")), [true, false]);
    assert_eq!(looking(&arms("RECURSE", "return")), [true, false]);
    // Of two arms each looks for itself, and what follows need not.
    let code = "(if (local.get 0) (then RECURSE) (else RECURSE)) (br_if 0 (local.get 0)) nop";
    assert_eq!(looking(code), [true, true]);
    // Nobody looks behind a block that something left before the call.
    let left =
        "(block (br_if 0 (local.get 0)) RECURSE (br_if 0 (local.get 0)) nop) (call $g) RECURSE";
    assert_eq!(looking(left), [true, true]);
    let left = "(block RECURSE (br_if 0 (local.get 0)) nop) (call $g) RECURSE";
    assert_eq!(looking(left), [true, false]);
    // A run of a loop finds what was in front of the loop, and not what another run has taken.
    let again = "(loop (call $g) RECURSE (br_if 0 (local.get 0))) nop";
    assert_eq!(looking(again), [true]);
    assert_eq!(
        looking(&format!("RECURSE (call $g) {again}")),
        [true, false]
    );
    let behind = "(loop (call $g) (if (local.get 0) (then RECURSE)) (br_if 0 (local.get 0))) nop";
    assert_eq!(looking(&format!("{behind} RECURSE")), [true, true]);
}

#[test]
fn a_function_that_takes_slots_in_three_places_keeps_them_in_locals() {
    let calls = |number: usize| {
        let call = "(if (local.get 0) (then (call $f (i32.const 0)) nop))";
        format!("(module (func $f (param i32) {}))", call.repeat(number))
    };
    let kept = ["keep slots in 1, less 6", "slots of "];
    assert_eq!(counts(&calls(2), 0, kept), [0, 0]);
    assert_eq!(counts(&calls(3), 0, kept), [1, 6]);
    let written = crate::reading::lines(&calls(3), 0);
    let slots = written.iter().filter(|line| line.starts_with("slots"));
    let expected = ["slots of 2, exit 2", "slots of 1"].repeat(3);
    assert_eq!(
        slots.collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
}
