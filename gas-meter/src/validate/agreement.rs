//! Holds the walk against the second reading: whatever a module is changed to, both accept it or
//! both refuse it, and the heights of its operand stacks are those of the parser's validator.
//!
//! The changes are made within function bodies, whose lengths are then written anew, so that they
//! get to where the walk validates code. Each test takes a part of what the ignored one takes, which
//! goes on for minutes: `cargo test -p lockstep-gas-meter --lib -- --ignored agree`.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use wasm_encoder::{Encode, Module, RawSection};
use wasm_smith::Config;
use wasmparser::{FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator};

use super::read_again;
use crate::features::accepted_features;
use crate::limits::Limits;
use crate::protocol::Protocol;
use crate::walk::{Stop, Walked, walk};

/// What stands around the bodies of the samples.
const AROUND: &str = r#"
    (import "lockstep" "return" (func $return (param i32 i32)))
    (type $unary (func (param i32) (result i32)))
    (type $binary (func (param i32 i64) (result i64)))
    (type $pair (func (result i32 i64)))
    (type $swap (func (param i32 i64) (result i64 i32)))
    (type $same (func (param i32 i64) (result i32 i64)))
    (global $g (mut i64) (i64.const 7)) (global $c i32 (i32.const 7))
    (func $unary (type $unary) (local.get 0))
    (func $pair (type $pair) (i32.const 1) (i64.const 2))
    (func $same (type $same) (local.get 0) (local.get 1))"#;

/// Sections that some of the code needs, and is refused without.
const MEMORY: &str = "(memory 1 2) (data $d \"later\")";
const TABLE: &str = "(table 2 funcref) (elem (i32.const 0) $unary)";

/// Bodies of functions, with their types and locals.
const BODIES: [&str; 37] = [
    // Straight code of all kinds.
    "(param i32 i64) (result i64) local.get 0 i64.extend_i32_s local.get 1 i64.add",
    "(local i64 i32) i32.const -5 i32.const 300000 i32.mul local.tee 1 drop i64.const -70000000000
        local.set 0 global.get $g global.set $g global.get $c drop",
    "i32.const 1 i32.clz i32.ctz i32.popcnt i32.eqz i32.extend8_s i32.extend16_s i64.extend_i32_u
        i64.clz i64.ctz i64.popcnt i64.extend8_s i64.extend16_s i64.extend32_s i32.wrap_i64 drop",
    "i64.const 1 i64.const 2 i64.rotl i64.const 3 i64.le_u i32.const 9 i32.rem_u i32.const 1 i32.ge_s
        drop i64.const 1 i64.eqz drop i64.const 9 i64.const 9 i64.div_s drop",
    "i32.const 0 i64.load offset=70000 drop i32.const 0 i32.const 1 i32.store offset=65535
        i32.const 0 i32.const 1 i32.store8 offset=65536 i32.const 0 i64.const 1 i64.store16",
    "i32.const 0 i32.load8_u drop i32.const 0 i32.load16_s align=1 drop i32.const 0 i64.load32_u drop
        i32.const 0 i64.const 1 i64.store32 align=4 i32.const 0 i64.const 1 i64.store align=8",
    "memory.size memory.grow drop i32.const 0 i32.const 0 i32.const 9 memory.copy i32.const 0
        i32.const 0 i32.const 9 memory.fill i32.const 0 i32.const 0 i32.const 1 memory.init $d
        data.drop $d",
    "nop i32.const 1 i32.const 2 i32.const 3 select drop i64.const 1 i64.const 2 i32.const 3 select
        drop",
    // Blocks, and what they leave.
    "(result i32) block (result i32) i32.const 1 br 0 end block i32.const 1 br_if 0 end",
    "loop i32.const 1 br_if 0 end loop (result i64) i64.const 1 i32.const 0 br_if 1 end drop",
    "(local i32) loop local.get 0 i32.const 1 i32.add local.tee 0 i32.const 9 i32.ne br_if 0 end",
    "i32.const 1 if i32.const 1 drop else i64.const 1 drop end i32.const 1 if nop end",
    "(result i64) i32.const 1 if (result i64) i64.const 1 else unreachable end",
    "i32.const 1 if (result i32) i32.const 1 if (result i32) i32.const 1 else i32.const 2 end else
        i32.const 3 if nop else end i32.const 4 end drop",
    "call $pair block (type $swap) drop drop i64.const 1 i32.const 2 end drop drop",
    "call $pair i32.const 1 if (type $same) end drop drop",
    "call $pair i32.const 1 if (type $same) else call $same end drop drop",
    "call $pair loop (type $same) i32.const 0 br_if 0 end drop drop",
    "call $pair call $same i32.const 0 br_if 0 drop drop",
    "(result i32 i64) i32.const 1 i64.const 2 i32.const 0 br_if 0 return",
    // `br_table`.
    "block block loop i32.const 1 br_table 0 1 2 3 end end end",
    "(result i32) block (result i32) i32.const 1 i32.const 2 br_table 0 1 0 end",
    "(result i32 i64) call $pair i32.const 1 br_table 0 0",
    "(result i64) block (result i32) unreachable br_table 0 1 end unreachable",
    "(result i32) unreachable i64.const 1 i32.const 2 br_table 0",
    "(result i32) block (result i64) unreachable unreachable select i32.const 0 br_table 0 1 end
        unreachable",
    // Code that cannot be reached.
    "unreachable i32.add i64.extend_i32_s local.get 0 drop drop drop (local i32)",
    "(result i32) unreachable select",
    "(result i64) unreachable i64.const 1 select i64.const 1 i64.const 2 unreachable select",
    "(result i32) return br_if 0",
    "(result i32 i64) unreachable i64.const 1 i32.const 1 br_if 0",
    "(result i64) unreachable i32.const 0 select br_if 0 drop i64.const 3",
    "br 0 block unreachable i32.const 1 drop end i32.const 1 if return else unreachable end",
    "unreachable block (type $swap) drop end drop drop i32.const 5 loop br 0 end drop",
    "unreachable call_indirect (type $binary) global.set $g memory.grow memory.fill",
    // Calls.
    "i32.const 1 call $unary drop i32.const 1 i64.const 2 i32.const 0 call_indirect (type $binary)
        drop i32.const 0 i32.const 0 call $return",
    "(param i32 i32 i64) (local i32 i64 i64) local.get 5 local.set 4 local.get 3 local.tee 1 drop",
];

