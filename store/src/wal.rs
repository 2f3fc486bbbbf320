//! The write-ahead log: what the commit under way changes, before its frame is written.
//!
//! The changes of a batch are far less than the nodes that come of them, and they are known before the
//! root is. So they become durable while the root is computed, and the commit is acknowledged when
//! both is done (`ahead.rs`). The frame with the nodes follows (`store.rs`). If the process or the machine
//! stops before that is durable, opening finds the changes here and makes them again (`replay.rs`): the
//! nodes follow from them.
//!
//! The file has room for one entry, which each commit writes over the one before. It is never needed
//! any longer then: the frame of one commit is durable before the entry of the next is written. An entry
//! counts only if it is whole and made for the place at which the log ends. As every frame moves that
//! end, it is the entry of a commit whose frame is missing, and never an older one. One for a place behind
//! the end shows that the log has lost frames, because all before its place was durable when it was
//! written. Behind the entry stands the root that it leads to, once that is known; nobody waits until that
//! is durable. If somebody has claimed which root it has to be, the entry says so. `docs/store.md` has the
//! bytes.

mod found;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_state_trie::{ComingBatch, Digest};

use crate::address::Address;
use crate::bytes::{Put, length};
use crate::checksum::{IDENTITY_BYTES, Seal};
use crate::directory::{WAL_NAME, remove_if_there};
use crate::error::StoreError;
use crate::medium::{Medium, MediumFile, Mode};
pub(crate) use found::{Found, read};

/// What the file begins with.
pub(crate) const WAL_MAGIC: [u8; 8] = *b"LKSAHEAD";
/// The version of the format of an entry.
const WAL_FORMAT_VERSION: u32 = 4;
/// Length of what stands before the record, in bytes.
const HEADER_BYTES: usize = 144;
/// The most that record and changes of an entry take, in bytes; a larger batch is written as a frame at
/// once.
pub(crate) const ENTRY_BYTES_MAX: u64 = 1 << 20;
/// Length of the checksum behind an entry, in bytes.
const CHECKSUM_BYTES: u64 = 8;
/// Length of a root with its checksum, in bytes.
const ROOT_BYTES: usize = 40;
/// Where the root may begin, in bytes: in no sector of the entry, which is needed while it is written.
const ROOT_ALIGNMENT: u64 = 4096;
/// The length of a value that says that the key is removed.
const REMOVED: u32 = u32::MAX;

/// What a commit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WalEntry {
    /// The version that the commit makes, the oldest that is kept then, and the root before.
    pub(crate) version: u64,
    pub(crate) first_kept: u64,
    pub(crate) before: Digest,
    /// The root that the commit has to lead to; if it leads to another, it was never made.
    pub(crate) claimed: Option<Digest>,
    /// The root after, if it is there.
    pub(crate) after: Option<Digest>,
    pub(crate) record: Vec<u8>,
    /// The keys that are set, with their values, and those that are removed.
    pub(crate) changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// How long the file is.
    pub(crate) file_bytes: u64,
}

/// The file, open for writing.
#[derive(Debug)]
pub(crate) struct Wal {
    path: PathBuf,
    file: Arc<dyn MediumFile>,
    /// How long the file is.
    file_bytes: u64,
    /// The last entry. Its length says where the root comes and where the checksum stands.
    buffer: Vec<u8>,
    /// Whether that is no longer whole.
    is_spoiled: bool,
}

impl Wal {
    /// Opens the file, and makes it if it is not there. Its name is durable afterwards. An empty one is made
    /// anew: whoever has made it may have failed to make its name durable.
    pub(crate) fn open(medium: &dyn Medium, directory: &Path) -> Result<Wal, StoreError> {
        let path = directory.join(WAL_NAME);
        let there = match medium.open(&path, Mode::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            other => Some(other.map_err(StoreError::io("open", &path))?),
        };
        if let Some(file) = there {
            let file_bytes = file.length().map_err(StoreError::io("measure", &path))?;
            if file_bytes > 0 {
                return Ok(Wal::new(path, file, file_bytes));
            }
        }
        remove_if_there(medium, &path)?;
        let file = medium
            .open(&path, Mode::CreateNew)
            .map_err(StoreError::io("create", &path))?;
        if let Err(error) = medium.sync_directory(directory) {
            // To sync again would not make up for it. If it stays, whoever opens it next makes it anew.
            let _ = medium.remove(&path);
            return Err(StoreError::sync(directory)(error));
        }
        Ok(Wal::new(path, file, 0))
    }

    fn new(path: PathBuf, file: Arc<dyn MediumFile>, file_bytes: u64) -> Wal {
        Wal {
            path,
            file,
            file_bytes,
            buffer: Vec::new(),
            is_spoiled: false,
        }
    }

