//! Writing a bundle.

use parity_scale_codec::{Compact, Encode};
use thiserror::Error;

use super::{BUNDLE_FORMAT_VERSION, Bundle, BundleBlock, MAGIC};
use crate::identity::blake2b;

/// A bundle with more in it than its format can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the bundle's {what} comes to {actual}, and its format counts to {limit}: put fewer blocks into one bundle"
)]
pub struct BundleTooLarge {
    /// What is counted.
    pub what: &'static str,
    /// The most that there may be of it.
    pub limit: u32,
    /// How much there is.
    pub actual: usize,
}

impl Bundle {
    /// The bundle's encoding. [`Bundle::from_bytes`] reads it back if the blocks are as the field
    /// [`blocks`](Bundle::blocks) wants them.
    ///
    /// # Errors
    /// [`BundleTooLarge`] when a count or length is over 32 bits, such as that of a witness of 4 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleTooLarge> {
        let mut out = MAGIC.to_vec();
        BUNDLE_FORMAT_VERSION.encode_to(&mut out);
        self.protocol_version.encode_to(&mut out);
        out.extend_from_slice(&self.schedule_hash.0);
        out.extend_from_slice(&self.state_root.0);
        write_bytes("witness in bytes", &self.witness.to_bytes(), &mut out)?;
        write_length("number of blocks", self.blocks.len(), &mut out)?;
        for block in &self.blocks {
            write_block(block, &mut out)?;
        }
        let checksum = checksum(&out);
        out.extend_from_slice(&checksum);
        Ok(out)
    }
}

/// The checksum of the bytes before it.
pub(super) fn checksum(bytes: &[u8]) -> [u8; 32] {
    blake2b(&[bytes])
}

fn write_block(block: &BundleBlock, out: &mut Vec<u8>) -> Result<(), BundleTooLarge> {
    block.environment.encode_to(out);
    let count = block.transactions.len();
    write_length("number of transactions in a block", count, out)?;
    for (transaction, receipt) in &block.transactions {
        write_bytes("transaction in bytes", &transaction.to_bytes(), out)?;
        write_bytes("receipt in bytes", &receipt.to_bytes(), out)?;
    }
    out.extend_from_slice(&block.state_root.0);
    Ok(())
}

/// Writes bytes with their length in front.
fn write_bytes(what: &'static str, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), BundleTooLarge> {
    write_length(what, bytes.len(), out)?;
    out.extend_from_slice(bytes);
    Ok(())
}

/// Writes a count or a length.
fn write_length(
    what: &'static str,
    actual: usize,
    out: &mut Vec<u8>,
) -> Result<(), BundleTooLarge> {
    let length = u32::try_from(actual).map_err(|_| BundleTooLarge {
        what,
        limit: u32::MAX,
        actual,
    })?;
    Compact(length).encode_to(out);
    Ok(())
}

#[cfg(test)]
mod tests {
    use parity_scale_codec::{Compact, Encode};

    use super::{BundleTooLarge, write_length};

    #[test]
    fn a_length_over_32_bits_is_an_error() {
        let mut out = Vec::new();
        let most = u32::MAX as usize;
        assert_eq!(write_length("witness in bytes", most, &mut out), Ok(()));
        assert_eq!(out, Compact(u32::MAX).encode());

        let too_large = write_length("witness in bytes", most + 1, &mut out).unwrap_err();
        let expected = BundleTooLarge {
            what: "witness in bytes",
            limit: u32::MAX,
            actual: 1 << 32,
        };
        assert_eq!(too_large, expected);
        assert_eq!(
            too_large.to_string(),
            "the bundle's witness in bytes comes to 4294967296, and its format counts to \
             4294967295: put fewer blocks into one bundle"
        );
        assert_eq!(out, Compact(u32::MAX).encode(), "nothing is written");
    }
}
