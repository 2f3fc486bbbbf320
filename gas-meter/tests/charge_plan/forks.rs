//! What is paid in front of a fork, and what is not.

use crate::reading::{assert_lines, lines};

/// The lines of a function, `nop`s apart, in a module with a host function.
fn shown(code: &str) -> String {
    let table = match code.contains("call_indirect") {
        true => "(table 1 1 funcref) (elem (i32.const 0) $f)",
        false => "",
    };
    let text = format!(
        "(module (type $t (func (param i32)))
            (import \"lockstep\" \"block_height\" (func $height (result i64)))
            {table} (func $f (type $t) (local i32) {code}))"
    );
    let lines = lines(&text, 0).into_iter();
    let lines: Vec<String> = lines.filter(|line| line != "Nop").collect();
    lines.join("; ")
}

#[test]
fn two_cases_of_a_br_table_may_lead_to_the_same_place() {
    // The cheaper way costs 1 + 2, and the other one 2 more.
    assert_lines(
        "(module (func (param i32)
            (block (block
                (br_table 1 0 1 (local.get 0)))
              nop return)
            nop nop nop nop nop))",
        0,
        "Block; Block; LocalGet; BrTable; End; Nop; Return; End; charge 2
        Nop; Nop; Nop; Nop; Nop; End",
    );
}

#[test]
fn some_code_that_is_reached_in_two_ways_is_paid_in_front_and_some_is_not() {
    let block = "(block (br_if 0 (local.get 0)) (br_if 1 (local.get 0)) nop)";
    // The second block's end costs 3, which is due in front of both of its branches. The first one's
    // costs 4 and what is in front of the second block, 6.
    let code = format!("{block} nop nop nop nop {block} nop nop nop");
    let expected = "Block; LocalGet; BrIf; charge 3; LocalGet; BrIf; charge 1; End; charge 10; \
        Block; LocalGet; BrIf; LocalGet; BrIf; charge 4; End; End";
    assert_eq!(shown(&code), expected);
}

#[test]
fn behind_arms_that_the_host_may_see_it_is_paid_in_both() {
    // The arms: 8 for the call and 3; the lesser is paid in front, with 2 of what comes behind.
    let code = "(if (local.get 0)
        (then (drop (call $height)) nop nop nop) (else nop nop nop)) nop nop";
    let expected = "trap below 0; LocalGet; If; charge 3; Call; charge 6; Drop; Else; End; End";
    assert_eq!(shown(code), expected);
    // One arm is left by a return, so what comes behind both is the other one's.
    let code = "(if (local.get 0) (then nop nop nop) (else nop nop return)) nop nop";
    let expected = "LocalGet; If; charge 1; Else; Return; End; End";
    assert_eq!(shown(code), expected);
}

#[test]
fn what_is_behind_a_block_with_a_host_call_belongs_to_what_is_behind_the_call() {
    let code = "(block (drop (call $height))) unreachable";
    let expected = "trap below 0; Block; Call; Drop; End; Unreachable; End";
    assert_eq!(shown(code), expected);
    let code = "(block (block (drop (call $height))) (br_if 0 (local.get 0)) nop) nop nop";
    let expected = "trap below 0; Block; Block; Call; charge 6; Drop; End; \
        LocalGet; BrIf; charge 1; End; End";
    assert_eq!(shown(code), expected);
}

#[test]
fn what_one_way_of_several_leads_to_the_host_is_not_paid_in_front_of_it() {
    // A block without a host call behind one.
    let code = "(block (drop (call $height)) (block nop) (br_if 0 (local.get 0)) nop) nop nop";
    let expected = "trap below 0; Block; Call; charge 7; Drop; Block; End; \
        LocalGet; BrIf; charge 1; End; End";
    assert_eq!(shown(code), expected);
    // The arm may be left out.
    let code = "(if (local.get 0) (then (drop (call $height)))) nop nop";
    let expected = "trap below 0; LocalGet; If; charge 6; Call; charge 3; Drop; End; End";
    assert_eq!(shown(code), expected);
}

#[test]
fn a_way_into_a_trap_takes_part_at_no_cost() {
    // All 3 of the other way are due in front, unless there is a trap.
    let code = "(if (local.get 0) (then unreachable) (else nop nop nop))";
    let expected = "LocalGet; If; Unreachable; Else; End; End";
    assert_eq!(shown(code), expected);
}

#[test]
fn code_in_which_control_parts_pays_in_front_of_a_trap() {
    let code = "(if (local.get 0) (then (if (local.get 0) (then nop)) unreachable)) nop";
    let expected = "LocalGet; If; charge 4; LocalGet; If; charge 1; End; Unreachable; End; End";
    assert_eq!(shown(code), expected);
}

#[test]
fn the_look_of_a_recursive_call_moves_with_all_of_its_cost() {
    let call = "(call_indirect (type $t) (i32.const 0) (i32.const 0))";
    let arms = |first: &str, second: &str| {
        let code = format!(
            "(drop (call $height))
             (if (local.get 0) (then {first} {call}) (else {second} {call}))"
        );
        let shown = shown(&code);
        let shown = shown.split("; ").filter(|line| line.starts_with("charge"));
        shown.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(arms("", ""), "charge 31 or trap");
    assert_eq!(arms("", "nop"), "charge 31 or trap; charge 1 or trap");
    assert_eq!(arms("nop", ""), "charge 31 or trap; charge 1 or trap");
}

#[test]
fn a_loop_that_runs_as_often_each_time_does_not_keep_a_trap_from_being_free() {
    let latch = "(local.tee 1 (i32.add (local.get 1) (i32.const 1)))";
    let code = format!(
        "(if (local.get 0) (then
            (local.set 1 (i32.const -5)) (loop $l (br_if $l {latch})) unreachable))"
    );
    assert!(!shown(&code).contains("charge"), "{}", shown(&code));
}

#[test]
fn code_that_calls_or_repeats_pays_in_front_of_a_trap() {
    for code in [
        "(call_indirect (type $t) (i32.const 0) (i32.const 0))",
        "(loop $l (br_if $l (local.get 0)) nop)",
    ] {
        let paid = |code: &str| {
            let shown = shown(&format!("(if (local.get 0) (then {code} nop)) nop"));
            let (_, arm) = shown.split_once("If; ").expect("an arm");
            arm.starts_with("charge") && !arm.starts_with("charge 0")
        };
        assert!(paid(code), "{code}");
        assert!(paid(&format!("nop {code} unreachable")), "{code}");
        assert!(!paid("nop unreachable"));
    }
}

#[test]
fn code_that_never_runs_is_not_charged() {
    for before in [
        "(block return)",
        "(block (loop $l (br $l)))",
        "(loop $l (br $l))",
        "(if (local.get 0) (then return) (else unreachable))",
    ] {
        let dead = format!("{before} nop nop");
        assert_eq!(shown(&dead), shown(before));
    }
}