    /// Takes the entry of a batch whose frame will lie at `place`, to be written. `versions` are the one
    /// that it makes and the oldest that is kept then.
    pub(crate) fn fill(
        &mut self,
        batch: &ComingBatch<'_>,
        versions: (u64, u64),
        identity: &[u8; IDENTITY_BYTES],
        place: Address,
        seal: Seal,
    ) {
        self.buffer.clear();
        self.is_spoiled = false;
        put_entry(&mut self.buffer, batch, versions, identity, place, seal);
    }

    /// Writes the entry, and returns when it is durable.
    pub(crate) fn write(&mut self) -> Result<(), StoreError> {
        let entry_bytes = length(&self.buffer);
        let needed = root_offset(entry_bytes) + length(&[0; ROOT_BYTES]);
        let room = needed.next_power_of_two();
        // If it cannot be made longer, the write says why.
        if needed > self.file_bytes && self.file.set_length(room).is_ok() {
            self.file_bytes = room;
        }
        self.file
            .write_at(&self.buffer, 0)
            .map_err(StoreError::io("write", &self.path))?;
        self.file.sync().map_err(StoreError::sync(&self.path))?;
        self.file_bytes = self.file_bytes.max(entry_bytes);
        Ok(())
    }

    /// Writes the root that the entry leads to behind it, and does not wait until that is durable: it
    /// follows from the entry, and is there to be compared.
    pub(crate) fn write_root(&self, root: &Digest, place: Address, seal: Seal) {
        let mut bytes = Vec::with_capacity(ROOT_BYTES);
        bytes.put_digest(root);
        bytes.put_u64(root_checksum(root, &self.buffer, place, seal));
        // Without it nothing is compared.
        let _ = self
            .file
            .write_at(&bytes, root_offset(length(&self.buffer)));
    }

    /// Makes the entry one that is not whole, and returns when that is durable. Its place stays, by which
    /// the loss of frames is noticed.
    pub(crate) fn spoil(&mut self) -> Result<(), StoreError> {
        self.is_spoiled = true;
        let no_checksum = [0; 8];
        let at = length(&self.buffer).saturating_sub(length(&no_checksum));
        self.file
            .write_at(&no_checksum, at)
            .map_err(StoreError::io("write", &self.path))?;
        self.file.sync().map_err(StoreError::sync(&self.path))
    }

    /// The file, if all that it has is an entry that was spoiled.
    pub(crate) fn spoiled_path(&self) -> Option<&Path> {
        self.is_spoiled.then_some(&self.path)
    }
}

/// Where the root stands behind an entry of so many bytes.
fn root_offset(entry_bytes: u64) -> u64 {
    entry_bytes
        .div_ceil(ROOT_ALIGNMENT)
        .saturating_mul(ROOT_ALIGNMENT)
}

/// The checksum of the root behind an entry, with that of the entry itself in it: the root of another
/// entry does not pass.
fn root_checksum(root: &Digest, entry: &[u8], place: Address, seal: Seal) -> u64 {
    let (_, entry_checksum) = entry.split_last_chunk::<8>().unwrap_or((&[], &[0; 8]));
    let sealed = [&root.0[..], entry_checksum].concat();
    seal.of(place, &sealed)
}

/// How many bytes record and changes of a batch take in an entry.
pub(crate) fn entry_bytes(batch: &ComingBatch<'_>) -> u64 {
    let changes = batch.changes.iter();
    let changes = changes.map(|(key, value)| 8 + length(key) + length(value.unwrap_or_default()));
    changes.sum::<u64>() + length(batch.record)
}

fn put_entry(
    buffer: &mut Vec<u8>,
    batch: &ComingBatch<'_>,
    (version, first_kept): (u64, u64),
    identity: &[u8; IDENTITY_BYTES],
    place: Address,
    seal: Seal,
) {
    let total_bytes = length(&[0; HEADER_BYTES]) + entry_bytes(batch) + CHECKSUM_BYTES;
    buffer.extend_from_slice(&WAL_MAGIC);
    buffer.put_u32(WAL_FORMAT_VERSION);
    buffer.put_u32(u32::from(batch.claimed.is_some()));
    buffer.extend_from_slice(identity);
    buffer.put_u64(place.number());
    buffer.put_u64(total_bytes);
    buffer.put_u64(version);
    buffer.put_u64(first_kept);
    buffer.put_digest(&batch.before);
    buffer.put_digest(&batch.claimed.unwrap_or(Digest([0; 32])));
    buffer.put_u64(length(batch.record));
    buffer.put_u64(u64::try_from(batch.changes.len()).unwrap_or(u64::MAX));
    buffer.extend_from_slice(batch.record);
    let short = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    for (key, value) in batch.changes {
        buffer.put_u32(short(key));
        buffer.put_u32(value.map_or(REMOVED, short));
        buffer.extend_from_slice(key);
        buffer.extend_from_slice(value.unwrap_or_default());
    }
    let checksum = seal.of(place, buffer);
    buffer.put_u64(checksum);
}

#[cfg(test)]
mod tests;
