//! What a contract and the machine that runs it agree on.
//!
//! This crate is the leaf of the workspace: `no_std`, no IO, and it knows nothing of engines,
//! storage or gas prices. It holds the one list of host functions ([`HostFunction`]), the
//! identifiers ([`AccountId`], [`CodeHash`]), the statuses that a call hands back to its caller
//! ([`CallStatus`]) and the description of a contract's methods ([`ContractAbi`]). The machine
//! (`vm`), the metering pass (`gas-meter`) and the contracts' SDK all read it from here, so that
//! none of them can drift from the others.
//!
//! Every value that crosses the boundary as bytes is SCALE encoded unless its item says
//! otherwise; integers that host functions read or write in guest memory are little-endian.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

extern crate alloc;

mod call;
mod host_function;
mod identifier;
mod metadata;

pub use call::{CallFlags, CallStatus, GAS_LIMIT_ALL, LENGTH_ABSENT};
pub use host_function::{Family, HOST_MODULE, HostFunction, Signature, ValueType};
pub use identifier::{AccountId, CodeHash, Hash};
pub use metadata::{
    ABI_SECTION_NAME, ABI_VERSION, ContractAbi, EventAbi, Field, Method, MethodKind,
    RESERVED_EXPORT_PREFIX, Type, Variant,
};
