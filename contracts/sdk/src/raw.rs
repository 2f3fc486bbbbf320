//! The machine as seen from Wasm: every host function as a safe Rust function, and the allocator.
//!
//! This is the only module with `unsafe` code. Each function here turns slices into the pointers
//! and lengths that the host function takes, and does nothing else. Natively, where no machine
//! is, `testing` takes the place of this module with the same functions.
#![cfg_attr(
    target_arch = "wasm32",
    expect(unsafe_code, reason = "the boundary to the machine")
)]

#[cfg(target_arch = "wasm32")]
mod allocator;
mod import;

#[cfg(target_arch = "wasm32")]
mod function;

#[cfg(target_arch = "wasm32")]
pub(crate) use function::*;
