//! Segments that are paid together.

use lockstep_gas_meter::{PRICE_MAX, Protocol};

use crate::reading::{assert_lines, lines, lines_of, prepared_under};

#[test]
fn an_export_takes_the_stack_and_pays_the_entry() {
    // Entry 4 + 3 locals + 4 operators. Frame: 4 + 2 parameters + 3 locals + 2 operands.
    let text = "(module (func (export \"f\") (param i32 i64) (local i32 i32 i64)
        (local.set 2 (i32.add (local.get 0) (i32.const 1)))))";
    assert_lines(text, 0, "LocalGet; I32Const; I32Add; LocalSet; End");
    assert_lines(
        text,
        1,
        "Block; take 11 slots, exit 0; charge 11, exit 0
        LocalGet; LocalGet; Call; give 11 slots; Return; End; Unreachable; End",
    );
}

#[test]
fn what_both_arms_cost_is_paid_in_front_of_them() {
    // The arms cost 1 and 2 + 1. What comes behind is paid in front too. All but 2 is the entry's.
    assert_lines(
        "(module (func (param i32)
            (drop (if (result i32) (local.get 0)
                (then (i32.const 1))
                (else nop nop (i32.const 2))))))",
        0,
        "LocalGet; If; I32Const; Else; charge 2; Nop; Nop; I32Const; End; Drop; End",
    );
}

#[test]
fn an_if_without_else_pays_for_its_arm_in_it() {
    assert_lines(
        "(module (func (param i32) (if (local.get 0) (then nop nop)) nop))",
        0,
        "LocalGet; If; charge 2; Nop; Nop; End; Nop; End",
    );
}

#[test]
fn code_behind_a_block_that_nothing_leaves_is_paid_in_front_of_it() {
    // Behind the branch: 3. Behind the block: 1, whichever way.
    assert_lines(
        "(module (func (param i32) (block (br_if 0 (local.get 0)) nop nop nop) nop))",
        0,
        "Block; LocalGet; BrIf; charge 3; Nop; Nop; Nop; End; Nop; End",
    );
}

#[test]
fn code_behind_a_block_that_a_return_leaves_is_paid_there() {
    // Behind the branch: return 2. Behind the block: nop 1, reached only from the branch. The
    // lesser of the two is due either way.
    assert_lines(
        "(module (func (param i32) (block (br_if 0 (local.get 0)) return nop (drop (i32.div_s))) nop))",
        0,
        "Block; LocalGet; BrIf; charge 1; Return; Nop; I32DivS; Drop; End; Nop; End",
    );
}

#[test]
fn code_that_is_reached_in_two_ways_is_paid_on_both() {
    // The function may return from within, so nothing behind the block is certain in front of it.
    // Behind the first branch: local.get 1 + br_if 2; where it goes: 3, moved in front of it.
    assert_lines(
        "(module (func (param i32)
            (block (br_if 0 (local.get 0)) (br_if 1 (local.get 0)) nop) nop nop nop))",
        0,
        "Block; LocalGet; BrIf; LocalGet; BrIf; charge 4; Nop; End; Nop; Nop; Nop; End",
    );
}

#[test]
fn code_that_costs_more_than_another_way_is_paid_where_it_begins() {
    // Behind the first branch: 3; where it goes: 4 behind the block, too much to pay in front.
    assert_lines(
        "(module (func (param i32)
            (block (br_if 0 (local.get 0)) (br_if 1 (local.get 0)) nop) nop nop nop nop))",
        0,
        "Block; LocalGet; BrIf; charge 3; LocalGet; BrIf; charge 1; Nop; End
        charge 4; Nop; Nop; Nop; Nop; End",
    );
}

