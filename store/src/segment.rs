//! Segment files: the log in pieces, so that what is not needed any more can be deleted.
//!
//! A segment begins with 64 bytes: magic (8), format version (u32), zero (u32), the store's
//! identity (16), the segment's index (u64), zeros, and a checksum (u64). Then come frames. A
//! frame never goes over into the next segment.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::bytes::{Put, Take, in_memory};
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

/// A segment that is open.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<dyn MediumFile>,
    /// How long the file is as far as it is valid.
    pub(crate) bytes: u64,
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
    /// Makes the file of a segment, durably.
    pub(crate) fn create(
        medium: &dyn Medium,
        directory: &Path,
        identity: &[u8; IDENTITY_BYTES],
        index: u32,
    ) -> Result<Segment, StoreError> {
        if index > Address::SEGMENT_MAX {
            return Err(StoreError::TooLarge {
                bytes: u64::from(index),
                limit: u64::from(Address::SEGMENT_MAX),
            });
        }
        let path = segment_path(directory, index);
        let file = medium
            .open(&path, Mode::CreateNew)
            .map_err(StoreError::io("create", &path))?;
        file.write_at(&header(identity, index), 0)
            .map_err(StoreError::io("write", &path))?;
        file.sync().map_err(StoreError::io("sync", &path))?;
        medium
            .sync_directory(directory)
            .map_err(StoreError::io("sync", directory))?;
        Ok(Segment {
            path,
            file,
            bytes: SEGMENT_HEADER_BYTES,
        })
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
        Ok(Segment { path, file, bytes })
    }
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
