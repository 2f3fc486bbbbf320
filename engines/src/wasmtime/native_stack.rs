//! Enough native stack under every run and every compilation, whatever thread it is on.
//!
//! The metered bound ends recursion at the same call everywhere, so the native stack must never
//! decide. Wasmtime lets compiled code use [`WASM_STACK_BYTES_MAX`] from where it is entered and
//! then reports an overflow, which is [`EngineError::NativeStack`](lockstep_vm::EngineError) and
//! never a trap. That is 512 bytes for each of the 65,536 metered slots; frames as compilers write
//! them take about 8 to 30 bytes for each. A module can be written whose compiled frames are larger
//! than that (values that the compiler keeps across a call although the Wasm does not); the machine
//! then runs the transaction again on the interpreter. More room here would not save such a
//! module's speed, and would let frames that nest take more memory.
//!
//! A run or a compilation whose thread has less than that left moves to a stack of its own for as
//! long as it lasts. The address range is reserved and its pages are only taken when they are
//! touched, and frames that nest share it while it has enough left. On a thread that is made with
//! [`THREAD_STACK_BYTES`] a run moves only below frames that have taken almost half of it.

use stacker::maybe_grow;

/// What compiled code may use from where it is entered.
pub(super) const WASM_STACK_BYTES_MAX: usize = 32 << 20;
/// For the host below and between the frames.
const HOST_STACK_BYTES: usize = 2 << 20;
/// What a thread needs so that runs on it stay on it: what compiled code may use, and as much again for
/// the host and for frames that nest.
pub const THREAD_STACK_BYTES: usize = 2 * WASM_STACK_BYTES_MAX;

/// Runs with at least [`WASM_STACK_BYTES_MAX`] and room for the host.
///
/// # Panics
/// When the machine has no address space for a stack.
pub(super) fn with_enough<R>(run: impl FnOnce() -> R) -> R {
    maybe_grow(
        WASM_STACK_BYTES_MAX + HOST_STACK_BYTES,
        THREAD_STACK_BYTES,
        run,
    )
}
