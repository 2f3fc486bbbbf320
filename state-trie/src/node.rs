//! The two kinds of node and how a store may write them down.
//!
//! The encoding here is for stores and transport. It is not what is hashed: the hashes have
//! preimages of their own (`digest.rs`), so a store may pack its nodes as it likes.

use alloc::vec::Vec;

use parity_scale_codec::{Compact, Decode, Encode, Error, Input, Output};

use crate::digest::{Digest, internal_hash, leaf_hash};
use crate::key_bits::{BIT_INDEX_MAX, KEY_BYTES_MAX};

/// First byte of an encoded leaf.
const LEAF_TAG: u8 = 0;
/// First byte of an encoded internal node.
const INTERNAL_TAG: u8 = 1;

/// One node of a trie.
///
/// The SCALE encoding is the variant's index (0 leaf, 1 internal) and then the fields in the
/// order in which they are declared. Decoding refuses a key over [`KEY_BYTES_MAX`] and a bit over
/// [`BIT_INDEX_MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// One entry of the map.
    Leaf {
        /// The whole key, at most [`KEY_BYTES_MAX`] bytes.
        key: Vec<u8>,
        /// The hash of the value ([`crate::value_hash`]).
        value: Digest,
    },
    /// The place where the keys below it part.
    Internal {
        /// The first bit in which keys of the left and of the right subtree differ.
        bit: u16,
        /// The subtree of the keys that have a 0 at `bit`.
        left: Digest,
        /// The subtree of the keys that have a 1 at `bit`.
        right: Digest,
    },
}

impl Node {
    /// The hash of the node, by which its parent and the store name it.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Leaf { key, value } => leaf_hash(key, value),
            Self::Internal { bit, left, right } => internal_hash(*bit, left, right),
        }
    }
}

impl Encode for Node {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        match self {
            Self::Leaf { key, value } => {
                dest.push_byte(LEAF_TAG);
                key.encode_to(dest);
                value.encode_to(dest);
            }
            Self::Internal { bit, left, right } => {
                dest.push_byte(INTERNAL_TAG);
                bit.encode_to(dest);
                left.encode_to(dest);
                right.encode_to(dest);
            }
        }
    }
}

impl Decode for Node {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        match input.read_byte()? {
            LEAF_TAG => Ok(Self::Leaf {
                key: decode_key(input)?,
                value: Digest::decode(input)?,
            }),
            INTERNAL_TAG => {
                let bit = u16::decode(input)?;
                if bit > BIT_INDEX_MAX {
                    return Err("node: the bit index is over 36864".into());
                }
                Ok(Self::Internal {
                    bit,
                    left: Digest::decode(input)?,
                    right: Digest::decode(input)?,
                })
            }
            _ => Err("node: the first byte is neither 0 (leaf) nor 1 (internal)".into()),
        }
    }
}

/// Reads a key with its length in front. The length is checked before anything is allocated.
pub(crate) fn decode_key<I: Input>(input: &mut I) -> Result<Vec<u8>, Error> {
    let Compact(length) = Compact::<u32>::decode(input)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= KEY_BYTES_MAX)
        .ok_or("node: the key is longer than 4096 bytes")?;
    let mut key = alloc::vec![0; length];
    input.read(&mut key)?;
    Ok(key)
}
