//! The 32-byte digest and the three hashes that the trie is made of.
//!
//! Every preimage starts with one byte that names its kind, so that no leaf can be passed off as
//! an internal node, nor a value as a leaf. The function is BLAKE2b with 32 bytes of output, no
//! key, salt or personalisation. The bytes are fixed for ever: a change here is a new protocol.

use core::fmt;

use blake2::{Blake2b256, Digest as _};
use parity_scale_codec::{Decode, Encode};

/// First byte of a leaf's preimage.
const LEAF_KIND: u8 = 0x00;
/// First byte of an internal node's preimage.
const INTERNAL_KIND: u8 = 0x01;
/// First byte of a value's preimage.
const VALUE_KIND: u8 = 0x02;

/// The hash of a node, of a value or of a whole trie: 32 bytes of BLAKE2b-256.
///
/// It encodes as its 32 bytes and is shown as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
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

/// The hash of a value: BLAKE2b-256 of `0x02 || value`. Values are stored under it.
pub fn value_hash(value: &[u8]) -> Digest {
    let hasher = Blake2b256::new().chain_update([VALUE_KIND]);
    Digest(hasher.chain_update(value).finalize().into())
}

/// The hash of a leaf: BLAKE2b-256 of `0x00 || value hash || key`. The key comes last because
/// only its length varies, so that no length has to be hashed.
pub(crate) fn leaf_hash(key: &[u8], value: &Digest) -> Digest {
    let hasher = Blake2b256::new().chain_update([LEAF_KIND]);
    Digest(
        hasher
            .chain_update(value)
            .chain_update(key)
            .finalize()
            .into(),
    )
}

/// The hash of an internal node: BLAKE2b-256 of `0x01 || bit (u16, big-endian) || left || right`,
/// 67 bytes and so a single compression.
pub(crate) fn internal_hash(bit: u16, left: &Digest, right: &Digest) -> Digest {
    let hasher = Blake2b256::new()
        .chain_update([INTERNAL_KIND])
        .chain_update(bit.to_be_bytes());
    Digest(
        hasher
            .chain_update(left)
            .chain_update(right)
            .finalize()
            .into(),
    )
}
