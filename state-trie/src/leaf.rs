//! Leaves: one entry of the map each, in the form in which stores keep them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::digest::{Digest, leaf_hash, value_hash};
use crate::key_bits::KEY_BYTES_MAX;

/// Bytes of the key's length, in front.
const LENGTH_BYTES: usize = 2;

/// A key and its value. The bytes are the length of the key (2 bytes, little-endian), the key,
/// and the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    bytes: Box<[u8]>,
}

impl Leaf {
    /// The leaf of an entry. Callers have checked the key's length.
    pub(crate) fn new(key: &[u8], value: &[u8]) -> Self {
        let length = u16::try_from(key.len()).unwrap_or(u16::MAX);
        let mut bytes = Vec::with_capacity(
            LENGTH_BYTES
                .saturating_add(key.len())
                .saturating_add(value.len()),
        );
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
        Self {
            bytes: bytes.into_boxed_slice(),
        }
    }

    /// Takes bytes that [`Leaf::as_bytes`] gave, and returns `None` if they cannot be a leaf.
    /// Whether it is the right leaf only its digest shows.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Option<Self> {
        let leaf = Self {
            bytes: bytes.into(),
        };
        let key_bytes = leaf.key_bytes();
        let is_leaf = leaf.bytes.len() >= LENGTH_BYTES.saturating_add(key_bytes)
            && key_bytes <= KEY_BYTES_MAX;
        is_leaf.then_some(leaf)
    }

    /// The bytes of the leaf.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole key.
    pub fn key(&self) -> &[u8] {
        let end = LENGTH_BYTES.saturating_add(self.key_bytes());
        self.bytes.get(LENGTH_BYTES..end).unwrap_or_default()
    }

    /// The value.
    pub fn value(&self) -> &[u8] {
        let start = LENGTH_BYTES.saturating_add(self.key_bytes());
        self.bytes.get(start..).unwrap_or_default()
    }

    /// The hash of the leaf, by which its parent names it. It is computed from the key and value.
    pub fn digest(&self) -> Digest {
        leaf_hash(self.key(), &value_hash(self.value()))
    }

    fn key_bytes(&self) -> usize {
        let length = self.bytes.first_chunk().copied().unwrap_or_default();
        usize::from(u16::from_le_bytes(length))
    }
}
