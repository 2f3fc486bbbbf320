//! Holds the walk against the second reading: whatever a module is changed to, both accept it or
//! both refuse it, and the heights of its operand stacks are those of the parser's validator.
//!
//! The changes are made within function bodies, whose lengths are then written anew, so that they
//! get to where the walk validates code. `LOCKSTEP_AGREEMENT=N` has so many times as many modules and
//! changes tried: 50 takes minutes.

mod changes;
mod samples;

use std::collections::BTreeMap;

use wasm_encoder::{Encode, Module, RawSection};
use wasmparser::{FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator};

use super::read_again;
use crate::features::accepted_features;
use crate::limits::Limits;
use crate::protocol::Protocol;
use crate::walk::{Stop, Walked, walk};

use changes::{CHANGES, Numbers, change_at_random, change_bytes};
use samples::{generated, samples};

/// Limits of which those of blocks are so high that everything can be tried. Every function is
/// taller than allowed: how tall, and where, is compared.
fn protocols() -> [Protocol; 2] {
    let accepted = Limits {
        operand_height_max: 0,
        ..Limits::v1()
    };
    let wide = Limits {
        params_max: 1_000,
        results_max: 1_000,
        block_params_max: 1_000,
        block_results_max: 1_000,
        memory_pages_max: 65_536,
        table_elements_max: 1_000_000,
        locals_beyond_body_max: 1_000,
        nesting_max: 64,
        violations_reported_max: 1_000,
        ..accepted.clone()
    };
    [accepted, wide].map(|limits| Protocol {
        limits,
        ..Protocol::v1()
    })
}

/// The offset and the greatest height of each function that leaves anything on the operand stack,
/// as the parser's validator tracks it.
fn heights(module: &[u8]) -> Vec<(u64, u64)> {
    let mut validator = Validator::new_with_features(accepted_features());
    let mut heights = Vec::new();
    let mut parser = Parser::new(0);
    parser.set_features(accepted_features());
    for payload in parser.parse_all(module) {
        let payload = payload.expect("it is accepted");
        let ValidPayload::Func(function, body) = validator.payload(&payload).expect("valid") else {
            continue;
        };
        let mut validator = function.into_validator(FuncValidatorAllocations::default());
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).expect("valid");
        let mut greatest = (0, 0);
        while !reader.eof() {
            let at = reader.original_position();
            let operator = reader.visit_operator(&mut validator.visitor(at));
            operator.expect("it can be read").expect("valid");
            let height = validator.operand_stack_height();
            if height > greatest.1 {
                greatest = (at, height);
            }
        }
        if greatest.1 > 0 {
            heights.push((greatest.0 as u64, greatest.1.into()));
        }
    }
    heights
}

/// The same of a walk.
fn walked_heights(walked: Walked<'_>) -> Vec<(u64, u64)> {
    let refusal = walked.too_high.into_refusal(&BTreeMap::new());
    let mut heights: Vec<(u64, u64)> = refusal
        .violations
        .iter()
        .map(|violation| (violation.offset, violation.excess.expect("a limit").actual))
        .collect();
    heights.sort_unstable();
    heights
}

/// What was compared.
#[derive(Default)]
struct Compared {
    protocols: Vec<Protocol>,
    modules: u64,
    accepted: u64,
}

impl Compared {
    fn new() -> Compared {
        Compared {
            protocols: protocols().to_vec(),
            ..Compared::default()
        }
    }

    /// Compares both readings of a module.
    fn compare(&mut self, module: &[u8]) {
        for protocol in &self.protocols {
            let second = read_again(module, &protocol.limits);
            self.modules += 1;
            match walk(module, protocol) {
                Ok(walked) => {
                    assert_eq!(second, None, "{module:x?}");
                    assert_eq!(walked_heights(walked), heights(module), "{module:x?}");
                    self.accepted += 1;
                }
                Err(Stop::Refused) => assert!(second.is_some(), "{module:x?}"),
                Err(Stop::Internal(error)) => panic!("{error}: {module:x?}"),
            }
        }
    }

    fn assert_that_enough_is_accepted(&self) {
        let (accepted, modules) = (self.accepted, self.modules);
        println!("{accepted} of {modules} are accepted");
        assert!(accepted > modules / 20, "{accepted} of {modules}");
    }

    /// Compares both readings of every module that `change` makes of the code of one of the
    /// bodies.
    fn compare_bodies(&mut self, module: &[u8], change: impl Fn(&[u8], &mut dyn FnMut(Vec<u8>))) {
        let bodies = bodies(module);
        for (position, body) in bodies.iter().enumerate() {
            change(body, &mut |changed| {
                let mut bodies = bodies.clone();
                bodies[position] = changed;
                self.compare(&with_bodies(module, &bodies));
            });
        }
    }
}

/// The bodies of a module's functions.
fn bodies(module: &[u8]) -> Vec<Vec<u8>> {
    let payloads = Parser::new(0).parse_all(module);
    let bodies = payloads.filter_map(|payload| match payload {
        Ok(Payload::CodeSectionEntry(body)) => Some(body.as_bytes().to_vec()),
        _ => None,
    });
    bodies.collect()
}

/// The section that bodies are in.
const CODE_SECTION: u8 = 10;

