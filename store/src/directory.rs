//! The names in a store's directory, and what a directory is by the names in it.

use std::io;
use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::checkpoint::Checkpoint;
use crate::error::StoreError;
use crate::medium::Medium;

/// The file that the process holds locked that works on the directory. It is empty.
pub(crate) const LOCK_NAME: &str = "LOCK";
/// The last checkpoint.
pub(crate) const CHECKPOINT_NAME: &str = "checkpoint";
/// A checkpoint that is being written.
pub(crate) const NEW_CHECKPOINT_NAME: &str = "checkpoint.new";
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

/// What is in a directory.
#[derive(Default)]
pub(crate) struct Listing {
    pub(crate) has_checkpoint: bool,
    /// The indices of the segments, ascending.
    pub(crate) segments: Vec<u32>,
}

/// What is in a directory; refuses one in which something does not belong there.
pub(crate) fn list(medium: &dyn Medium, directory: &Path) -> Result<Listing, StoreError> {
    let names = match medium.list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(no_state(directory, "it is not a directory"));
        }
        other => other.map_err(StoreError::io("list", directory))?,
    };
    let mut listing = Listing::default();
    let mut foreign = None;
    for name in names {
        match entry(&name) {
            Entry::Lock | Entry::NewCheckpoint => {}
            Entry::Checkpoint => listing.has_checkpoint = true,
            Entry::Segment(index) => listing.segments.push(index),
            // The first by name, so that the message does not depend on the order of the listing.
            Entry::Foreign if foreign.as_ref().is_none_or(|first| name < *first) => {
                foreign = Some(name);
            }
            Entry::Foreign => {}
        }
    }
    listing.segments.sort_unstable();
    match foreign {
        None => Ok(listing),
        Some(name) if Checkpoint::read(medium, directory).is_ok() => Err(StoreError::ForeignFile {
            directory: directory.to_path_buf(),
            name,
        }),
        Some(name) => {
            let found = format!("it has `{name}`, which is no file of a state");
            Err(no_state(directory, &found))
        }
    }
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