#[test]
fn a_trap_that_several_branches_lead_to_costs_nothing() {
    // The way to the trap takes part at no cost: 3 + 1 is due behind the first branch.
    assert_lines(
        "(module (func (param i32)
            (block (br_if 0 (local.get 0)) (br_if 0 (local.get 0)) nop return) unreachable))",
        0,
        "Block; LocalGet; BrIf; LocalGet; BrIf; Nop; Return; End; Unreachable; End",
    );
}

#[test]
fn every_case_of_a_br_table_pays_what_it_costs_more_than_the_cheapest() {
    assert_lines(
        "(module (func (param i32)
            (block (block
                (br_table 0 1 0 (local.get 0)))
              nop return)
            nop nop nop nop nop))",
        0,
        "Block; Block; LocalGet; BrTable; End; Nop; Return; End; charge 2
        Nop; Nop; Nop; Nop; Nop; End",
    );
}

#[test]
fn code_that_runs_into_a_trap_pays_nothing() {
    assert_lines(
        "(module (func (param i32) (block (br_if 0 (local.get 0)) nop nop unreachable) nop))",
        0,
        "Block; LocalGet; BrIf; Nop; Nop; Unreachable; End; Nop; End",
    );
}

#[test]
fn bytes_that_a_constant_says_may_lead_into_a_trap_unpaid() {
    assert_lines(
        "(module (memory 1) (func (param i32)
            (block (br_if 0 (local.get 0))
                (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)) unreachable) nop))",
        0,
        "Block; LocalGet; BrIf; I32Const; I32Const; I32Const; MemoryFill; Unreachable; End; Nop; End",
    );
}

#[test]
fn operands_are_charged_in_front_of_their_operator() {
    assert_lines(
        "(module (memory 1) (func (param i32)
            (drop (memory.grow (i32.const 1)))
            (memory.fill (i32.const 0) (i32.const 0) (local.get 0))))",
        0,
        "I32Const; charge 8000 each or trap; Call; Drop
        I32Const; I32Const; LocalGet; charge 1 each or trap; MemoryFill; End",
    );
}

