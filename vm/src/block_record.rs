//! What a block leaves in the store beside the state: the store keeps it with the block's root,
//! in the same step, and no digest of the state depends on it.

use lockstep_state_trie::Digest;
use parity_scale_codec::{Decode, DecodeAll, Encode, Error};

use crate::block::BlockEnvironment;
use crate::receipt::Receipt;

/// The first byte of an encoded record.
const RECORD_VERSION: u8 = 1;

/// A committed block, without its transactions and without the state.
///
/// Stored by [`to_bytes`](BlockRecord::to_bytes) as the byte 1 and the fields in order: environment,
/// receipts (a compact count, each as [`Receipt`]), receipts root (32 bytes). The derived encoding
/// has the fields without that byte.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlockRecord {
    /// What the block was built with.
    pub environment: BlockEnvironment,
    /// One receipt per transaction, in order.
    pub receipts: Vec<Receipt>,
    /// See [`receipts_root`](crate::receipts_root).
    pub receipts_root: Digest,
}

impl BlockRecord {
    /// The bytes that the store keeps: [`lockstep_state_trie::NodeChanges::record`].
    pub fn to_bytes(&self) -> Vec<u8> {
        (RECORD_VERSION, self).encode()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the bytes are not exactly one record of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<BlockRecord, Error> {
        let (version, record) = <(u8, BlockRecord)>::decode_all(&mut &*bytes)?;
        if version == RECORD_VERSION {
            Ok(record)
        } else {
            Err("the record of a block is of another version".into())
        }
    }
}
