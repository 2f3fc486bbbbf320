//! What the pass inserts and where, on small functions. The instrumented code is read back and
//! the inserted sequences are folded into one line each.

use lockstep_gas_meter::{GAS_EXPORT, PreparedModule, Protocol, STACK_EXPORT, Schedule, prepare};
use wasmparser::{Operator, Parser, Payload};

/// Protocol 1 with the prices of tests, which a new schedule does not change.
fn protocol() -> Protocol {
    let schedule = Schedule::from_toml(include_str!("prices.toml")).expect("a schedule");
    Protocol {
        schedule,
        ..Protocol::v1()
    }
}

fn prepared(text: &str) -> PreparedModule {
    prepared_under(text, &protocol())
}

fn prepared_under(text: &str, protocol: &Protocol) -> PreparedModule {
    let bytes = wat::parse_str(text).expect("the text is a module");
    match prepare(&bytes, protocol) {
        Ok(module) => module,
        Err(error) => panic!("{error}"),
    }
}

/// The operators of the function at `position` among the defined ones.
fn operators(module: &PreparedModule, position: usize) -> Vec<Operator<'_>> {
    let mut bodies = Parser::new(0)
        .parse_all(module.bytes())
        .filter_map(|payload| match payload.expect("valid") {
            Payload::CodeSectionEntry(body) => Some(body),
            _ => None,
        });
    let body = bodies.nth(position).expect("the function exists");
    let reader = body.get_operators_reader().expect("valid");
    reader
        .into_iter()
        .map(|read| read.expect("valid"))
        .collect()
}

/// The index of the exported global.
fn global(module: &PreparedModule, name: &str) -> u32 {
    for payload in Parser::new(0).parse_all(module.bytes()) {
        if let Payload::ExportSection(section) = payload.expect("valid") {
            for export in section {
                let export = export.expect("valid");
                if export.name == name {
                    return export.index;
                }
            }
        }
    }
    panic!("{name} is not exported");
}

