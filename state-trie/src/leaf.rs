//! Leaves: one entry of the map each, in the form in which stores keep them.

use alloc::boxed::Box;
use core::fmt;

use crate::digest::{Digest, leaf_hash, value_hash};
use crate::key_bits::KEY_BYTES_MAX;

/// Bytes of the key's length, in front.
const LENGTH_BYTES: usize = 2;

/// How many bytes a leaf holds without memory of its own: enough for a key and a value of usual
/// length, and with the store's number of the version it comes to two lines of the cache.
const INLINE_BYTES_MAX: usize = 118;

/// A key and its value. The bytes are the length of the key (2 bytes, little-endian), the key,
/// and the value.
#[derive(Clone)]
pub struct Leaf {
    bytes: LeafBytes,
}

/// The bytes of a leaf, in its place if they are few.
#[derive(Clone)]
enum LeafBytes {
    Short {
        length: u8,
        bytes: [u8; INLINE_BYTES_MAX],
    },
    Long(Box<[u8]>),
}

impl Leaf {
    /// The leaf of an entry. Callers have checked the key's length.
    pub(crate) fn new(key: &[u8], value: &[u8]) -> Self {
        let length = u16::try_from(key.len()).unwrap_or(u16::MAX).to_le_bytes();
        let total = LENGTH_BYTES
            .saturating_add(key.len())
            .saturating_add(value.len());
        if let Ok(short) = u8::try_from(total) {
            let mut bytes = [0; INLINE_BYTES_MAX];
            if let Some((place, rest)) = bytes.split_at_mut_checked(LENGTH_BYTES)
                && let Some((key_place, rest)) = rest.split_at_mut_checked(key.len())
                && let Some(value_place) = rest.get_mut(..value.len())
            {
                place.copy_from_slice(&length);
                key_place.copy_from_slice(key);
                value_place.copy_from_slice(value);
                let length = short;
                return Self {
                    bytes: LeafBytes::Short { length, bytes },
                };
            }
        }
        Self {
            bytes: LeafBytes::Long([&length, key, value].concat().into_boxed_slice()),
        }
    }

    /// Takes bytes that [`Leaf::as_bytes`] gave, and returns `None` if they cannot be a leaf.
    /// Whether it is the right leaf only its digest shows.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let key_bytes = usize::from(u16::from_le_bytes(*length));
        let (key, value) = rest.split_at_checked(key_bytes)?;
        (key_bytes <= KEY_BYTES_MAX).then(|| Self::new(key, value))
    }

    /// The bytes of the leaf.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.bytes {
            LeafBytes::Short { length, bytes } => {
                bytes.get(..usize::from(*length)).unwrap_or_default()
            }
            LeafBytes::Long(bytes) => bytes,
        }
    }

    /// How many bytes of memory the leaf takes, about.
    pub fn memory_bytes(&self) -> usize {
        let long = match &self.bytes {
            LeafBytes::Short { .. } => 0,
            LeafBytes::Long(bytes) => bytes.len(),
        };
        INLINE_BYTES_MAX.saturating_add(long)
    }

    /// The whole key.
    pub fn key(&self) -> &[u8] {
        self.parts().0
    }

    /// The value.
    pub fn value(&self) -> &[u8] {
        self.parts().1
    }

    /// The hash of the leaf, by which its parent names it. It is computed from the key and value.
    pub fn digest(&self) -> Digest {
        let (key, value) = self.parts();
        leaf_hash(key, &value_hash(value))
    }

    /// Key and value.
    fn parts(&self) -> (&[u8], &[u8]) {
        let (length, rest) = self
            .as_bytes()
            .split_first_chunk()
            .unwrap_or((&[0; 2], &[]));
        let key_bytes = usize::from(u16::from_le_bytes(*length));
        rest.split_at_checked(key_bytes).unwrap_or_default()
    }
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Leaf {}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, value) = self.parts();
        f.debug_struct("Leaf")
            .field("key", &key)
            .field("value", &value)
            .finish()
    }
}
