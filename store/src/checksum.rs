//! The checksums: XXH3 with 64 bits, seeded with the store's identity and the place.
//!
//! They find decay, torn writes, and parts of another store or of another place. They are no
//! protection against somebody who writes into the files; but as the identity is random and does
//! not leave the files, nobody can make a contract store bytes that look like a frame.

use twox_hash::XxHash3_64;

use crate::address::Address;

/// Length of a store's identity.
pub(crate) const IDENTITY_BYTES: usize = 16;

/// Computes the checksums of one store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seal {
    seed: u64,
}

impl Seal {
    /// For the store with this identity.
    pub(crate) fn new(identity: &[u8; IDENTITY_BYTES]) -> Seal {
        Seal {
            seed: XxHash3_64::oneshot(identity),
        }
    }

    /// The checksum of bytes at a place.
    pub(crate) fn of(&self, place: Address, bytes: &[u8]) -> u64 {
        XxHash3_64::oneshot_with_seed(self.seed ^ place.number().rotate_left(20), bytes)
    }

    /// The checksum in front of a node: the lower half of [`Seal::of`].
    pub(crate) fn short(&self, place: Address, bytes: &[u8]) -> u32 {
        u32::try_from(self.of(place, bytes) & 0xffff_ffff).unwrap_or_default()
    }
}

/// The checksum of what stands before the identity is known.
pub(crate) fn plain(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}
