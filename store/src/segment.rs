//! Segment files: the log in pieces, so that what is not needed any more can be deleted.
//!
//! A segment begins with 64 bytes: magic (8), format version (u32), zero (u32), the store's
//! identity (16), the segment's index (u64), zeros, and a checksum (u64). Then come frames. A
//! frame never goes over into the next segment. Behind the last frame of the last segment there may
//! be zeros.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bytes::{Put, Take, in_memory, length};
use crate::checksum::{IDENTITY_BYTES, plain};
use crate::directory::segment_path;
use crate::error::StoreError;
use crate::medium::{Medium, MediumFile, Mode};

/// What a segment file begins with.
const SEGMENT_MAGIC: [u8; 8] = *b"LKSSTLOG";
/// The version of all formats of this crate.
pub(crate) const FORMAT_VERSION: u32 = 2;
/// Length of a segment's header in bytes, and where its first frame begins.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 64;
/// How many bytes a file is made longer at a time.
const AHEAD_BYTES: u64 = 16 << 20;

/// A segment that is open.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<dyn MediumFile>,
    /// How long the file is as far as it is valid.
    pub(crate) bytes: u64,
    /// How long the file is: behind what is valid there may be zeros, for what comes next.
    pub(crate) file_bytes: u64,
}

fn header(identity: &[u8; IDENTITY_BYTES], index: u32) -> Vec<u8> {
    let mut buffer = SEGMENT_MAGIC.to_vec();
    buffer.put_u32(FORMAT_VERSION);
    buffer.put_u32(0);
    buffer.extend_from_slice(identity);
    buffer.put_u64(u64::from(index));
    buffer.resize(in_memory(SEGMENT_HEADER_BYTES - 8), 0);
    let checksum = plain(&buffer);
    buffer.put_u64(checksum);
    buffer
}

impl Segment {
    /// Makes the file of a segment, durably. If that fails, the file is taken away again, if possible.
    pub(crate) fn create(
        medium: &dyn Medium,
        directory: &Path,
        identity: &[u8; IDENTITY_BYTES],
        index: u32,
    ) -> Result<Segment, StoreError> {
        let path = segment_path(directory, index);
        let file = medium
            .open(&path, Mode::CreateNew)
            .map_err(StoreError::io("create", &path))?;
        let segment = Segment {
            path,
            file,
            bytes: SEGMENT_HEADER_BYTES,
            file_bytes: SEGMENT_HEADER_BYTES,
        };
        let made = segment.put_header(identity, index).and_then(|()| {
            let synced = medium.sync_directory(directory);
            synced.map_err(StoreError::sync(directory))
        });
        if made.is_err() {
            // To sync again would not make up for it. If the file stays, whoever opens the store next takes
            // it away.
            let _ = medium.remove(&segment.path);
        }
        made.map(|()| segment)
    }

    /// Writes the header and returns when it is durable.
    fn put_header(&self, identity: &[u8; IDENTITY_BYTES], index: u32) -> Result<(), StoreError> {
        self.file
            .write_at(&header(identity, index), 0)
            .map_err(StoreError::io("write", &self.path))?;
        self.file.sync().map_err(StoreError::sync(&self.path))
    }

    /// Writes a frame behind what is valid and returns when it is durable. See
    /// [`Segment::make_room`].
    pub(crate) fn append(&mut self, frame: &[u8], file_bytes_max: u64) -> Result<(), StoreError> {
        let (start, end) = self.make_room(length(frame), file_bytes_max);
        self.file
            .write_at(frame, start)
            .map_err(StoreError::io("write", &self.path))?;
        self.file_bytes = self.file_bytes.max(end);
        self.file.sync().map_err(StoreError::sync(&self.path))?;
        self.bytes = end;
        Ok(())
    }

    /// Takes a frame of so many bytes for written that a thread will write.
    pub(crate) fn append_later(&mut self, frame_bytes: u64, file_bytes_max: u64) {
        let (_, end) = self.make_room(frame_bytes, file_bytes_max);
        self.file_bytes = self.file_bytes.max(end);
        self.bytes = end;
    }

    /// Where a frame of so many bytes begins and ends behind what is valid. The file may be made
    /// longer in advance, up to `file_bytes_max`: to sync what lies within a file takes a fifth of
    /// the time of what makes it longer.
    fn make_room(&mut self, frame_bytes: u64, file_bytes_max: u64) -> (u64, u64) {
        let end = self.bytes.saturating_add(frame_bytes);
        let ahead = end.saturating_add(AHEAD_BYTES).min(file_bytes_max);
        // If it cannot be made longer, the write says why.
        if end > self.file_bytes && ahead > end && self.file.set_length(ahead).is_ok() {
            self.file_bytes = ahead;
        }
        (self.bytes, end)
    }

    /// Cuts off what is behind what is valid.
    pub(crate) fn cut_off(&mut self) -> Result<(), StoreError> {
        if self.file_bytes <= self.bytes {
            return Ok(());
        }
        self.file
            .set_length(self.bytes)
            .map_err(StoreError::io("cut off", &self.path))?;
        self.file_bytes = self.bytes;
        Ok(())
    }