/// More operands than the walk keeps in a word, in blocks and in calls.
fn tall_bodies() -> Vec<String> {
    let constants = |count: usize| "i32.const 1 ".repeat(count);
    let drops = |count: usize| "drop ".repeat(count);
    let params = |count: usize| "i32 i64 ".repeat(count);
    vec![
        format!("{}{}", constants(70), drops(70)),
        format!(
            "{} i64.const 1 block {} br 0 end {} unreachable",
            constants(40),
            constants(50),
            drops(41)
        ),
        format!(
            "{} block (result i32) {} br_if 0 {} end {}",
            constants(33),
            constants(36),
            drops(34),
            drops(34)
        ),
        format!(
            "{} block (param {}) {} end {}",
            "i32.const 1 i64.const 2 ".repeat(40),
            params(20),
            drops(40),
            drops(40)
        ),
        format!(
            "(result {}) unreachable i64.const 1 i32.const 0 br_if 0 br_table 0 0",
            params(20)
        ),
    ]
}

/// One module for each body.
fn samples() -> Vec<Vec<u8>> {
    let surroundings = [
        format!("{MEMORY} {TABLE}"),
        MEMORY.to_owned(),
        TABLE.to_owned(),
    ];
    let tall = tall_bodies();
    let bodies = BODIES.into_iter().chain(tall.iter().map(String::as_str));
    let mut samples = Vec::new();
    for body in bodies {
        for around in &surroundings {
            let text = match body.split_once(" (local i32)") {
                Some((code, "")) => format!("(local i32) {code}"),
                _ => body.to_owned(),
            };
            let module = format!("(module {AROUND} {around} (func {text}))");
            // Not all surroundings have what the text names.
            samples.extend(wat::parse_str(module));
        }
    }
    assert!(samples.len() > 80, "{} samples", samples.len());
    samples
}

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

/// The module with these bodies.
fn with_bodies(module: &[u8], bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut output = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.expect("a module");
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let mut code = Vec::new();
        bodies.encode_bodies(&mut code);
        let data = if id == 10 { &code } else { &module[range] };
        output.section(&RawSection { id, data });
    }
    output.finish()
}

/// Writes a list of bodies with their number and lengths.
trait EncodeBodies {
    fn encode_bodies(&self, sink: &mut Vec<u8>);
}

impl EncodeBodies for [Vec<u8>] {
    fn encode_bodies(&self, sink: &mut Vec<u8>) {
        self.len().encode(sink);
        for body in self {
            body.as_slice().encode(sink);
        }
    }
}

/// A sequence of numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % below.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.next(256) as u8
    }
}

/// What a byte is changed by: nothing, each bit, and a few bits together.
const CHANGES: [u8; 14] = [0, 1, 2, 4, 8, 16, 32, 64, 128, 3, 6, 0x0f, 0x7f, 0xff];

/// What may follow a byte whose highest bit is set: longer forms of the same number, and numbers
/// that are too long or too large.
const LONGER: [&[u8]; 14] = [
    &[0],
    &[1],
    &[0x7f],
    &[0x80, 0],
    &[0xff, 0x7f],
    &[0x80, 0x80, 0x80, 0],
    &[0x80, 0x80, 0x80, 0x08],
    &[0xff, 0xff, 0xff, 0x0f],
    &[0xff, 0xff, 0xff, 0x7f],
    &[0x80, 0x80, 0x80, 0x10],
    &[0x80, 0x80, 0x80, 0x70],
    &[0x80, 0x80, 0x80, 0x80, 0],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
];

