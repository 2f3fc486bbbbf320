//! The names in a store's directory.

use std::path::{Path, PathBuf};

use crate::address::Address;

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
