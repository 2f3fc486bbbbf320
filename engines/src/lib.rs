//! The engines beside the machine's own, and engines in lockstep.
//!
//! `lockstep-vm` defines what an engine is and brings wasmi 2.0. Here are others that run the same
//! prepared modules: an older wasmi, which shares little code with the new one, and, under the
//! feature `wasmtime`, Wasmtime with its two compilers, the native tier. Where the optimising one
//! would take too long for a module, the other compiles it (`wasmtime/effort.rs`). Gas and stack
//! are counted by the prepared code itself and state is reached through host functions only, so
//! every engine comes to the same receipts and roots. [`EngineKind`] finds them by name, and
//! [`SideBySide`] runs each transaction on several and stops at the first difference.
//!
//! An engine lives apart from `lockstep-vm` because Wasmtime needs `unsafe` in one place: compiled
//! code that is read from disk is taken on trust (`wasmtime/artifact.rs`).

#![deny(unsafe_op_in_unsafe_fn)]

#[cfg_attr(
    not(any(test, feature = "wasmtime")),
    expect(
        dead_code,
        reason = "what reads and writes a directory is for engines that compile, and none is built in"
    )
)]
mod disk_cache;
mod kind;
mod large_stack;
mod side_by_side;
mod wasmi1;
#[cfg(feature = "wasmtime")]
mod wasmtime;

#[cfg(feature = "wasmtime")]
pub use self::wasmtime::{Compiler, THREAD_STACK_BYTES, WasmtimeEngine};
pub use disk_cache::{DiskCacheError, DiskCacheStatistics, DiskCodeCache, RefusedFile};
pub use kind::{BuildError, EngineKind};
pub use large_stack::on_large_stack;
pub use side_by_side::{Divergence, SideBySide, SideBySideError, SideBySideReplayError};
pub use wasmi1::Wasmi1Engine;
