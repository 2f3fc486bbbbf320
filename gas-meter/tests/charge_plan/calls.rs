//! Charges around calls, and the stack.

use crate::reading::{assert_lines, prepared};

#[test]
fn a_caller_pays_the_entry_of_what_it_calls() {
    // The callee costs 4 + 3, all of it certain. The caller: 4 + 8 + 7 + 1, paid by its callers.
    let text = "(module (func (export \"f\") (call $g) nop) (func $g nop nop nop))";
    assert_lines(text, 0, "Call; Nop; End");
    assert_lines(text, 1, "Nop; Nop; Nop; End");
    assert_lines(
        text,
        2,
        "Block; take 8 slots, exit 0; charge 20, exit 0; Call; give 8 slots
        Return; End; Unreachable; End",
    );
}

#[test]
fn what_comes_behind_a_host_call_is_paid_behind_it() {
    // The host sees the gas, whether it is called at once or through another function.
    let text = "(module
        (import \"lockstep\" \"block_height\" (func $height (result i64)))
        (func $g (drop (call $height)) nop nop)
        (func $f (call $g) nop nop nop))";
    assert_lines(text, 0, "trap below 0; Call; charge 3; Drop; Nop; Nop; End");
    assert_lines(text, 1, "trap below 0; Call; charge 3; Nop; Nop; Nop; End");
}

#[test]
fn functions_in_the_table_leave_the_cheapest_entry_of_their_type_to_callers() {
    // Of type (): the cheaper costs 4 + 1, and the dearer pays 2 more itself.
    let text = "(module
        (type $t (func))
        (table 2 2 funcref) (elem (i32.const 0) $a $b)
        (func $a nop)
        (func $b nop nop nop)
        (func $f (call_indirect (type $t) (i32.const 0)))
        (func (export \"g\") (call $f)))";
    assert_lines(text, 0, "Nop; End");
    assert_lines(text, 1, "charge 2; Nop; Nop; Nop; End");
    // 4 + 1 + 12 + 5, and 4 + 8 for the one that calls it.
    assert_lines(text, 2, "I32Const; CallIndirect; End");
    let front = "Block; take 13 slots, exit 0; charge 34, exit 0; Call; give 13 slots
        Return; End; Unreachable; End";
    assert_lines(text, 4, front);
}

#[test]
fn only_recursive_calls_take_stack_inside_a_module() {
    // The arm costs 2 * (1 + 8) + 1, and two entries of 7. The two calls follow each other with
    // nothing but operands between: the frame is taken once.
    assert_lines(
        "(module (func $f (param i32)
            (if (local.get 0) (then
                (call $f (i32.const 0))
                (call $f (i32.const 0))
                nop))))",
        0,
        "LocalGet; If; charge 33 or trap; I32Const
        take 6 slots or trap; Call; I32Const; Call; give 6 slots; Nop; End; End",
    );
}

/// How often the code of the function at `position` has each of the two.
pub(crate) fn counts(text: &str, position: usize, lines: [&str; 2]) -> [usize; 2] {
    let written = crate::reading::lines(text, position);
    lines.map(|line| written.iter().filter(|w| w.starts_with(line)).count())
}

#[test]
fn a_call_whose_index_was_padded_is_written_in_few_bytes() {
    // `call 0` and `call_indirect 0 0`, with indices of five bytes and of one.
    let long = "\\80\\80\\80\\80\\00";
    let module = |function: &str, index: &str| {
        let calls = format!("\\10{function}\\41\\00\\11{index}{index}\\0b");
        let length = calls.matches('\\').count() + 1;
        format!(
            "(module binary \"\\00asm\\01\\00\\00\\00\" \"\\01\\04\\01\\60\\00\\00\" \"\\03\\03\\02\\00\\00\"
            \"\\04\\04\\01\\70\\00\\01\" \"\\0a\\{:02x}\\02\\02\\00\\0b\\{length:02x}\\00{calls}\")",
            length + 5
        )
    };
    let short = prepared(&module("\\00", "\\00"));
    let padded = prepared(&module(long, long));
    assert_eq!(padded.bytes(), short.bytes());
    assert_eq!(padded.functions().len(), 2);
}

#[test]
fn a_function_called_from_many_places_of_its_cycle_looks_at_its_entry() {
    let calls = |number: usize| {
        let call = "(if (local.get 0) (then (call $f (i32.const 0)) nop))";
        format!("(module (func $f (param i32) {}))", call.repeat(number))
    };
    let looks = |entry| [entry, "charge"];
    // Each of two places looks for itself.
    let looking = |number: usize| {
        let written = crate::reading::lines(&calls(number), 0).into_iter();
        let charges = written.filter(|line| line.starts_with("charge"));
        charges.filter(|line| line.contains("or trap")).count()
    };
    assert_eq!(looking(2), 2);
    assert_eq!(counts(&calls(2), 0, looks("trap below 0")), [0, 2]);
    assert_eq!(looking(3), 0);
    assert_eq!(counts(&calls(3), 0, looks("exit 1 below 0")), [1, 3]);
}

