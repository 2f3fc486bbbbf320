//! How often a prepared module pays while it runs.
//!
//! Three globals are appended to the module, and in front of each charge, each comparison of the
//! counter and each change of the stack counter one of them grows by one. What the code does stays
//! the same. The pass's own operators are told from the module's by what they work on: the two
//! counters that it exports, and the local that a body loads from the first of them.

use lockstep_gas_meter::{GAS_EXPORT, Protocol, STACK_EXPORT, Schedule, prepare};
use wasm_encoder::{CodeSection, Encode, ExportKind, InstructionSink, Module, RawSection};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

use crate::on_wasmi::{AMPLE, counters_after};

/// The exports of the appended globals.
const NAMES: [&str; 3] = ["charges", "comparisons", "stack"];
/// A mutable global of type `i64` that starts with 0.
const GLOBAL: [u8; 5] = [0x7e, 0x01, 0x42, 0x00, 0x0b];
/// The ids of the sections that change.
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

/// What a run of a workload executes.
#[derive(Clone, Copy, Debug)]
pub struct Executed {
    /// Operators of the workload itself, `block`, `loop`, `else` and `end` apart.
    pub operators: u64,
    /// Charges.
    pub charges: u64,
    /// Comparisons of the gas counter.
    pub comparisons: u64,
    /// Times that slots of the stack are taken or given back.
    pub stack: u64,
}

/// Counts what a workload executes with this argument.
///
/// # Panics
/// When the workload is refused, or a module cannot be read or run.
pub fn executed(code: &[u8], argument: u32) -> Executed {
    let prepared = prepare(code, &Protocol::v1()).expect("a workload is accepted");
    let counted = counting(prepared.bytes());
    let [charges, comparisons, stack] = counters_after(&counted, argument, NAMES);
    // Where every operator costs 1 and everything else nothing, gas is the number of operators, and
    // of calls of functions, which cannot be free.
    let prices = include_str!("../../gas-meter/schedules/v1.toml");
    let schedule = Schedule::from_toml(&one_each(prices)).expect("a schedule");
    let protocol = Protocol {
        schedule,
        ..Protocol::v1()
    };
    let prepared = prepare(code, &protocol).expect("a workload is accepted");
    let [left] = counters_after(prepared.bytes(), argument, [GAS_EXPORT]);
    Executed {
        operators: AMPLE.abs_diff(left),
        charges: charges.unsigned_abs(),
        comparisons: comparisons.unsigned_abs(),
        stack: stack.unsigned_abs(),
    }
}

/// The schedule with every price of Wasm 1, and those of locals, pages and bytes 0.
fn one_each(schedule: &str) -> String {
    let mut in_wasm = false;
    let lines = schedule.lines().map(|line| {
        if line.starts_with('[') {
            in_wasm = line == "[wasm]";
        }
        match line.split_once(" = ") {
            Some((name, _)) if in_wasm => {
                format!("{name} = {}\n", u8::from(!name.contains("per_")))
            }
            _ => format!("{line}\n"),
        }
    });
    lines.collect()
}

/// The prepared module with the counting in it.
fn counting(prepared: &[u8]) -> Vec<u8> {
    let mut output = Module::new();
    let mut counters = [0; 2];
    let mut added = 0;
    let mut code = CodeSection::new();
    for payload in Parser::new(0).parse_all(prepared) {
        let payload = payload.expect("a prepared module is valid");
        match &payload {
            Payload::GlobalSection(section) => {
                added = section.count();
                let rest = &prepared[section.range()];
                append(&mut output, GLOBALS, added, rest, &GLOBAL.repeat(3));
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export.expect("valid");
                    for (counter, name) in counters.iter_mut().zip([GAS_EXPORT, STACK_EXPORT]) {
                        if export.name == name {
                            *counter = export.index;
                        }
                    }
                }
                let mut more = Vec::new();
                for (name, global) in NAMES.iter().zip(added..) {
                    name.encode(&mut more);
                    ExportKind::Global.encode(&mut more);
                    global.encode(&mut more);
                }
                let rest = &prepared[section.range()];
                append(&mut output, EXPORTS, section.count(), rest, &more);
            }
            Payload::CodeSectionEntry(body) => {
                code.raw(&counting_body(body, counters, added));
                continue;
            }
            Payload::CodeSectionStart { .. } => continue,
            _ => {}
        }
        if !code.is_empty() {
            output.section(&std::mem::take(&mut code));
        }
        if let Some((id, range)) = payload.as_section()
            && ![GLOBALS, EXPORTS, CODE].contains(&id)
        {
            let data = &prepared[range];
            output.section(&RawSection { id, data });
        }
    }
    output.finish()
}

