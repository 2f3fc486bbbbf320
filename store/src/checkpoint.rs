//! Checkpoints: what the ledger knows at one place of the log, so that opening need not read the
//! log from its beginning.
//!
//! The file is written beside the old one and then takes its name, so there is always a whole one.
//! What an interrupted attempt has left there is deleted before, and nothing else.
//! A segment file is deleted only when a checkpoint that does without it is durable.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::bytes::{Put, Take, in_memory};
use crate::checksum::{IDENTITY_BYTES, plain};
use crate::directory::{CHECKPOINT_NAME, Entry, NEW_CHECKPOINT_NAME, check_file, remove_if_there};
use crate::error::StoreError;
use crate::frame::SweepState;
use crate::medium::{Medium, MediumFile, Mode};
use crate::segment::FORMAT_VERSION;

/// What a checkpoint begins with.
pub(crate) const CHECKPOINT_MAGIC: [u8; 8] = *b"LKSCHECK";
/// The longest checkpoint that is read, in bytes: far more than any that is written.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 30;

/// A segment at a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEntry {
    /// How long the file is.
    pub(crate) bytes: u64,
    /// How many of its bytes are needed.
    pub(crate) live: u64,
}

/// See the module's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    pub(crate) identity: [u8; IDENTITY_BYTES],
    /// Where the log ended.
    pub(crate) end: Address,
    pub(crate) sequence: u64,
    pub(crate) last_frame: (Address, u64),
    pub(crate) sweep: Option<SweepState>,
    /// The places of the frames of each version that is kept, oldest first.
    pub(crate) versions: Vec<Vec<Address>>,
    pub(crate) segments: BTreeMap<u32, SegmentEntry>,
}

