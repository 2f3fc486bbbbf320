//! Every setting of wasmi 1.0, decided by hand as for the version that the machine uses.
//!
//! The `simd` settings do not exist, because the crate feature of that name is off. There is no
//! setting for a start function; the policy refuses one.

use ::wasmi1::{CompilationMode, Config, EnforcedLimits};

/// Wasm frames; our bound allows 16,384.
const RECURSION_DEPTH_MAX: usize = 1 << 20;
/// Cells of wasmi's value stack, which grows on demand: 1 GiB. Our bound keeps use below a few MiB, but
/// for functions with thousands of constants, which wasmi 1.0 has in every frame.
const STACK_HEIGHT_CELLS_MAX: usize = (1 << 30) / CELL_BYTES;
/// Cells with which a value stack begins.
const STACK_HEIGHT_CELLS_MIN: usize = (1 << 14) / CELL_BYTES;
/// Bytes of a cell, in which version 1.0 counts; version 2.0 counts in bytes.
const CELL_BYTES: usize = 8;
/// Value stacks kept for reuse: none, because each module would keep its own, as large as it once was.
const CACHED_STACKS_MAX: usize = 0;

/// Every setting, decided.
pub(super) fn configuration() -> Config {
    let mut config = Config::default();
    config
        .compilation_mode(CompilationMode::Eager)
        .consume_fuel(false)
        .floats(false)
        .ignore_custom_sections(true)
        .enforced_limits(EnforcedLimits::default())
        .set_max_recursion_depth(RECURSION_DEPTH_MAX)
        .set_max_stack_height(STACK_HEIGHT_CELLS_MAX)
        .set_min_stack_height(STACK_HEIGHT_CELLS_MIN)
        .set_max_cached_stacks(CACHED_STACKS_MAX)
        .wasm_mutable_global(true)
        .wasm_sign_extension(true)
        .wasm_multi_value(true)
        .wasm_bulk_memory(true)
        .wasm_reference_types(true)
        .wasm_saturating_float_to_int(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false);
    config
}
