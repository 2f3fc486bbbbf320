//! A bundle: blocks with all that it takes to execute them again, in one file.
//!
//! It holds the part of the state that the blocks need, as a witness under the root before the
//! first of them; the blocks' environments and transactions; and the receipts and roots that the
//! blocks came to. Code is part of the state, so it travels in the witness, or in the transaction
//! that uploads it. [`replay`](fn@crate::replay) executes a bundle and says whether the same comes
//! out; it needs nothing else.
//!
//! The bytes are specified in `docs/bundle.md`. Writing is in `bundle/encode.rs`, reading in
//! `bundle/decode.rs`, and `bundle/record.rs` makes a bundle from blocks whose states are still
//! in a store.

mod decode;
mod encode;
mod fault;
mod reader;
mod record;

use lockstep_abi::Hash;
use lockstep_state_trie::{Digest, MultiProof};

pub use self::encode::BundleTooLarge;
pub use self::fault::{BundleError, BundleFault};
use crate::block::BlockEnvironment;
use crate::receipt::Receipt;
use crate::transaction::SignedTransaction;

/// The first bytes of every bundle.
const MAGIC: [u8; 8] = *b"LSBUNDLE";

/// The version of the format that this crate reads and writes.
pub const BUNDLE_FORMAT_VERSION: u32 = 1;

/// The length of the checksum at the end: blake2b-256 of all bytes before it.
const CHECKSUM_BYTES: usize = 32;

/// Blocks that follow each other, and what it takes to execute them.
///
/// Nothing about the content is known to be true; [`replay`](fn@crate::replay) finds out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The protocol version by which the blocks were executed.
    pub protocol_version: u32,
    /// The hash of the price schedule by which they were executed.
    pub schedule_hash: Hash,
    /// The root of the state before the first block.
    pub state_root: Digest,
    /// What the blocks need of that state.
    pub witness: MultiProof,
    /// The blocks; at least one, of one chain, with heights that count up by one.
    pub blocks: Vec<BundleBlock>,
}

/// A block, and what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleBlock {
    /// What its transactions share.
    pub environment: BlockEnvironment,
    /// Its transactions in order, each with its receipt.
    pub transactions: Vec<(SignedTransaction, Receipt)>,
    /// The root of the state after it.
    pub state_root: Digest,
}
