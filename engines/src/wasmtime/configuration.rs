//! Every setting of Wasmtime, decided by hand.
//!
//! The proposal flags are those of the policy. Threads, garbage collection, exceptions, function
//! references, components and stack switching have no setting here, because the crate features
//! that bring them are off; the encoding of reference types, which compilers write for
//! `call_indirect`, is always on. Floats cannot be switched off and cannot occur, because only
//! prepared modules come here; their canonical form is set all the same.
//!
//! Fuel and epochs are off: gas is counted by the code itself. Traps come from hardware signals,
//! which is the only mode that Winch has, and say no more than that there was one: no backtrace is
//! taken. Code is compiled on the calling thread.
//!
//! A memory's address range is reserved whole, so growth never moves it. The guard behind it lets
//! compiled code go without bounds checks where static offsets lie within it. Data segments are
//! copied into each new memory. Mapping an image of the memory would be quicker, but a module would
//! then keep a file descriptor open for as long as it is cached, and its image takes the distance
//! from the first byte of data to the last, in memory and on disk, whatever the segments' lengths.

use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, Strategy};

use super::native_stack::WASM_STACK_BYTES_MAX;

/// Reserved for each memory: all that 32 bits can address.
const MEMORY_RESERVATION_BYTES: u64 = 4 << 30;
/// Behind each memory. A load or store with a static offset beyond it is checked by compiled code.
const MEMORY_GUARD_BYTES: u64 = 2 << 30;

/// Every setting, decided.
pub(super) fn configuration(strategy: Strategy) -> Config {
    let mut config = Config::new();
    config
        .strategy(strategy)
        .consume_fuel(false)
        .epoch_interruption(false)
        .max_wasm_stack(WASM_STACK_BYTES_MAX)
        .async_stack_size(WASM_STACK_BYTES_MAX)
        .wasm_backtrace_max_frames(None)
        .native_unwind_info(false)
        .debug_info(false)
        .generate_address_map(false)
        .signals_based_traps(true)
        .table_lazy_init(true)
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .memory_init_cow(false)
        .memory_may_move(false)
        .memory_reservation(MEMORY_RESERVATION_BYTES)
        .memory_guard_size(MEMORY_GUARD_BYTES)
        .wasm_bulk_memory(true)
        .wasm_multi_value(true)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_branch_hinting(false);
    if strategy == Strategy::Cranelift {
        config
            .cranelift_opt_level(OptLevel::Speed)
            .cranelift_nan_canonicalization(true);
    }
    config
}