#[test]
fn who_recurses_through_the_table_looks_before_the_call() {
    // As often as the function stands in the table, so often its type leads to it.
    let module = |entries: usize| {
        let entries = "$f ".repeat(entries);
        format!(
            "(module (type $t (func (param i32)))
            (table 3 3 funcref) (elem (i32.const 0) {entries})
            (func $f (type $t)
                (if (local.get 0) (then (call_indirect (type $t) (i32.const 0) (i32.const 0)) nop))))"
        )
    };
    let looking = |text: &str| {
        let written = crate::reading::lines(text, 0).into_iter();
        let charges = written.filter(|line| line.starts_with("charge"));
        charges.filter(|line| line.contains("or trap")).count()
    };
    let looks = ["trap below 0"; 2];
    assert_eq!(looking(&module(2)), 1);
    assert_eq!(counts(&module(2), 0, looks), [0, 0]);
    assert_eq!(looking(&module(3)), 0);
    assert_eq!(counts(&module(3), 0, looks), [1, 1]);
}

#[test]
fn a_call_in_a_circle_is_looked_at_unless_its_callee_looks() {
    // The first function looks at its entry, because three calls lead to it. It could make many calls
    // behind that look, so each of them is looked at as well.
    let text = "(module
        (func $f (param i32) (if (local.get 0) (then (call $g (i32.const 0)) nop)))
        (func $g (param i32)
            (call $f (i32.const 1)) (call $f (i32.const 2)) (call $f (i32.const 3))))";
    let charge = crate::reading::lines(text, 0);
    let looks = charge
        .iter()
        .filter(|line| line.starts_with("charge") && line.contains("or trap"));
    assert_eq!(looks.count(), 1, "{charge:?}");
    // The other one looks once at what it has charged, and not in front of each call: its callee does.
    let own = crate::reading::lines(text, 1);
    let looking = own
        .iter()
        .filter(|line| line.contains("charge") && line.contains("trap"));
    assert_eq!(looking.count(), 1, "{own:?}");
}

#[test]
fn a_function_that_calls_leaves_is_a_leaf_if_it_is_short() {
    let text = |nops: usize| {
        let nops = "nop ".repeat(nops);
        format!("(module (func (call $g)) (func $g {nops}) (func (call 0)))")
    };
    let looks = ["trap below 0", "charge"];
    // What is paid for a callee in front of the call is counted with it once more.
    assert_eq!(counts(&text(1300), 0, looks), [0, 0]);
    assert_eq!(counts(&text(1300), 2, looks), [0, 0]);
    assert_eq!(counts(&text(2100), 0, looks), [1, 0]);
    assert_eq!(counts(&text(2100), 2, looks), [1, 0]);
}

#[test]
fn an_export_takes_the_deepest_way_through_what_it_calls() {
    let slots = |text: &str| {
        let module = prepared(text);
        let frames: Vec<u32> = module.functions().iter().map(|f| f.frame_slots).collect();
        frames
    };
    // Frames 4, 4 + 10 and 4 + 1: the deepest way is f, g, h with 4 + 5 + 14.
    let text = "(module
        (func (export \"f\") (call $g) (call $h))
        (func $g (local i32) (call $h))
        (func $h (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)))";
    assert_eq!(slots(text), [4, 5, 14]);
    let front = crate::reading::lines(text, 3);
    assert_eq!(front[1], "take 23 slots, exit 0");
}

#[test]
fn callers_pay_at_most_two_to_the_twenty_of_an_entry() {
    // Fifteen loops of 8,192 runs of 8, each with 2 in front; entry 4, a local, and the `nop`s.
    let charges = |nops: usize, position: usize| {
        let text = format!(
            "(module (func (export \"f\") (local i32) {} {}))",
            "(local.set 0 (i32.const 0)) (loop (br_if 0 (i32.ne (local.tee 0
                (i32.add (local.get 0) (i32.const 1))) (i32.const 8192))))"
                .repeat(15),
            "nop ".repeat(nops)
        );
        let lines = crate::reading::lines(&text, position).into_iter();
        let charges = lines.filter(|line| line.starts_with("charge"));
        charges.collect::<Vec<_>>()
    };
    let nops = (1 << 20) - 15 * (8_192 * 8 + 2) - 5;
    // The function and the front that calls it: only one of the two pays.
    assert!(charges(nops, 0).is_empty());
    assert_eq!(charges(nops, 1), ["charge 1048576, exit 0"]);
    assert_eq!(charges(nops + 1, 0), ["charge 1048577 or trap"]);
    assert!(charges(nops + 1, 1).is_empty());
}

#[test]
fn a_function_is_charged_the_same_whatever_else_is_in_the_module() {
    let latch = "(local.tee 1 (i32.add (local.get 1) (i32.const 1)))";
    let fixed = format!("(local.set 1 (i32.const -5)) (loop $l (br_if $l {latch}))");
    let other = format!(
        "(func $g (param i32) (local i32) {fixed}
            (memory.fill (local.get 0) (local.get 0) (local.get 0))
            (block (br_if 0 (local.get 0)) (br_if 1 (local.get 0)) nop) nop nop nop
            (loop $l nop (br_if $l (local.get 0))) (call $g (i32.const 0)) unreachable)"
    );
    let plain = format!("(func (param i32) (local i32) {fixed} nop)");
    let calls = "(func $f (param i32) (call $f (i32.const 0)) (call $f (i32.const 0)) nop)";
    let leaf = "(func $f (param i32) (call $h) (call $f (i32.const 0)) nop) (func $h nop)";
    for function in [plain.as_str(), calls, leaf] {
        let module = |functions: &str| format!("(module (memory 1) {functions})");
        let alone = crate::reading::lines(&module(function), 0);
        let first = module(&format!("{function} {other}"));
        assert_eq!(crate::reading::lines(&first, 0), alone);
        let last = module(&format!("{other} {function}"));
        assert_eq!(crate::reading::lines(&last, 1), alone);
    }
}
