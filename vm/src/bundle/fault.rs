//! Why bytes are not a bundle.

use lockstep_state_trie::{Digest, EncodingFault};
use thiserror::Error;

use super::BUNDLE_FORMAT_VERSION;

/// Bytes that are not a bundle, and the place at which that shows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at byte {offset}: {fault}")]
pub struct BundleError {
    /// Where the item begins that is at fault, from 0. In a witness, how far it was read.
    pub offset: usize,
    /// What is wrong with it.
    pub fault: BundleFault,
}

/// What is wrong with the bytes of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BundleFault {
    /// It does not begin like a bundle.
    #[error("the file does not begin with `LSBUNDLE`, so it is no bundle")]
    Magic,
    /// It is of another version of the format.
    #[error(
        "the bundle has format version {actual}, and this program reads version {BUNDLE_FORMAT_VERSION}"
    )]
    FormatVersion {
        /// Its version.
        actual: u32,
    },
    /// The bytes end in the middle.
    #[error("{needed} bytes are needed here and {left} are left: the bundle is cut short")]
    Truncated {
        /// The bytes of the next item.
        needed: usize,
        /// The bytes up to the checksum.
        left: usize,
    },
    /// A count or length is cut off, over 32 bits, or not in its shortest form.
    #[error("a count or length is cut off or not in its shortest form")]
    Length,
    /// The witness does not decode.
    #[error("the witness does not decode: {}", .0.as_str())]
    Witness(EncodingFault),
    /// There is no block.
    #[error("the bundle has no block")]
    NoBlocks,
    /// The heights do not count up by one.
    #[error(
        "the block has height {actual} and the one before it calls for {expected}: a block is missing, doubled or out of order"
    )]
    Height {
        /// One more than the height before.
        expected: u64,
        /// Its height.
        actual: u64,
    },
    /// The blocks are of different chains.
    #[error("the block is of chain {actual} and the one before it of chain {expected}")]
    ChainId {
        /// The chain of the block before.
        expected: u64,
        /// Its chain.
        actual: u64,
    },
    /// A transaction does not decode.
    #[error("the transaction does not decode: {0}")]
    Transaction(String),
    /// A receipt does not decode.
    #[error("the receipt does not decode: {0}")]
    Receipt(String),
    /// Bytes stand between the last block and the checksum.
    #[error("{count} bytes follow the last block")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The checksum is not that of the bytes before it.
    #[error(
        "the checksum is {stated} and the bytes before it come to {computed}: the bundle was altered or damaged"
    )]
    Checksum {
        /// What the bundle says.
        stated: Digest,
        /// What its bytes come to.
        computed: Digest,
    },
}
