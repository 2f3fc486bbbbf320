//! Modules to compare both readings of: samples of each form of code, and generated ones.

use arbitrary::Unstructured;
use wasm_smith::Config;

use super::changes::Numbers;

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
const BODIES: [&str; 39] = [
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
    "i32.const 1 block (type $unary) end drop",
    "call $pair i32.const 1 if (type $same) end drop drop",
    "call $pair i32.const 1 if (type $same) else call $same end drop drop",
    "call $pair i32.const 1 if (type $swap) drop drop i64.const 1 i32.const 2 end drop drop",
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
        // Few enough for the word, but too many to be compared in it.
        format!(
            "{} block (param {}) {} end",
            "i32.const 1 i64.const 2 ".repeat(10),
            params(10),
            drops(20)
        ),
        format!(
            "{} i32.const 1 if (param {}) (result {}) end {}",
            "i32.const 1 i64.const 2 ".repeat(10),
            params(10),
            params(10),
            drops(20)
        ),
        // The first result is of another type than the first parameter: refused without an `else`.
        format!(
            "{} i32.const 1 if (param {}) (result i64 i64 {}) end {}",
            "i32.const 1 i64.const 2 ".repeat(10),
            params(10),
            params(9),
            drops(20)
        ),
        format!(
            "(result {}) unreachable i64.const 1 i32.const 0 br_if 0 br_table 0 0",
            params(20)
        ),
    ]
}

/// One module for each body.
pub(super) fn samples() -> Vec<Vec<u8>> {
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

/// A generated module: of the accepted subset, or with a few features that are refused.
pub(super) fn generated(seed: u64) -> Vec<u8> {
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