/// The inserted sequences, longest first; each yields a line and says how many operators it took.
fn inserted(code: &[Operator<'_>], gas: u32, stack: u32) -> Option<(String, usize)> {
    use Operator as O;
    match code {
        [
            O::GlobalGet { global_index: g1 },
            O::I32Const { value },
            O::I32Sub,
            O::GlobalSet { global_index: g2 },
            O::GlobalGet { global_index: g3 },
            O::I32Const { value: 0 },
            O::I32LtS,
            O::BrIf { relative_depth },
            ..,
        ] if [*g1, *g2, *g3] == [stack; 3] => {
            Some((format!("take {value} slots, exit {relative_depth}"), 8))
        }
        [
            O::GlobalGet { global_index: g1 },
            O::I32Const { value },
            O::I32Add,
            O::GlobalSet { global_index: g2 },
            ..,
        ] if [*g1, *g2] == [stack; 2] => Some((format!("release {value} slots"), 4)),
        [
            O::GlobalGet { global_index: g1 },
            O::I64Const { value },
            rest @ ..,
        ] if *g1 == gas => {
            let exit = check(rest, gas)?;
            Some((format!("charge {value}, exit {exit}"), 9))
        }
        [
            O::LocalTee { local_index: l1 },
            O::GlobalGet { global_index: g1 },
            O::LocalGet { local_index: l2 },
            O::I64ExtendI32U,
            O::I64Const { value },
            O::I64Mul,
            rest @ ..,
        ] if *g1 == gas && l1 == l2 => {
            let exit = check(rest, gas)?;
            Some((format!("charge {value} each, exit {exit}"), 13))
        }
        _ => None,
    }
}

/// The tail that every charge has: subtract, store, leave when below 0. Returns the label.
fn check(code: &[Operator<'_>], gas: u32) -> Option<u32> {
    use Operator as O;
    match code {
        [
            O::I64Sub,
            O::LocalTee { local_index: l1 },
            O::GlobalSet { global_index },
            O::LocalGet { local_index: l2 },
            O::I64Const { value: 0 },
            O::I64LtS,
            O::BrIf { relative_depth },
            ..,
        ] if *global_index == gas && l1 == l2 => Some(*relative_depth),
        _ => None,
    }
}

/// The function's code, one line per inserted sequence and one per other operator.
fn lines(text: &str, position: usize) -> Vec<String> {
    lines_of(&prepared(text), position)
}

fn lines_of(module: &PreparedModule, position: usize) -> Vec<String> {
    let (gas, stack) = (global(module, GAS_EXPORT), global(module, STACK_EXPORT));
    let operators = operators(module, position);
    let mut rest = operators.as_slice();
    let mut lines = Vec::new();
    while let [first, others @ ..] = rest {
        match inserted(rest, gas, stack) {
            Some((line, length)) => {
                lines.push(line);
                rest = &rest[length..];
            }
            None => {
                let shown = format!("{first:?}");
                let name = shown.split([' ', '{']).next().expect("a name");
                lines.push(name.to_owned());
                rest = others;
            }
        }
    }
    lines
}

fn assert_lines(text: &str, expected: &str) {
    let expected: Vec<String> = expected
        .lines()
        .map(|line| line.trim().to_owned())
        .collect();
    let expected: Vec<String> = expected
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(lines(text, 0), expected, "{text}");
}

#[test]
fn an_empty_function_pays_its_entry_and_its_frame() {
    // Entry 4. The frame: 4 slots of overhead.
    assert_lines(
        "(module (func))",
        "Block
        take 4 slots, exit 0
        Block
        charge 4, exit 1
        End
        release 4 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn straight_code_is_one_segment_and_locals_are_paid_at_entry() {
    // 4 entry + 3 locals + local.get 1 + constant 1 + add 1 + local.set 1. Frame: 4 + 2 + 3 + 2.
    assert_lines(
        "(module (func (param i32 i64) (local i32 i32 i64)
            (local.set 2 (i32.add (local.get 0) (i32.const 1)))))",
        "Block
        take 11 slots, exit 0
        Block
        charge 11, exit 1
        LocalGet
        I32Const
        I32Add
        LocalSet
        End
        release 11 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn a_loop_pays_at_its_head_and_behind_its_branch() {
    // Head: local.get 1 + br_if 2. Behind: nop 1. The end of a loop is not a target.
    assert_lines(
        "(module (func (param i32) (loop (br_if 0 (local.get 0)) nop) nop))",
        "Block
        take 6 slots, exit 0
        Block
        charge 4, exit 1
        Loop
        charge 3, exit 2
        LocalGet
        BrIf
        charge 2, exit 2
        Nop
        End
        Nop
        End
        release 6 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn both_arms_and_the_end_of_an_if_pay_apart() {
    // Entry 4 + local.get 1 + if 2; arms; behind the end: drop 1.
    assert_lines(
        "(module (func (param i32)
            (drop (if (result i32) (local.get 0) (then (i32.const 1)) (else nop (i32.const 2))))))",
        "Block
        take 6 slots, exit 0
        Block
        charge 7, exit 1
        LocalGet
        If
        charge 1, exit 2
        I32Const
        Else
        charge 2, exit 2
        Nop
        I32Const
        End
        charge 1, exit 1
        Drop
        End
        release 6 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn a_block_nobody_branches_to_does_not_end_the_segment() {
    assert_lines(
        "(module (func (block nop) nop))",
        "Block
        take 4 slots, exit 0
        Block
        charge 6, exit 1
        Block
        Nop
        End
        Nop
        End
        release 4 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn dead_code_is_kept_and_pays_nothing() {
    // `return` releases in front of itself; what follows in the block is dead, what follows the
    // block is reached by the branch.
    assert_lines(
        "(module (func (param i32) (block (br_if 0 (local.get 0)) return nop (drop (i32.div_s))) nop))",
        "Block
        take 6 slots, exit 0
        Block
        charge 7, exit 1
        Block
        LocalGet
        BrIf
        charge 2, exit 2
        release 6 slots
        Return
        Nop
        I32DivS
        Drop
        End
        charge 1, exit 1
        Nop
        End
        release 6 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn operands_are_charged_in_front_of_their_operator() {
    // The base of each is in the segment: 4 + 1 + 200 + 1 (drop) + 3 + 20.
    assert_lines(
        "(module (memory 1) (func
            (drop (memory.grow (i32.const 1)))
            (memory.fill (i32.const 0) (i32.const 0) (i32.const 9))))",
        "Block
        take 7 slots, exit 0
        Block
        charge 229, exit 1
        I32Const
        charge 8000 each, exit 1
        MemoryGrow
        Drop
        I32Const
        I32Const
        I32Const
        charge 1 each, exit 1
        MemoryFill
        End
        release 7 slots
        Return
        End
        Unreachable
        End",
    );
}

#[test]
fn a_segment_ends_behind_a_call() {
    assert_lines(
        "(module (func (call 1) nop) (func))",
        "Block
        take 4 slots, exit 0
        Block
        charge 12, exit 1
        Call
        charge 1, exit 1
        Nop
        End
        release 4 slots
        Return
        End
        Unreachable
        End",
    );
}

/// The example of `docs/gas.md`, as it stands there.
#[test]
fn the_documents_example_is_charged_as_it_says() {
    let document = include_str!("../../docs/gas.md");
    let (_, example) = document
        .split_once("## An example\n")
        .expect("the heading is there");
    let text: String = example
        .lines()
        .skip_while(|line| line.is_empty())
        .take_while(|line| line.starts_with("    "))
        .collect();
    let module = prepared_under(&text, &Protocol::v1());
    let charges: Vec<String> = lines_of(&module, 0)
        .into_iter()
        .filter(|line| line.starts_with("charge") || line.starts_with("take"))
        .collect();
    assert_eq!(
        charges,
        [
            "take 8 slots, exit 0",
            "charge 6, exit 1",
            "charge 17, exit 2",
            "charge 22, exit 2"
        ]
    );
    assert_eq!(module.instantiation_gas(), 202_500);
}