    /// Cuts off what is behind what is valid, durably, because another segment follows. That is done also if
    /// there is nothing: a process may have cut off an unfinished frame, and ended or failed to sync that.
    /// To sync again would not make up for it.
    pub(crate) fn close(&mut self) -> Result<(), StoreError> {
        if self.file_bytes == self.bytes {
            self.file_bytes += 1;
            self.file
                .set_length(self.file_bytes)
                .map_err(StoreError::io("make longer", &self.path))?;
        }
        self.cut_off()?;
        self.file.sync().map_err(StoreError::sync(&self.path))
    }

    /// Opens the file of a segment of the store with this identity; `bytes` is its present length.
    pub(crate) fn open(
        medium: &dyn Medium,
        directory: &Path,
        identity: &[u8; IDENTITY_BYTES],
        index: u32,
        mode: Mode,
    ) -> Result<Segment, StoreError> {
        let path = segment_path(directory, index);
        let file = medium
            .open(&path, mode)
            .map_err(StoreError::io("open", &path))?;
        let mut found = [0; 64];
        let read = file
            .read_at(&mut found, 0)
            .map_err(StoreError::io("read", &path))?;
        check_header(
            found.get(..read).unwrap_or_default(),
            identity,
            index,
            &path,
        )?;
        let bytes = file.length().map_err(StoreError::io("measure", &path))?;
        Ok(Segment {
            path,
            file,
            bytes,
            file_bytes: bytes,
        })
    }
}

/// Whether the file of a segment is what a crash leaves of one that is being made: it has not even
/// a whole header. Refuses a short file with other bytes.
pub(crate) fn is_unfinished(
    medium: &dyn Medium,
    directory: &Path,
    identity: &[u8; IDENTITY_BYTES],
    index: u32,
) -> Result<bool, StoreError> {
    let path = segment_path(directory, index);
    let (found, header) = (first_bytes(medium, &path)?, header(identity, index));
    if length(&found) > SEGMENT_HEADER_BYTES || found == header {
        return Ok(false);
    }
    match begins(&found, &header) {
        true => Ok(true),
        false => Err(foreign(directory, &path)),
    }
}

/// The same of a store's first segment, when the identity is not known; other bytes are no refusal.
pub(crate) fn is_unfinished_first(medium: &dyn Medium, path: &Path) -> Result<bool, StoreError> {
    let found = first_bytes(medium, path)?;
    let (magic, rest) = found.split_at(found.len().min(SEGMENT_MAGIC.len()));
    let is_short = length(&found) <= SEGMENT_HEADER_BYTES;
    let is_header = *magic == SEGMENT_MAGIC;
    let is_blank = rest.iter().all(|byte| *byte == 0);
    Ok(is_short && (is_header || is_blank && begins(magic, &SEGMENT_MAGIC)))
}

/// Refuses the file of a segment that nothing needs, unless it is really one of the store.
pub(crate) fn check_left_over(
    medium: &dyn Medium,
    directory: &Path,
    identity: &[u8; IDENTITY_BYTES],
    index: u32,
) -> Result<(), StoreError> {
    let path = segment_path(directory, index);
    let mut found = first_bytes(medium, &path)?;
    found.truncate(in_memory(SEGMENT_HEADER_BYTES));
    match found == header(identity, index) {
        true => Ok(()),
        false => Err(foreign(directory, &path)),
    }
}

fn foreign(directory: &Path, path: &Path) -> StoreError {
    let name = path.file_name().unwrap_or_default();
    StoreError::ForeignFile {
        directory: directory.to_path_buf(),
        name: name.to_string_lossy().into_owned(),
    }
}

/// Whether bytes are the first few of `whole` and then zeros.
fn begins(found: &[u8], whole: &[u8]) -> bool {
    let end = found.iter().rposition(|byte| *byte != 0);
    whole.starts_with(
        found
            .get(..end.map_or(0, |last| last + 1))
            .unwrap_or_default(),
    )
}

/// The bytes of a file up to the first one behind a segment's header.
fn first_bytes(medium: &dyn Medium, path: &Path) -> Result<Vec<u8>, StoreError> {
    let file = medium
        .open(path, Mode::Read)
        .map_err(StoreError::io("open", path))?;
    let mut found = vec![0; in_memory(SEGMENT_HEADER_BYTES + 1)];
    let read = file
        .read_at(&mut found, 0)
        .map_err(StoreError::io("read", path))?;
    found.truncate(read);
    Ok(found)
}

/// Checks a segment's header, and says what is wrong with it.
fn check_header(
    found: &[u8],
    identity: &[u8; IDENTITY_BYTES],
    index: u32,
    path: &Path,
) -> Result<(), StoreError> {
    let damaged = |offset, what: &str| StoreError::Damaged {
        path: path.to_path_buf(),
        offset,
        what: what.to_string(),
    };
    let mut take = Take(found);
    if take.array() != Some(SEGMENT_MAGIC) {
        return Err(damaged(0, "it does not begin like a segment of a log"));
    }
    let version = take.u32().unwrap_or_default();
    if version != FORMAT_VERSION {
        return Err(StoreError::UnknownFormat {
            path: path.to_path_buf(),
            found: version,
            known: FORMAT_VERSION,
        });
    }
    if found == header(identity, index) {
        return Ok(());
    }
    take.u32();
    if take
        .array()
        .is_some_and(|found: [u8; 16]| found != *identity)
    {
        return Err(damaged(16, "it is of another state"));
    }
    Err(damaged(
        0,
        "its header does not match its checksum or its name",
    ))
}