impl Checkpoint {
    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut buffer = CHECKPOINT_MAGIC.to_vec();
        buffer.put_u32(FORMAT_VERSION);
        buffer.put_u32(0);
        buffer.extend_from_slice(&self.identity);
        buffer.put_u64(self.end.number());
        buffer.put_u64(self.sequence);
        buffer.put_u64(self.last_frame.0.number());
        buffer.put_u64(self.last_frame.1);
        let cursor = self.sweep.as_ref().map(|sweep| sweep.cursor.as_slice());
        let cursor = cursor.unwrap_or_default();
        buffer.put_u64(self.sweep.as_ref().map_or(0, |sweep| sweep.floor.number()));
        buffer.put_u32(count(cursor.len()));
        buffer.extend_from_slice(cursor);
        buffer.put_u32(count(self.versions.len()));
        for frames in &self.versions {
            buffer.put_u32(count(frames.len()));
            for place in frames {
                buffer.put_u64(place.number());
            }
        }
        buffer.put_u32(count(self.segments.len()));
        for (index, segment) in &self.segments {
            buffer.put_u32(*index);
            buffer.put_u64(segment.bytes);
            buffer.put_u64(segment.live);
        }
        let checksum = plain(&buffer);
        buffer.put_u64(checksum);
        buffer
    }

    /// Reads the bytes of the file at `path`.
    fn from_bytes(bytes: &[u8], path: &Path) -> Result<Checkpoint, StoreError> {
        let damaged = |what: &str| StoreError::Damaged {
            path: path.to_path_buf(),
            offset: 0,
            what: what.to_string(),
        };
        let mut take = Take(bytes);
        if take.array() != Some(CHECKPOINT_MAGIC) {
            return Err(damaged("it does not begin like a checkpoint"));
        }
        let version = take.u32().unwrap_or_default();
        if version != FORMAT_VERSION {
            return Err(StoreError::UnknownFormat {
                path: path.to_path_buf(),
                found: version,
                known: FORMAT_VERSION,
            });
        }
        let split = bytes.len().checked_sub(8);
        let (content, checksum) = split
            .and_then(|split| bytes.split_at_checked(split))
            .ok_or_else(|| damaged("it is cut off"))?;
        if Take(checksum).u64() != Some(plain(content)) {
            return Err(damaged("its checksum does not match"));
        }
        content
            .get(16..)
            .and_then(Checkpoint::from_content)
            .ok_or_else(|| damaged("it is malformed"))
    }

    /// Reads what stands behind magic and version.
    fn from_content(content: &[u8]) -> Option<Checkpoint> {
        let mut take = Take(content);
        let identity = take.array()?;
        let (end, sequence) = (Address::from_number(take.u64()?), take.u64()?);
        let last_frame = (Address::from_number(take.u64()?), take.u64()?);
        let floor = take.u64()?;
        let cursor_bytes = in_memory(u64::from(take.u32()?));
        let cursor = take.slice(cursor_bytes)?.to_vec();
        let sweep = (floor != 0).then(|| SweepState {
            floor: Address::from_number(floor),
            cursor,
        });
        let mut versions = Vec::new();
        for _ in 0..take.u32()? {
            let frames = (0..take.u32()?).map(|_| take.u64().map(Address::from_number));
            versions.push(frames.collect::<Option<Vec<_>>>()?);
        }
        let mut segments = BTreeMap::new();
        for _ in 0..take.u32()? {
            let index = take.u32()?;
            let (bytes, live) = (take.u64()?, take.u64()?);
            segments.insert(index, SegmentEntry { bytes, live });
        }
        take.end()?;
        Some(Checkpoint {
            identity,
            end,
            sequence,
            last_frame,
            sweep,
            versions,
            segments,
        })
    }

    /// Reads the checkpoint of a directory.
    pub(crate) fn read(medium: &dyn Medium, directory: &Path) -> Result<Checkpoint, StoreError> {
        let path = directory.join(CHECKPOINT_NAME);
        let file = medium
            .open(&path, Mode::Read)
            .map_err(StoreError::io("open", &path))?;
        let bytes = file.length().map_err(StoreError::io("measure", &path))?;
        if bytes > CHECKPOINT_BYTES_MAX {
            return Err(StoreError::Damaged {
                path,
                offset: CHECKPOINT_BYTES_MAX,
                what: "it is longer than any checkpoint".to_string(),
            });
        }
        let mut buffer = vec![0; in_memory(bytes)];
        let read = file
            .read_at(&mut buffer, 0)
            .map_err(StoreError::io("read", &path))?;
        buffer.truncate(read);
        Checkpoint::from_bytes(&buffer, &path)
    }
}

/// Whether a directory has a file that begins like a checkpoint, good or damaged.
pub(crate) fn has_checkpoint(medium: &dyn Medium, directory: &Path) -> bool {
    let path = directory.join(CHECKPOINT_NAME);
    let mut found = [0; CHECKPOINT_MAGIC.len()];
    matches!(medium.is_regular(&path), Ok(true))
        && medium
            .open(&path, Mode::Read)
            .and_then(|file| file.read_at(&mut found, 0))
            .is_ok()
        && found == CHECKPOINT_MAGIC
}

/// Writes a checkpoint's bytes in place of the one before, durably.
pub(crate) fn write_checkpoint(
    medium: &dyn Medium,
    directory: &Path,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let (path, new): (PathBuf, PathBuf) = (
        directory.join(CHECKPOINT_NAME),
        directory.join(NEW_CHECKPOINT_NAME),
    );
    check_file(medium, &new, Entry::NewCheckpoint)?;
    remove_if_there(medium, &new)?;
    let file: Arc<dyn MediumFile> = medium
        .open(&new, Mode::CreateNew)
        .map_err(StoreError::io("create", &new))?;
    file.write_at(bytes, 0)
        .map_err(StoreError::io("write", &new))?;
    file.sync().map_err(StoreError::sync(&new))?;
    medium
        .rename(&new, &path)
        .map_err(StoreError::io("rename", &new))?;
    medium
        .sync_directory(directory)
        .map_err(StoreError::sync(directory))
}