/// Each byte of a body made another, made longer, left out, and preceded by an operator.
fn change_bytes(body: &[u8], with: &[u8], each: &mut dyn FnMut(Vec<u8>)) {
    for position in 0..=body.len() {
        for opcode in [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0x41, 0x6a, 0x7c] {
            let mut changed = body.to_vec();
            changed.insert(position, opcode);
            each(changed);
        }
        if position == body.len() {
            continue;
        }
        for other in with {
            let mut changed = body.to_vec();
            changed[position] ^= other;
            each(changed);
        }
        for longer in LONGER {
            let mut changed = body.to_vec();
            changed[position] |= 0x80;
            changed.splice(position + 1..position + 1, longer.iter().copied());
            each(changed);
        }
        let mut changed = body.to_vec();
        changed.remove(position);
        each(changed);
    }
}

/// A few bytes of a body changed at once.
fn change_at_random(body: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut changed = body.to_vec();
    for _ in 0..=numbers.next(3) {
        let position = numbers.next(changed.len());
        let other = numbers.next(body.len());
        match numbers.next(6) {
            0 if !changed.is_empty() => changed[position] = numbers.byte(),
            1 if !changed.is_empty() => changed[position] ^= 1 << numbers.next(8),
            2 if !changed.is_empty() => drop(changed.remove(position)),
            3 => changed.insert(position, body[other]),
            4 => changed.insert(position, numbers.byte()),
            _ if !changed.is_empty() => changed[position] = body[other],
            _ => {}
        }
    }
    changed
}

/// Changes at random, of some bodies of a module.
fn compare_random_changes(compared: &mut Compared, module: &[u8], seed: u64, changes: usize) {
    let mut numbers = Numbers(seed);
    let bodies = bodies(module);
    for _ in 0..if bodies.is_empty() { 0 } else { changes } {
        let position = numbers.next(bodies.len());
        let mut changed = bodies.clone();
        changed[position] = change_at_random(&bodies[position], &mut numbers);
        compared.compare(&with_bodies(module, &changed));
    }
}

/// A generated module: of the accepted subset, or with a few features that are refused.
fn generated(seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    let bytes: Vec<u8> = (0..numbers.next(3_000) + 200)
        .map(|_| numbers.byte())
        .collect();
    let is_plain = numbers.next(8) > 0;
    let has_table = numbers.next(2) > 0;
    let config = Config {
        max_imports: 0,
        max_memories: usize::from(numbers.next(8) > 0),
        max_tables: usize::from(has_table),
        max_element_segments: if has_table { 4 } else { 0 },
        max_funcs: 8,
        max_instructions: 200,
        max_memory32_bytes: 128 * 65_536,
        max_table_elements: 1_000,
        allow_start_export: false,
        allow_floats: !is_plain,
        bulk_memory_enabled: !is_plain || !has_table,
        multi_value_enabled: true,
        sign_extension_ops_enabled: true,
        reference_types_enabled: !is_plain,
        saturating_float_to_int_enabled: !is_plain,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        tail_call_enabled: !is_plain,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        extended_const_enabled: false,
        custom_page_sizes_enabled: false,
        wide_arithmetic_enabled: !is_plain,
        max_tags: 0,
        exports: Some(b"\0asm\x01\0\0\0".to_vec()),
        min_types: 5,
        min_funcs: 3,
        min_globals: 2,
        ..Config::default()
    };
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(&bytes));
    module.expect("any bytes make a module").to_bytes()
}

#[test]
fn both_readings_agree_about_samples_and_their_changes() {
    let mut compared = Compared::new();
    for (seed, sample) in (1..).zip(samples()) {
        compared.compare(&sample);
        if seed % 3 == 1 {
            let change = |body: &[u8], each: &mut dyn FnMut(Vec<u8>)| {
                change_bytes(body, &CHANGES, each);
            };
            compared.compare_bodies(&sample, change);
        }
        compare_random_changes(&mut compared, &sample, seed, 200);
    }
    let Compared {
        modules, accepted, ..
    } = compared;
    assert!(
        accepted > modules / 20,
        "{accepted} of {modules} are accepted"
    );
}

#[test]
fn both_readings_agree_about_generated_modules_and_their_changes() {
    let mut compared = Compared::new();
    for seed in 0..150 {
        let module = generated(seed);
        compared.compare(&module);
        compare_random_changes(&mut compared, &module, seed, 20);
    }
    let Compared {
        modules, accepted, ..
    } = compared;
    assert!(
        accepted > modules / 20,
        "{accepted} of {modules} are accepted"
    );
}

#[test]
#[ignore = "takes minutes"]
fn both_readings_agree_at_length() {
    let all: Vec<u8> = (0..=255).collect();
    let mut compared = Compared::new();
    for (seed, sample) in (1_000..).zip(samples()) {
        let change = |body: &[u8], each: &mut dyn FnMut(Vec<u8>)| change_bytes(body, &all, each);
        compared.compare_bodies(&sample, change);
        compare_random_changes(&mut compared, &sample, seed, 10_000);
    }
    println!(
        "{} of {} samples accepted",
        compared.accepted, compared.modules
    );
    let mut compared = Compared::new();
    for seed in 1_000..8_000 {
        let module = generated(seed);
        compared.compare(&module);
        compare_random_changes(&mut compared, &module, seed, 60);
    }
    println!(
        "{} of {} generated accepted",
        compared.accepted, compared.modules
    );
}
