//! Generators of hostile input, and the oracles that judge what happens.
//!
//! An oracle is a small function over the libraries: it takes bytes, does what the product would
//! do with them, and says what is wrong with the result, if anything. It never expects input to
//! be accepted; it expects a decision without a panic, the same decision twice, and that what was
//! accepted keeps its promises. The program `soak` and the tests run every oracle on what the
//! generators make of a corpus; to add an oracle, write the function and list it in [`ORACLES`].
//!
//! Where a generator makes what is judged, an oracle takes the generator's seed; these are listed in
//! [`SEEDED`]. [`message`] runs generated programs of nested calls ([`script`]) on a state that is
//! compared with a plain model, [`sequence`] whole chains of transactions with such programs on every
//! engine and in the worlds of `lockstep fuzz det`, [`one_cache`] such chains with one cache of code
//! under several protocols and engines, [`smith`] modules of `wasm-smith`, and [`mutant`] real
//! contracts with some operators changed. [`rewritten`] judges what the pass makes of padded modules,
//! and of its own. [`planted`] holds faults that lie outside of the product, and hunts each of them
//! with the oracle that is meant to find it.
//!
//! Apart from these, [`control_flow`] generates valid modules that do real work, and
//! [`exactness`] judges what the metering pass charges them; the program `exact` runs that.
//! [`engine_agreement`] judges whether all engines do the same with them; [`v8`] in Node.js and
//! [`wasm3`] in Python are two more of these, and the workspace in the folder `wasmer` has one more.
//! [`golden`] says what the first generated chains come to, which a committed file holds.
//! [`soak`] runs all oracles for as long as asked, and [`noted`] keeps what is being judged in a file.
//! [`endings`] has a module for each way in which a run can end. [`incidents`] reads the modules in
//! the folder `corpus` and what must come of them.

#![forbid(unsafe_code)]

mod caught;
pub mod control_flow;
pub mod corpus;
mod driven;
pub mod endings;
pub mod engine_agreement;
pub mod exactness;
pub mod generators;
pub mod golden;
pub mod incidents;
mod memory_disk;
pub mod message;
pub mod mutant;
pub mod noted;
pub mod numeric;
pub mod one_cache;
pub mod oracles;
#[path = "../planted/planted.rs"]
pub mod planted;
pub mod rewritten;
pub mod script;
pub mod sequence;
pub mod smith;
pub mod soak;
pub mod v8;
pub mod wasm3;

mod single;
mod work_time;

pub use caught::caught;
pub use corpus::Seed;
pub use oracles::{ORACLES, Oracle};
pub use single::{SEEDED, Seeded, judge, judge_seed};
