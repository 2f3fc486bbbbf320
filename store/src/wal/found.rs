//! Reading the write-ahead log: what it has for the log that was found.

use std::io;
use std::path::Path;

use lockstep_state_trie::Digest;

use super::{
    CHECKSUM_BYTES, ENTRY_BYTES_MAX, HEADER_BYTES, REMOVED, ROOT_BYTES, WAL_FORMAT_VERSION,
    WAL_MAGIC, WalEntry, root_checksum, root_offset,
};
use crate::address::Address;
use crate::bytes::{Take, in_memory, length};
use crate::checksum::{IDENTITY_BYTES, Seal};
use crate::directory::{WAL_NAME, segment_path};
use crate::error::StoreError;
use crate::medium::{Medium, Mode};

/// What stands in the file for the place at which the log ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing: the last commit has its frame.
    Nothing,
    /// The entry of a commit whose frame is missing.
    Whole(WalEntry),
    /// An entry that was never whole, or was taken back: of a commit that was not acknowledged.
    Torn {
        /// How long the file is.
        bytes: u64,
    },
}

/// What the file of a directory has for the log that ends at `end`.
pub(crate) fn read(
    medium: &dyn Medium,
    directory: &Path,
    identity: &[u8; IDENTITY_BYTES],
    end: Address,
    seal: Seal,
) -> Result<Found, StoreError> {
    let path = directory.join(WAL_NAME);
    let file = match medium.open(&path, Mode::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        other => other.map_err(StoreError::io("open", &path))?,
    };
    let read = |bytes: &mut [u8], offset| {
        file.read_at(bytes, offset)
            .map_err(StoreError::io("read", &path))
    };
    let file_bytes = file.length().map_err(StoreError::io("measure", &path))?;
    let mut header = [0; HEADER_BYTES];
    if read(&mut header, 0)? < HEADER_BYTES {
        return Ok(Found::Nothing);
    }
    let Some(total_bytes) = total_bytes(&header, identity, end, directory)? else {
        return Ok(Found::Nothing);
    };
    let torn = Found::Torn { bytes: file_bytes };
    // None is written that is longer.
    let bytes_max = ENTRY_BYTES_MAX + length(&header) + CHECKSUM_BYTES;
    if total_bytes > file_bytes.min(bytes_max) {
        return Ok(torn);
    }
    let mut bytes = vec![0; in_memory(total_bytes)];
    read(&mut bytes, 0)?;
    let Some(mut entry) = take_entry(&bytes, end, seal) else {
        return Ok(torn);
    };
    entry.file_bytes = file_bytes;
    let mut root = [0; ROOT_BYTES];
    read(&mut root, root_offset(total_bytes))?;
    entry.after = take_root(&root, &bytes, end, seal);
    Ok(Found::Whole(entry))
}

/// The length that a header states, if it is one of an entry for the place where the log ends. Refuses
/// one that is for a place behind.
fn total_bytes(
    header: &[u8; HEADER_BYTES],
    identity: &[u8; IDENTITY_BYTES],
    end: Address,
    directory: &Path,
) -> Result<Option<u64>, StoreError> {
    let mut take = Take(header);
    if take.array() != Some(WAL_MAGIC) {
        return Ok(None);
    }
    let version = take.u32().unwrap_or_default();
    take.u32();
    if take.array() != Some(*identity) {
        return Ok(None);
    }
    let place = Address::from_number(take.u64().unwrap_or_default());
    if place < end {
        return Ok(None);
    }
    if version != WAL_FORMAT_VERSION {
        return Err(StoreError::UnknownFormat {
            path: directory.join(WAL_NAME),
            found: version,
            known: WAL_FORMAT_VERSION,
        });
    }
    if place > end {
        return Err(StoreError::Damaged {
            path: segment_path(directory, end.segment()),
            offset: end.offset(),
            what: format!(
                "the log ends there, but frames are missing: {WAL_NAME} goes on at byte {} of \
                 segment {}",
                place.offset(),
                place.segment()
            ),
        });
    }
    Ok(take.u64())
}

/// The entry that some bytes are, without the root behind it; `None` if they are none.
fn take_entry(bytes: &[u8], end: Address, seal: Seal) -> Option<WalEntry> {
    let (content, checksum) = bytes.split_last_chunk()?;
    if u64::from_le_bytes(*checksum) != seal.of(end, content) {
        return None;
    }
    let mut take = Take(content);
    take.slice(WAL_MAGIC.len() + 4)?;
    let is_claimed = take.u32()?;
    take.slice(IDENTITY_BYTES + 16)?;
    let (version, first_kept) = (take.u64()?, take.u64()?);
    let (before, claimed) = (take.digest()?, take.digest()?);
    let claimed = match is_claimed {
        0 => None,
        1 => Some(claimed),
        _ => return None,
    };
    let (record_bytes, count) = (take.u64()?, take.u64()?);
    let record = take.slice(in_memory(record_bytes))?.to_vec();
    let changes = (0..count).map(|_| {
        let (key_bytes, value_bytes) = (take.u32()?, take.u32()?);
        let key = take.slice(in_memory(key_bytes.into()))?.to_vec();
        let value = match value_bytes {
            REMOVED => None,
            bytes => Some(take.slice(in_memory(bytes.into()))?.to_vec()),
        };
        Some((key, value))
    });
    let changes = changes.collect::<Option<Vec<_>>>()?;
    take.end()?;
    Some(WalEntry {
        version,
        first_kept,
        before,
        claimed,
        after: None,
        record,
        changes,
        file_bytes: 0,
    })
}

/// The root behind an entry for the place where the log ends; `None` if it was not written.
fn take_root(bytes: &[u8], entry: &[u8], end: Address, seal: Seal) -> Option<Digest> {
    let mut take = Take(bytes);
    let (root, checksum) = (take.digest()?, take.u64()?);
    (checksum == root_checksum(&root, entry, end, seal)).then_some(root)
}
