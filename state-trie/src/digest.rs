//! The 32-byte digest and the three hashes that the trie is made of.
//!
//! Every preimage starts with one byte that names its kind, so that no leaf can be passed off as
//! an internal node, nor a value as a leaf. The function is BLAKE2b with 32 bytes of output, no
//! key, salt or personalisation. The bytes are fixed for ever: a change here is a new protocol.
//!
//! Single hashes are computed here, many at once in `hash_batch.rs`.

use core::fmt;

#[cfg(feature = "scale")]
use parity_scale_codec::{Decode, Encode};

use blake2b_simd::{Params, State};

/// Length of a digest in bytes.
pub(crate) const DIGEST_BYTES: usize = 32;
/// Length of the preimage of an internal node: its kind, its bit and two digests.
pub(crate) const INTERNAL_PREIMAGE_BYTES: usize = 67;

/// First byte of a leaf's preimage.
pub(crate) const LEAF_KIND: u8 = 0x00;
/// First byte of an internal node's preimage.
const INTERNAL_KIND: u8 = 0x01;
/// First byte of a value's preimage.
pub(crate) const VALUE_KIND: u8 = 0x02;

/// The hash of a node, of a value or of a whole trie: 32 bytes of BLAKE2b-256.
///
/// It encodes as its 32 bytes and is shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "scale", derive(Encode, Decode))]
pub struct Digest(pub [u8; 32]);

/// The root of the trie that holds nothing: 32 zero bytes, which are the hash of no node.
pub const EMPTY_ROOT: Digest = Digest([0; 32]);

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Digest> for [u8; 32] {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The parameters of the one hash function that the trie uses.
pub(crate) fn hash_parameters() -> Params {
    let mut parameters = Params::new();
    parameters.hash_length(DIGEST_BYTES);
    parameters
}

/// What the hash function's crate returns, as our type.
pub(crate) fn digest_from(hash: &blake2b_simd::Hash) -> Digest {
    // The parameters ask for 32 bytes, so the conversion does not fail.
    Digest(hash.as_bytes().try_into().unwrap_or_default())
}

fn finish(state: &State) -> Digest {
    digest_from(&state.finalize())
}

/// The hash of a value: BLAKE2b-256 of `0x02 || value`.
pub fn value_hash(value: &[u8]) -> Digest {
    let mut state = hash_parameters().to_state();
    finish(state.update(&[VALUE_KIND]).update(value))
}

/// The hash of a leaf: BLAKE2b-256 of `0x00 || value hash || key`. The key comes last because
/// only its length varies, so that no length has to be hashed.
pub(crate) fn leaf_hash(key: &[u8], value: &Digest) -> Digest {
    let mut state = hash_parameters().to_state();
    finish(state.update(&[LEAF_KIND]).update(&value.0).update(key))
}

/// The hash of an internal node: BLAKE2b-256 of `0x01 || bit (u16, big-endian) || left || right`,
/// 67 bytes and so a single compression.
pub(crate) fn internal_hash(bit: u16, left: &Digest, right: &Digest) -> Digest {
    digest_from(&hash_parameters().hash(&internal_preimage(bit, left, right)))
}

/// What is hashed for an internal node.
pub(crate) fn internal_preimage(
    bit: u16,
    left: &Digest,
    right: &Digest,
) -> [u8; INTERNAL_PREIMAGE_BYTES] {
    let mut bytes = [INTERNAL_KIND; INTERNAL_PREIMAGE_BYTES];
    let (_, rest) = bytes.split_at_mut(1);
    let (bit_place, rest) = rest.split_at_mut(2);
    let (left_place, right_place) = rest.split_at_mut(DIGEST_BYTES);
    bit_place.copy_from_slice(&bit.to_be_bytes());
    left_place.copy_from_slice(&left.0);
    right_place.copy_from_slice(&right.0);
    bytes
}
