//! Instrumented code as lines: one per inserted sequence, one per other operator.

use lockstep_gas_meter::{GAS_EXPORT, PreparedModule, Protocol, STACK_EXPORT, Schedule, prepare};
use wasmparser::{Operator, Parser, Payload};

use crate::reading_slots::slots;

/// An instrumented module, by the prices of tests, which a new schedule does not change, and with
/// blocks of several values, which version 1 refuses and the pass knows.
pub(crate) fn prepared(text: &str) -> PreparedModule {
    let schedule = Schedule::from_toml(include_str!("../prices.toml")).expect("a schedule");
    let mut protocol = Protocol {
        schedule,
        ..Protocol::v1()
    };
    protocol.limits.block_results_max = 16;
    protocol.limits.block_params_max = 16;
    prepared_under(text, &protocol)
}

/// The same by the prices of a protocol.
pub(crate) fn prepared_under(text: &str, protocol: &Protocol) -> PreparedModule {
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

/// The counters' indices.
#[derive(Clone, Copy)]
struct Counters {
    gas: u32,
    stack: u32,
}

/// An inserted sequence: its line and how many operators it took.
fn inserted(code: &[Operator<'_>], counters: Counters) -> Option<(String, usize)> {
    slots(code, counters.stack)
        .or_else(|| entry(code, counters.gas))
        .or_else(|| charge(code, counters.gas))
        .or_else(|| charge_each(code, counters.gas))
        .or_else(|| moved(code, counters.gas))
}

/// The comparison at a function's entry, with or without the counter loaded into its local.
fn entry(code: &[Operator<'_>], gas: u32) -> Option<(String, usize)> {
    use Operator as O;
    let [O::GlobalGet { global_index }, rest @ ..] = code else {
        return None;
    };
    let (loads, rest, length) = match rest {
        [O::LocalTee { .. }, rest @ ..] => ("load, ", rest, 2),
        rest => ("", rest, 1),
    };
    match rest {
        [O::I64Const { value: 0 }, O::I64LtS, rest @ ..] if *global_index == gas => {
            let (exit, exit_length) = exit(rest)?;
            Some((below_0(loads, &exit), length + 2 + exit_length))
        }
        _ => None,
    }
}

/// What a comparison at the entry looks like as a line.
fn below_0(loads: &str, exit: &str) -> String {
    let leaves = exit.trim_start_matches(", ").trim_start_matches(" or ");
    format!("{loads}{leaves} below 0")
}

/// A fixed charge, on the global or on a local.
fn charge(code: &[Operator<'_>], gas: u32) -> Option<(String, usize)> {
    use Operator as O;
    let (kind, rest) = match code {
        [
            O::GlobalGet { global_index },
            O::I64Const { value },
            rest @ ..,
        ] if *global_index == gas => (format!("charge {value}"), rest),
        [O::LocalGet { .. }, O::I64Const { value }, rest @ ..] => {
            (format!("charge {value} locally"), rest)
        }
        _ => return None,
    };
    let (exit, length) = going_back(rest).or_else(|| subtraction(rest, gas))?;
    Some((kind + &exit, length + 2))
}

/// The end of a charge behind which a loop goes back, if it is not below 0.
fn going_back(code: &[Operator<'_>]) -> Option<(String, usize)> {
    use Operator as O;
    let (rest, length) = match code {
        [O::I64Sub, O::LocalTee { .. }, rest @ ..] => (rest, 2),
        [
            O::I64Sub,
            O::GlobalSet { .. },
            O::GlobalGet { .. },
            rest @ ..,
        ] => (rest, 3),
        _ => return None,
    };
    let [
        O::I64Const { value: 0 },
        O::I64GeS,
        O::BrIf { relative_depth: 1 },
        leave,
        ..,
    ] = rest
    else {
        return None;
    };
    let otherwise = match leave {
        O::Br { relative_depth } => format!("exit {relative_depth}"),
        O::Unreachable => "trap".to_owned(),
        _ => return None,
    };
    Some((format!(", go back or {otherwise}"), length + 4))
}

/// A charge for each unit of an operand.
fn charge_each(code: &[Operator<'_>], gas: u32) -> Option<(String, usize)> {
    use Operator as O;
    match code {
        [
            O::LocalTee { local_index: l1 },
            O::GlobalGet { .. } | O::LocalGet { .. },
            O::LocalGet { local_index: l2 },
            O::I64ExtendI32U,
            O::I64Const { value },
            O::I64Mul,
            rest @ ..,
        ] if l1 == l2 => {
            let (exit, length) = subtraction(rest, gas)?;
            Some((format!("charge {value} each{exit}"), length + 6))
        }
        _ => None,
    }
}

/// The counter on its way between global and local.
fn moved(code: &[Operator<'_>], gas: u32) -> Option<(String, usize)> {
    use Operator as O;
    match code {
        [O::GlobalGet { global_index }, O::LocalSet { .. }, ..] if *global_index == gas => {
            Some(("load".to_owned(), 2))
        }
        [O::LocalGet { .. }, O::GlobalSet { global_index }, ..] if *global_index == gas => {
            Some(("store".to_owned(), 2))
        }
        _ => None,
    }
}

/// The end of a charge: subtract, keep, and perhaps leave when below 0.
fn subtraction(code: &[Operator<'_>], gas: u32) -> Option<(String, usize)> {
    use Operator as O;
    match code {
        [
            O::I64Sub,
            O::GlobalSet { global_index: g1 },
            O::GlobalGet { global_index: g2 },
            O::I64Const { value: floor },
            O::I64LtS,
            rest @ ..,
        ] if [*g1, *g2] == [gas; 2] => exit(rest).map(|(exit, l)| (down_to(*floor) + &exit, l + 5)),
        [
            O::I64Sub,
            O::LocalTee { .. },
            O::I64Const { value: floor },
            O::I64LtS,
            rest @ ..,
        ] => exit(rest).map(|(exit, l)| (down_to(*floor) + &exit, l + 4)),
        [O::I64Sub, O::GlobalSet { global_index }, ..] if *global_index == gas => {
            Some((String::new(), 2))
        }
        [O::I64Sub, O::LocalSet { .. }, ..] => Some((String::new(), 2)),
        _ => None,
    }
}

/// What a charge may leave in the counter at least, if that is not 0.
fn down_to(floor: i64) -> String {
    match floor {
        0 => String::new(),
        _ => format!(" down to {floor}"),
    }
}

/// How the function is left when a counter is below 0.
pub(crate) fn exit(code: &[Operator<'_>]) -> Option<(String, usize)> {
    use Operator as O;
    match code {
        [O::BrIf { relative_depth }, ..] => Some((format!(", exit {relative_depth}"), 1)),
        [O::If { .. }, O::Unreachable, O::End, ..] => Some((" or trap".to_owned(), 3)),
        _ => None,
    }
}

/// The code of the function at `position` among the defined ones.
pub(crate) fn lines(text: &str, position: usize) -> Vec<String> {
    lines_of(&prepared(text), position)
}

/// The code of the function at `position` among the defined ones of an instrumented module.
pub(crate) fn lines_of(module: &PreparedModule, position: usize) -> Vec<String> {
    let counters = Counters {
        gas: global(module, GAS_EXPORT),
        stack: global(module, STACK_EXPORT),
    };
    let operators = operators(module, position);
    let mut rest = operators.as_slice();
    let mut lines = Vec::new();
    while let [first, others @ ..] = rest {
        match inserted(rest, counters) {
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

/// Compares the code of a function with `expected`, whose operators stand apart by semicolons or
/// line ends.
pub(crate) fn assert_lines(text: &str, position: usize, expected: &str) {
    let expected: Vec<&str> = expected
        .split(['\n', ';'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(lines(text, position), expected, "{text}");
}