/// Writes a section of `count` items, its count included in `content`, with three more.
fn append(output: &mut Module, id: u8, count: u32, content: &[u8], more: &[u8]) {
    let mut length = Vec::new();
    count.encode(&mut length);
    let mut data = Vec::new();
    (count + NAMES.len() as u32).encode(&mut data);
    data.extend_from_slice(&content[length.len()..]);
    data.extend_from_slice(more);
    output.section(&RawSection { id, data: &data });
}

/// A body with the counting in it. `added` is the first of the appended globals.
fn counting_body(body: &FunctionBody<'_>, [gas, stack]: [u32; 2], added: u32) -> Vec<u8> {
    use Operator as O;
    let reader = body.get_operators_reader().expect("valid");
    let code: Vec<(O<'_>, usize)> = reader
        .into_iter_with_offsets()
        .map(|read| read.expect("valid"))
        .collect();
    let loaded = code.windows(2).find_map(|pair| match pair {
        [
            (O::GlobalGet { global_index }, _),
            (O::LocalSet { local_index } | O::LocalTee { local_index }, _),
        ] if *global_index == gas => Some(*local_index),
        _ => None,
    });
    let is_gas = |operator: &O<'_>| match operator {
        O::LocalGet { local_index } | O::LocalSet { local_index } | O::LocalTee { local_index } => {
            Some(*local_index) == loaded
        }
        O::GlobalGet { global_index } | O::GlobalSet { global_index } => *global_index == gas,
        _ => false,
    };
    let start = body.range().start;
    let mut output = Vec::new();
    let mut copied = 0;
    for (position, (operator, at)) in code.iter().enumerate() {
        let near = |way: isize| {
            let position = position.checked_add_signed(way);
            position.and_then(|position| code.get(position))
        };
        let near_gas = |way| near(way).is_some_and(|(operator, _)| is_gas(operator));
        let kind = match operator {
            O::I64Sub if near_gas(1) => 0,
            O::I64LtS | O::I64GeS if near_gas(-2) => 1,
            O::GlobalSet { global_index } if *global_index == stack => 2,
            _ => continue,
        };
        output.extend_from_slice(&body.as_bytes()[copied..at - start]);
        copied = at - start;
        InstructionSink::new(&mut output)
            .global_get(added + kind)
            .i64_const(1)
            .i64_add()
            .global_set(added + kind);
    }
    output.extend_from_slice(&body.as_bytes()[copied..]);
    output
}

#[cfg(test)]
mod tests {
    use super::executed;

    #[test]
    fn what_a_loop_pays_is_counted() {
        // A loop too long to be paid two runs at a time pays and compares when it goes back.
        let nops = "nop ".repeat(40);
        let text = format!(
            "(module (func (export \"run\") (param i32) (result i64)
                (loop {nops} (br_if 0 (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
                (i64.const 7)))"
        );
        let counts = executed(&wat::parse_str(text).expect("a module"), 255);
        // Eight runs of 45, the constant, and the call. In front of the first run there is the
        // charge of the export, and where the function is entered it compares once more.
        assert_eq!(counts.operators, 8 * 45 + 2);
        assert_eq!((counts.charges, counts.comparisons), (1 + 7, 2 + 7));
        assert_eq!(counts.stack, 2);
    }
}
