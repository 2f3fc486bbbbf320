//! The names in a store's directory, and what a directory is by the names in it.

use std::io;
use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::checkpoint::{CHECKPOINT_MAGIC, Checkpoint};
use crate::error::StoreError;
use crate::medium::{Medium, Mode};
use crate::wal::WAL_MAGIC;

/// The file that the process holds locked that works on the directory. It is empty.
pub(crate) const LOCK_NAME: &str = "LOCK";
/// The last checkpoint.
pub(crate) const CHECKPOINT_NAME: &str = "checkpoint";
/// A checkpoint that is being written.
pub(crate) const NEW_CHECKPOINT_NAME: &str = "checkpoint.new";
/// What the commit under way changes.
pub(crate) const WAL_NAME: &str = "wal";
/// What a medium writes as a whole or leaves as it was, in bytes.
const SECTOR_BYTES: usize = 512;
/// How the names of segment files end.
const SEGMENT_ENDING: &str = ".log";
/// The digits of a segment's index.
const SEGMENT_DIGITS: usize = 8;

/// What a name in the directory stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Lock,
    Checkpoint,
    NewCheckpoint,
    Wal,
    Segment(u32),
    /// Nothing of ours.
    Foreign,
}

/// What a name stands for.
pub(crate) fn entry(name: &str) -> Entry {
    match name {
        LOCK_NAME => Entry::Lock,
        CHECKPOINT_NAME => Entry::Checkpoint,
        NEW_CHECKPOINT_NAME => Entry::NewCheckpoint,
        WAL_NAME => Entry::Wal,
        _ => segment_index(name).map_or(Entry::Foreign, Entry::Segment),
    }
}

fn segment_index(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(SEGMENT_ENDING)?;
    let index: u32 = digits.parse().ok()?;
    let is_ours = (1..=Address::SEGMENT_MAX).contains(&index) && digits == digits_of(index);
    is_ours.then_some(index)
}

fn digits_of(index: u32) -> String {
    format!("{index:0SEGMENT_DIGITS$}")
}

/// The file of a segment.
pub(crate) fn segment_path(directory: &Path, index: u32) -> PathBuf {
    directory.join(format!("{}{SEGMENT_ENDING}", digits_of(index)))
}

/// Deletes a file if it is there. That is not durable before the directory is synced.
pub(crate) fn remove_if_there(medium: &dyn Medium, path: &Path) -> Result<(), StoreError> {
    match medium.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("delete", path)(error))
        }
        _ => Ok(()),
    }
}

/// What is in a directory.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) has_checkpoint: bool,
    /// The indices of the segments, ascending.
    pub(crate) segments: Vec<u32>,
}

/// What is in a directory; refuses one in which something does not belong there. Nothing is opened that
/// is not a regular file.
pub(crate) fn list(medium: &dyn Medium, directory: &Path) -> Result<Listing, StoreError> {
    let mut names = match medium.list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(no_state(directory, "it is not a directory"));
        }
        other => other.map_err(StoreError::io("list", directory))?,
    };
    // So that no message depends on the order of the listing.
    names.sort_unstable();
    let (mut listing, mut foreign, mut misnamed) = (Listing::default(), None, None);
    for name in names {
        let entry = entry(&name);
        match check_file(medium, &directory.join(&name), entry) {
            Err(refusal @ StoreError::Misnamed { .. }) => {
                misnamed.get_or_insert(refusal);
                continue;
            }
            other => other?,
        }
        match entry {
            Entry::Lock | Entry::NewCheckpoint | Entry::Wal => {}
            Entry::Checkpoint => listing.has_checkpoint = true,
            Entry::Segment(index) => listing.segments.push(index),
            Entry::Foreign => {
                foreign.get_or_insert(name);
            }
        }
    }
    listing.segments.sort_unstable();
    match (foreign, misnamed) {
        (None, None) => Ok(listing),
        (None, Some(refusal)) => Err(refusal),
        (Some(name), _) => Err(foreign_file(medium, directory, &listing, name)),
    }
}

/// Refuses what has a name of ours and is not a file of ours.
pub(crate) fn check_file(medium: &dyn Medium, path: &Path, entry: Entry) -> Result<(), StoreError> {
    let misnamed = |found| StoreError::Misnamed {
        path: path.to_path_buf(),
        found,
    };
    if entry == Entry::Foreign {
        return Ok(());
    }
    match medium.is_regular(path) {
        // Another process may have renamed or deleted it since.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::io("look at", path)(error)),
        Ok(false) => return Err(misnamed("is not a regular file")),
        Ok(true) => {}
    }
    let begins_right = match entry {
        Entry::NewCheckpoint => begins_like(medium, path, &CHECKPOINT_MAGIC)?,
        Entry::Wal => begins_like(medium, path, &WAL_MAGIC)?,
        _ => true,
    };
    match begins_right {
        true => Ok(()),
        false => Err(misnamed("does not begin like one")),
    }
}

/// Whether a file begins with a magic, or is what a crash leaves of such a file that is being made:
/// nothing, the beginning of the magic, or zeros where its first sector was lost.
fn begins_like(medium: &dyn Medium, path: &Path, magic: &[u8; 8]) -> Result<bool, StoreError> {
    let file = match medium.open(path, Mode::Read) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        other => other.map_err(StoreError::io("open", path))?,
    };
    let mut found = vec![0; SECTOR_BYTES];
    let read = file
        .read_at(&mut found, 0)
        .map_err(StoreError::io("read", path))?;
    found.truncate(read);
    let first = found.get(..magic.len()).unwrap_or(&found);
    Ok(magic.starts_with(first) || found.iter().all(|byte| *byte == 0))
}

/// That a file does not belong in a directory, which is a state or is none.
fn foreign_file(
    medium: &dyn Medium,
    directory: &Path,
    listing: &Listing,
    name: String,
) -> StoreError {
    if listing.has_checkpoint && Checkpoint::read(medium, directory).is_ok() {
        return StoreError::ForeignFile {
            directory: directory.to_path_buf(),
            name,
        };
    }
    let found = format!("it has `{name}`, which is no file of a state");
    no_state(directory, &found)
}

/// That there is no state.
pub(crate) fn no_state(path: &Path, found: &str) -> StoreError {
    StoreError::NotAState {
        path: path.to_path_buf(),
        found: found.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, entry, segment_path};
    use std::path::Path;

    #[test]
    fn names_are_known_again() {
        let path = segment_path(Path::new("state"), 42);
        assert_eq!(path, Path::new("state/00000042.log"));
        assert_eq!(entry("00000042.log"), Entry::Segment(42));
        assert_eq!(entry("checkpoint"), Entry::Checkpoint);
        for foreign in [
            "42.log",
            "00000000.log",
            "99999999.log",
            "+0000042.log",
            "notes",
        ] {
            assert_eq!(entry(foreign), Entry::Foreign, "{foreign}");
        }
    }
}
