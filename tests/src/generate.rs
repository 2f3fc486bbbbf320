//! Random modules of the accepted subset, from `wasm-smith`.
//!
//! A seed gives the same module on every machine. Every module exports functions of four types,
//! and may import some of the host functions with their exact types, drawn from all of them. Odd
//! and even seeds differ in what `wasm-smith` cannot have at once within the subset: bulk memory,
//! or element segments (with bulk memory it would make passive ones, which are refused). Every
//! other pair of seeds has code that avoids traps, so that more of it is executed. `wasm-smith`
//! makes bulk operators only where traps are allowed; those modules have no arithmetic, so that
//! lengths stay small and bulk operators are frequent.

use lockstep_abi::{HOST_MODULE, HostFunction, ValueType};
use wasm_smith::{Config, InstructionKind, InstructionKinds, Module};

/// How many host functions a module may import. `wasm-smith` takes about half of them.
const IMPORTS_OFFERED: usize = 20;

/// The functions that every generated module exports.
const EXPORTS: &str = r#"(module
    (func (export "method"))
    (func (export "number") (result i64) unreachable)
    (func (export "word") (param i32 i32) (result i32) unreachable)
    (func (export "pair") (param i64 i32) (result i32 i64) unreachable))"#;

/// The kinds of operators that modules have.
const KINDS: [InstructionKind; 5] = [
    InstructionKind::NumericInt,
    InstructionKind::Parametric,
    InstructionKind::Variable,
    InstructionKind::MemoryInt,
    InstructionKind::Control,
];

/// How many sequences of bytes are tried for a seed. `wasm-smith` makes no module of about one in a
/// thousand, however long it is.
const SEQUENCES: u64 = 8;

/// The module that `seed` stands for.
///
/// # Panics
/// When `wasm-smith` makes no module of any of the seed's sequences.
pub fn generate(seed: u64) -> Vec<u8> {
    let modules = (0..SEQUENCES).find_map(|sequence| bytes_of(seed, sequence));
    modules.expect("one of the sequences gives a module")
}

/// The module that is made of one sequence of a seed, if any is.
fn bytes_of(seed: u64, sequence: u64) -> Option<Vec<u8>> {
    let bytes = random_bytes(seed.wrapping_add(sequence << 32), 6_000);
    let mut unstructured = arbitrary::Unstructured::new(&bytes);
    let module = Module::new(config(seed), &mut unstructured).ok()?;
    Some(module.to_bytes())
}

/// What the modules may contain, by the seed's lowest bits.
fn config(seed: u64) -> Config {
    let bulk = seed & 1 == 0;
    let avoids_traps = seed & 2 == 0;
    let kinds = if bulk && !avoids_traps {
        &KINDS[1..]
    } else {
        &KINDS
    };
    let module = |text: &str| Some(wat::parse_str(text).expect("the text is a module"));
    Config {
        available_imports: module(&imports(seed)),
        exports: module(EXPORTS),
        allowed_instructions: InstructionKinds::new(kinds),
        allow_floats: false,
        allow_invalid_funcs: false,
        allow_start_export: false,
        bulk_memory_enabled: bulk,
        max_element_segments: if bulk { 0 } else { 4 },
        disallow_traps: avoids_traps,
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        shared_everything_threads_enabled: false,
        sign_extension_ops_enabled: true,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        min_funcs: 4,
        max_funcs: 20,
        max_types: 32,
        max_type_size: 200,
        max_globals: 6,
        max_instructions: 300,
        max_memories: 1,
        min_memories: 1,
        max_memory32_bytes: 4 << 16,
        max_tables: 1,
        min_tables: 1,
        max_table_elements: 40,
        max_data_segments: 4,
        max_imports: IMPORTS_OFFERED,
        ..Config::default()
    }
}

/// The host functions that the module of `seed` may import, as a module that imports them.
fn imports(seed: u64) -> String {
    let mut left = HostFunction::ALL.to_vec();
    let imports = random_bytes(!seed, IMPORTS_OFFERED)
        .into_iter()
        .map(|byte| {
            let function = left.swap_remove(usize::from(byte) % left.len());
            let signature = function.signature();
            let params: Vec<&str> = signature.params.iter().map(type_name).collect();
            let result = signature.result.as_ref().map(type_name);
            let result = result.map_or_else(String::new, |name| format!("(result {name})"));
            format!(
                "(import \"{HOST_MODULE}\" \"{}\" (func (param {}) {result}))",
                function.name(),
                params.join(" "),
            )
        });
    format!("(module {})", imports.collect::<String>())
}

/// A type's name in the text format.
fn type_name(ty: &ValueType) -> &'static str {
    match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    }
}

/// `count` bytes from a SplitMix64 sequence.
fn random_bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{SEQUENCES, bytes_of, generate};

    /// A seed whose first sequence gives no module.
    const GIVES_NONE: u64 = 1269;

    #[test]
    fn a_seed_whose_bytes_give_no_module_takes_the_next_ones() {
        assert!(bytes_of(GIVES_NONE, 0).is_none());
        let second = (1..SEQUENCES).find_map(|sequence| bytes_of(GIVES_NONE, sequence));
        assert_eq!(Some(generate(GIVES_NONE)), second);
    }
}