#[test]
fn bytes_are_paid_with_the_segment_where_a_constant_says_how_many() {
    // What a function charges at its entry with such a `memory.fill`; `None` if it looks at the
    // operand: entry 4, three operators, bulk 20, `return` 2, besides its bytes.
    let charged = |length: &str| {
        let fill = "(i32.const 0) (i32.const 0)";
        let text = format!(
            "(module (memory 1) (global $g (mut i32) (i32.const 0))
                (func (export \"f\") (param i32) {fill} {length} memory.fill return))"
        );
        let (body, front) = (lines(&text, 0), lines(&text, 1));
        let looks = body.iter().any(|line| line.starts_with("charge 1 each"));
        let charge = front.iter().find_map(|line| line.strip_prefix("charge "));
        let charge = charge.filter(|_| !looks)?.split(',').next()?;
        charge.parse::<u64>().ok()
    };
    let paid = |bytes: u64| Some(4 + 3 + 20 + 2 + bytes);
    assert_eq!(charged("i32.const 0"), paid(0));
    assert_eq!(charged("i32.const 1"), paid(1));
    assert_eq!(charged("i32.const 63"), paid(63));
    assert_eq!(charged("i32.const 64"), paid(64));
    assert_eq!(charged("i32.const 65"), paid(65));
    assert_eq!(charged("i32.const 4096"), paid(4_096));
    // More than is paid in advance, one of them more than 2^31; and what is no constant, or not
    // right in front. The last but one is -63, whose last byte is the opcode of `i32.const`.
    for length in [
        "i32.const 4097",
        "i32.const -1",
        "local.get 0",
        "global.get $g",
        "i32.const 9 i32.const 1 i32.add",
        "i32.const 9 nop",
        "i32.const -63 nop",
        "(block (result i32) i32.const 9)",
    ] {
        assert_eq!(charged(length), None, "{length}");
    }
}

#[test]
fn each_byte_that_a_constant_says_costs_its_price() {
    let mut protocol = Protocol::v1();
    let prices = &mut protocol.schedule.wasm;
    prices.bulk_per_byte = 7;
    let cost = prices.function_entry + 3 * prices.constant + prices.bulk + 9 * 7 + prices.r#return;
    let fill = "(i32.const 0) (i32.const 0) (i32.const 9) memory.fill return";
    let text = format!("(module (memory 1) (func (export \"f\") {fill}))");
    let front = lines_of(&prepared_under(&text, &protocol), 1);
    assert!(
        front.contains(&format!("charge {cost}, exit 0")),
        "{front:?}"
    );
}

#[test]
fn a_unit_may_cost_nothing_or_as_much_as_any_price() {
    let charges = |price| {
        let mut protocol = Protocol::v1();
        protocol.schedule.wasm.bulk_per_byte = price;
        let fill = "(memory.fill (i32.const 0) (i32.const 0) (local.get 0))";
        let text = format!("(module (memory 1) (func (param i32) {fill}))");
        let lines = lines_of(&prepared_under(&text, &protocol), 0).into_iter();
        lines
            .filter(|line| line.contains("each"))
            .collect::<Vec<_>>()
    };
    assert!(charges(0).is_empty());
    let most = format!("charge {PRICE_MAX} each or trap");
    assert_eq!(charges(PRICE_MAX), [most]);
}

#[test]
fn a_function_that_looks_in_many_places_has_one_exit() {
    let fills = |number: usize| {
        let fill = "(memory.fill (i32.const 0) (i32.const 0) (local.get 0))";
        let text = format!(
            "(module (memory 1) (func (param i32) {}))",
            fill.repeat(number)
        );
        let lines = lines(&text, 0);
        let begins = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
        (
            begins("charge 1 each or trap"),
            begins("charge 1 each, exit 1"),
            begins("Block"),
        )
    };
    assert_eq!(fills(4), (4, 0, 0));
    assert_eq!(fills(5), (0, 5, 2));
}

#[test]
fn code_in_front_of_a_charged_operand_is_paid_even_if_a_trap_follows() {
    // 4 + 3 operands + bulk 20 + unreachable 1: the front pays them before the operand is looked at.
    let text = "(module (memory 1) (func (export \"f\") (param i32)
        (memory.fill (i32.const 0) (i32.const 0) (local.get 0)) unreachable))";
    assert!(lines(text, 1).contains(&"charge 28, exit 0".to_owned()));
    // The same with the operand in an arm: 4 + constant 1 + if 2 + unreachable 1.
    let text = "(module (memory 1) (func (export \"f\") (param i32)
        (if (i32.const 1)
            (then (memory.fill (i32.const 0) (i32.const 0) (local.get 0))))
        unreachable))";
    assert!(lines(text, 1).contains(&"charge 8, exit 0".to_owned()));
}

/// The example of `docs/gas.md`, as it stands there.
#[test]
fn the_documents_example_is_charged_as_it_says() {
    let document = include_str!("../../../docs/gas.md");
    let (_, example) = document
        .split_once("## An example\n")
        .expect("the heading is there");
    let text: String = example
        .lines()
        .skip_while(|line| line.is_empty())
        .take_while(|line| line.starts_with("    "))
        .collect();
    let module = prepared_under(&text, &Protocol::v1());
    let charges = |position| -> Vec<String> {
        let lines = lines_of(&module, position).into_iter();
        lines
            .filter(|line| line.starts_with("charge") || line.starts_with("take"))
            .collect()
    };
    // The front pays the entry, the first run of the loop, 17, and what comes behind it; the loop
    // two more runs at a time.
    assert_eq!(charges(1), ["take 8 slots, exit 0", "charge 37, exit 0"]);
    assert_eq!(
        charges(0),
        [
            "charge 34 locally down to -17, exit 3",
            "charge -17 locally"
        ]
    );
    assert_eq!(module.instantiation_gas(), 6_170);
}
