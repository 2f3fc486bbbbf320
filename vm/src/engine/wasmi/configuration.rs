//! Every setting of wasmi, decided by hand.
//!
//! The proposal flags are a superset of the policy, because modules were checked by it before:
//! `reference_types` is on for the overlong table index of `call_indirect` that compilers write,
//! `mutable_global` because the metering pass exports its counters. The `memory64` and `simd`
//! settings do not exist, because the crate features of those names are off.
//!
//! The mode decides when functions are compiled: all at once, or each when it is first called. The
//! second is wasmi's `Lazy`, whose documentation warns that an invalid function goes unnoticed until
//! then. It is used for code that was validated whole by the metering pass, and compiled whole when
//! it was uploaded; were a function refused all the same, the failure would stop the node.
//!
//! Native limits are set so high that the metered stack bound always comes first. Every frame
//! costs at least four metered slots, so 65,536 slots hold at most 16,384 Wasm frames; wasmi
//! keeps a frame's locals and operands in cells of 8 bytes, a small multiple of the frame's
//! metered slots.

use wasmi::{CompilationMode, Config, StoreLimits, StoreLimitsBuilder};

/// Wasm frames; our bound allows 16,384.
const RECURSION_DEPTH_MAX: usize = 1 << 20;
/// Bytes of wasmi's value stack, which grows on demand; our bound keeps use below a few MiB.
const STACK_HEIGHT_BYTES_MAX: usize = 1 << 30;
/// Bytes with which a value stack begins.
const STACK_HEIGHT_BYTES_MIN: usize = 1 << 14;
/// Value stacks kept for reuse: none, because each module would keep its own, as large as it once was.
const CACHED_STACKS_MAX: usize = 0;

/// Every setting of wasmi, decided, but for the moment when functions are compiled.
pub(super) fn configuration(mode: CompilationMode) -> Config {
    let mut config = Config::default();
    config
        .compilation_mode(mode)
        .consume_fuel(false)
        .floats(false)
        .allow_start_fn(false)
        .ignore_custom_sections(true)
        .set_max_recursion_depth(RECURSION_DEPTH_MAX)
        .set_max_stack_height(STACK_HEIGHT_BYTES_MAX)
        .set_min_stack_height(STACK_HEIGHT_BYTES_MIN)
        .set_max_cached_stacks(CACHED_STACKS_MAX)
        .wasm_mutable_global(true)
        .wasm_sign_extension(true)
        .wasm_multi_value(true)
        .wasm_bulk_memory(true)
        .wasm_reference_types(true)
        .wasm_saturating_float_to_int(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false);
    config
}

/// One instance with one memory and one table, and one more table for the probes of code that was
/// prepared for profiling. A memory grows up to its declared maximum, which
/// the metering pass has set to the limit; wasmi answers a growth beyond it with -1 before it
/// asks here. A growth that the machine cannot satisfy is a failure, not -1.
pub(super) fn store_limits(probed: bool) -> StoreLimits {
    StoreLimitsBuilder::new()
        .instances(1)
        .memories(1)
        .tables(if probed { 2 } else { 1 })
        .trap_on_grow_failure(true)
        .build()
}