/// The module with these bodies.
fn with_bodies(module: &[u8], bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut output = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.expect("a module");
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let mut code = Vec::new();
        bodies.len().encode(&mut code);
        for body in bodies {
            body.as_slice().encode(&mut code);
        }
        let data = if id == CODE_SECTION {
            &code
        } else {
            &module[range]
        };
        output.section(&RawSection { id, data });
    }
    output.finish()
}

/// Changes at random, of some bodies of a module.
fn compare_random_changes(compared: &mut Compared, module: &[u8], seed: u64, changes: u64) {
    let mut numbers = Numbers(seed);
    let bodies = bodies(module);
    for _ in 0..if bodies.is_empty() { 0 } else { changes } {
        let position = numbers.next(bodies.len());
        let mut changed = bodies.clone();
        changed[position] = change_at_random(&bodies[position], &mut numbers);
        compared.compare(&with_bodies(module, &changed));
    }
}

/// How many times as much is tried.
#[expect(
    clippy::disallowed_methods,
    reason = "how much is tried, and nothing that comes out"
)]
fn times() -> u64 {
    let text = std::env::var("LOCKSTEP_AGREEMENT").ok();
    let times = text.map_or(1, |text| text.parse().expect("a number"));
    println!("LOCKSTEP_AGREEMENT={times}");
    times
}

#[test]
fn both_readings_agree_about_samples_and_their_changes() {
    let times = times();
    let all: Vec<u8> = (0..=255).collect();
    let bytes = if times > 1 { &all[..] } else { &CHANGES };
    let mut compared = Compared::new();
    for (seed, sample) in (1..).zip(samples()) {
        compared.compare(&sample);
        if times > 1 || seed % 3 == 1 {
            let change = |body: &[u8], each: &mut dyn FnMut(Vec<u8>)| {
                change_bytes(body, bytes, each);
            };
            compared.compare_bodies(&sample, change);
        }
        compare_random_changes(&mut compared, &sample, seed, 200 * times);
    }
    compared.assert_that_enough_is_accepted();
}

#[test]
fn both_readings_agree_about_generated_modules_and_their_changes() {
    let mut compared = Compared::new();
    for seed in 0..150 * times() {
        let module = generated(seed);
        compared.compare(&module);
        compare_random_changes(&mut compared, &module, seed, 20);
    }
    compared.assert_that_enough_is_accepted();
}

/// However many operands a block has, none may be left over at its end.
#[test]
fn both_readings_agree_about_operands_that_are_left_over() {
    let module = wat::parse_str("(module (func) (func))").expect("a module");
    let last = vec![0, 1, 1, 1, 1, 1, 1, 1, 0x0b]; // So that the other is read in the usual way.
    let mut compared = Compared::new();
    for count in [1, 16, 17, 32, 33, 49, 70] {
        for left in 0..=count {
            let drops = [0x1a].repeat(count - left);
            let code = [[0x41, 0].repeat(count), drops, vec![0x0b]].concat();
            let blocks: [(&[u8], &[u8]); 2] = [(&[0], &[]), (&[0, 0x02, 0x40], &[0x0b])];
            for body in blocks.map(|(front, behind)| [front, &code, behind].concat()) {
                compared.compare(&with_bodies(&module, &[body, last.clone()]));
            }
        }
    }
    // Of each count, in both blocks, under both limits.
    assert_eq!(compared.accepted, 7 * 2 * 2);
}

/// Constants of these types: the operands of one operator.
const OPERANDS: [&[u8]; 8] = [
    &[],
    &[0x41, 0],
    &[0x42, 0],
    &[0x41, 0, 0x41, 0],
    &[0x41, 0, 0x42, 0],
    &[0x42, 0, 0x42, 0],
    &[0x42, 0, 0x42, 0, 0x41, 0],
    &[0x41, 0, 0x41, 0, 0x41, 0],
];

/// Each opcode behind each of these operands, its result dropped or not, with what it may refer to and
/// without.
#[test]
fn both_readings_agree_about_each_opcode() {
    let full = "(module (memory 1) (table 1 funcref) (global (mut i32) (i32.const 0))
        (global i32 (i32.const 0)) (func (local i32)))";
    let mut compared = Compared::new();
    for text in [full, "(module (func (local i32)))", "(module (func))"] {
        let module = wat::parse_str(text).expect("a module");
        let locals = bodies(&module).concat();
        let locals = locals.strip_suffix(&[0x0b]).expect("an end");
        for opcode in 0..=u8::MAX {
            for operands in OPERANDS {
                for behind in [
                    &[0x0b][..],
                    &[0x1a, 0x0b],
                    &[0, 0x0b],
                    &[0, 0, 0x1a, 0x0b],
                    &[0, 0, 0x0b],
                    &[0, 0x1a, 0x0b],
                ] {
                    // Long enough for the usual way of reading it.
                    let tail = [&[0x01; 8][..], &[0x0b]].concat();
                    let behind = [&behind[..behind.len() - 1], &tail].concat();
                    let body = [locals, operands, &[opcode], &behind].concat();
                    compared.compare(&with_bodies(&module, &[body]));
                }
            }
        }
    }
    assert!(compared.accepted > 500, "{}", compared.accepted);
}
