//! Reading a bundle from bytes that may be anything.
//!
//! Every bundle has one encoding, and whatever else is refused with its place. Nothing is
//! allocated on the word of a count or length alone: each item takes bytes that must be there.

use lockstep_abi::{AccountId, Hash};
use lockstep_state_trie::{Digest, MultiProof, ProofError};

use super::encode::checksum;
use super::reader::Reader;
use super::{
    BUNDLE_FORMAT_VERSION, Bundle, BundleBlock, BundleError, BundleFault, CHECKSUM_BYTES, MAGIC,
};
use crate::block::BlockEnvironment;
use crate::receipt::Receipt;
use crate::transaction::SignedTransaction;

impl Bundle {
    /// Reads a bundle from bytes that hold it and nothing else. Whether what it claims is true is
    /// not looked at.
    ///
    /// # Errors
    /// [`BundleError`] with the place and the fault.
    pub fn from_bytes(bytes: &[u8]) -> Result<Bundle, BundleError> {
        let (content, stated) = split(bytes)?;
        let mut reader = Reader::new(content);
        reader.take(MAGIC.len())?;
        reader.take(BUNDLE_FORMAT_VERSION.to_le_bytes().len())?;
        let bundle = Bundle {
            protocol_version: reader.u32()?,
            schedule_hash: reader.array().map(Hash)?,
            state_root: reader.array().map(Digest)?,
            witness: witness(&mut reader)?,
            blocks: blocks(&mut reader)?,
        };
        let count = reader.rest().len();
        if count > 0 {
            return Err(reader.fault(BundleFault::TrailingBytes { count }));
        }
        let (stated, computed) = (Digest(stated), Digest(checksum(content)));
        if stated != computed {
            return Err(reader.fault(BundleFault::Checksum { stated, computed }));
        }
        Ok(bundle)
    }
}

/// Checks that this is a bundle of a version that can be read, and splits off the checksum.
fn split(bytes: &[u8]) -> Result<(&[u8], [u8; CHECKSUM_BYTES]), BundleError> {
    let mut reader = Reader::new(bytes);
    if !bytes.starts_with(&MAGIC) {
        return Err(reader.fault(BundleFault::Magic));
    }
    reader.take(MAGIC.len())?;
    let offset = reader.offset;
    let actual = reader.u32()?;
    if actual != BUNDLE_FORMAT_VERSION {
        let fault = BundleFault::FormatVersion { actual };
        return Err(BundleError { offset, fault });
    }
    let (content, checksum) = bytes.split_last_chunk().ok_or_else(|| {
        reader.fault(BundleFault::Truncated {
            needed: CHECKSUM_BYTES,
            left: reader.rest().len(),
        })
    })?;
    Ok((content, *checksum))
}

fn witness(reader: &mut Reader<'_>) -> Result<MultiProof, BundleError> {
    let (start, bytes) = reader.bytes()?;
    MultiProof::from_bytes(bytes).map_err(|error| match error {
        ProofError::Encoding { offset, fault } => BundleError {
            offset: start.saturating_add(offset),
            fault: BundleFault::Witness(fault),
        },
        // Decoding has no other error.
        _ => reader.fault(BundleFault::Length),
    })
}

fn blocks(reader: &mut Reader<'_>) -> Result<Vec<BundleBlock>, BundleError> {
    let at_count = reader.offset;
    let count = reader.length()?;
    if count == 0 {
        return Err(BundleError {
            offset: at_count,
            fault: BundleFault::NoBlocks,
        });
    }
    let mut blocks: Vec<BundleBlock> = Vec::new();
    for _ in 0..count {
        let offset = reader.offset;
        let environment = environment(reader)?;
        if let Some(last) = blocks.last()
            && let Some(fault) = misfit(&last.environment, &environment)
        {
            return Err(BundleError { offset, fault });
        }
        blocks.push(BundleBlock {
            environment,
            transactions: transactions(reader)?,
            state_root: reader.array().map(Digest)?,
        });
    }
    Ok(blocks)
}

/// Why a block cannot follow another.
fn misfit(before: &BlockEnvironment, block: &BlockEnvironment) -> Option<BundleFault> {
    let expected = before.height.saturating_add(1);
    if block.height != expected || before.height == expected {
        return Some(BundleFault::Height {
            expected,
            actual: block.height,
        });
    }
    (block.chain_id != before.chain_id).then_some(BundleFault::ChainId {
        expected: before.chain_id,
        actual: block.chain_id,
    })
}

fn environment(reader: &mut Reader<'_>) -> Result<BlockEnvironment, BundleError> {
    Ok(BlockEnvironment {
        chain_id: reader.u64()?,
        height: reader.u64()?,
        timestamp_ms: reader.u64()?,
        fee_collector: reader.array().map(AccountId)?,
        gas_limit: reader.u64()?,
    })
}

fn transactions(reader: &mut Reader<'_>) -> Result<Vec<(SignedTransaction, Receipt)>, BundleError> {
    let count = reader.length()?;
    let mut transactions = Vec::new();
    for _ in 0..count {
        let (offset, bytes) = reader.bytes()?;
        // How long a transaction may be is the protocol's business: too long a one is invalid.
        let transaction = SignedTransaction::from_bytes(bytes, u32::MAX)
            .map_err(|error| error.to_string())
            .and_then(|transaction| only_encoding(transaction, SignedTransaction::to_bytes, bytes))
            .map_err(|reason| BundleError {
                offset,
                fault: BundleFault::Transaction(reason),
            })?;
        let (offset, bytes) = reader.bytes()?;
        let receipt = Receipt::from_bytes(bytes)
            .map_err(|error| error.to_string())
            .and_then(|receipt| only_encoding(receipt, Receipt::to_bytes, bytes))
            .map_err(|reason| BundleError {
                offset,
                fault: BundleFault::Receipt(reason),
            })?;
        transactions.push((transaction, receipt));
    }
    Ok(transactions)
}

/// Refuses bytes that decode and are not what the value encodes to.
fn only_encoding<T>(value: T, encode: impl Fn(&T) -> Vec<u8>, bytes: &[u8]) -> Result<T, String> {
    if encode(&value) == bytes {
        return Ok(value);
    }
    Err("it is not in its only encoding".to_string())
}
