//! What contract authors write against.
//!
//! A contract is a struct of storage fields and an `impl` block. `#[derive(Storage)]` gives each
//! field its place in the contract's storage, `#[contract]` exports each public method under its
//! name, and `#[derive(Event)]`, `#[data]` and `#[interface]` serve events, own types and calls
//! to other contracts:
//!
//! ```
//! use lockstep_sdk::prelude::*;
//!
//! #[derive(Storage)]
//! pub struct Counter {
//!     count: Item<u64>,
//! }
//!
//! /// Counts.
//! #[contract]
//! impl Counter {
//!     /// Starts to count at `first`.
//!     pub fn init(&mut self, first: u64) {
//!         self.count.set(&first);
//!     }
//!
//!     /// Counts one up and returns the new count.
//!     pub fn increment(&mut self) -> u64 {
//!         let next = self.count.get_or_default() + 1;
//!         self.count.set(&next);
//!         next
//!     }
//! }
//!
//! // Natively, for tests:
//! let mut counter = Counter::stored();
//! counter.init(4);
//! assert_eq!(counter.increment(), 5);
//! ```
//!
//! A method with `&mut self` may change state; a method with `&self` declares that it only reads.
//! The compiler keeps it from writing its fields, and the machine from any change when it is called
//! read-only, as `#[interface]` does. Called otherwise it can still emit events and call others. A
//! method that returns a `Result` ends the frame as reverted on `Err`, with the error as data. A
//! panic undoes the frame as well and carries a message for people.
//!
//! # Overflow
//!
//! Arithmetic that overflows panics only if the crate is built with `overflow-checks`. Cargo leaves
//! them out of release builds, and a balance then wraps around in silence. Every contract's
//! `Cargo.toml` (that of the workspace, if it is in one) must say:
//!
//! ```toml
//! [profile.release]
//! overflow-checks = true
//! ```
//!
//! # The parts
//!
//! How the parts fit: `raw` declares the machine's functions for Wasm, `testing` stands in for
//! the machine natively, and everything else is written against whichever is there, under the
//! name `host`. `shape` and `describe` make the ABI section at compile time, `entry` is what the
//! exports are made of. The format of everything that crosses the boundary is in
//! `docs/contract-abi.md`.

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod call;
pub mod context;
pub mod crypto;
mod describe;
mod entry;
mod event;
mod fixed_buffer;
mod interface;
#[cfg(target_arch = "wasm32")]
mod panic;
mod raw;
pub mod shape;
mod storage;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod unread;

#[cfg(target_arch = "wasm32")]
use raw as host;
#[cfg(not(target_arch = "wasm32"))]
use testing::host;

pub use call::{CallError, Remote};
pub use describe::Describe;
pub use entry::{Contract, MethodResult};
pub use event::Event;
pub use interface::Interface;
pub use lockstep_abi::{AccountId, CallFlags, CallStatus, CodeHash, Hash};
pub use lockstep_sdk_macros::{Describe, Event, Storage, contract, data, interface};
pub use parity_scale_codec as codec;
pub use storage::{
    Item, Map, MapEntry, OrderedIter, OrderedKey, OrderedKeys, OrderedMap, Storage, StorageField,
    Transient,
};

/// What a contract usually needs, to be imported as a whole.
pub mod prelude {
    pub use alloc::string::String;
    pub use alloc::vec::Vec;

    pub use crate::{
        AccountId, CallError, CodeHash, Event, Hash, Interface, Item, Map, MapEntry, OrderedMap,
        Remote, Storage, Transient, call, context, contract, crypto, data, interface,
    };
}

/// For the code that the macros write; not for use by hand.
#[doc(hidden)]
pub mod macros {
    pub use crate::call::CallResult;
    pub use crate::entry::{Arguments, fail, method_kind};
    pub use crate::event::{EventData, emit, field_topic, name_topic};
    pub use alloc::vec;
}
