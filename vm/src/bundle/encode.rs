//! Writing a bundle.

use parity_scale_codec::{Compact, Encode};

use super::{BUNDLE_FORMAT_VERSION, Bundle, BundleBlock, MAGIC};
use crate::identity::blake2b;

impl Bundle {
    /// The bundle's encoding. [`Bundle::from_bytes`] reads it back if the blocks are as the field
    /// [`blocks`](Bundle::blocks) wants them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        BUNDLE_FORMAT_VERSION.encode_to(&mut out);
        self.protocol_version.encode_to(&mut out);
        out.extend_from_slice(&self.schedule_hash.0);
        out.extend_from_slice(&self.state_root.0);
        self.witness.to_bytes().encode_to(&mut out);
        write_length(self.blocks.len(), &mut out);
        for block in &self.blocks {
            write_block(block, &mut out);
        }
        let checksum = checksum(&out);
        out.extend_from_slice(&checksum);
        out
    }
}

/// The checksum of the bytes before it.
pub(super) fn checksum(bytes: &[u8]) -> [u8; 32] {
    blake2b(&[bytes])
}

fn write_block(block: &BundleBlock, out: &mut Vec<u8>) {
    block.environment.encode_to(out);
    write_length(block.transactions.len(), out);
    for (transaction, receipt) in &block.transactions {
        transaction.to_bytes().encode_to(out);
        receipt.to_bytes().encode_to(out);
    }
    out.extend_from_slice(&block.state_root.0);
}

/// A count. No list in memory has more than 32 bits count; none in a block has nearly as many.
fn write_length(length: usize, out: &mut Vec<u8>) {
    Compact(u32::try_from(length).unwrap_or(u32::MAX)).encode_to(out);
}
