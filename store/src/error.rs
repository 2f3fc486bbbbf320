//! Why the store cannot do what it was asked to: what, where, and what to do about it.

use std::io;
use std::path::PathBuf;

use lockstep_state_trie::Digest;
use thiserror::Error;

/// The action of a sync, in [`StoreError::Io`].
const SYNC: &str = "sync";

/// A failure of the store. It takes nothing away that was acknowledged before; damage and lost files
/// may have.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The operating system refused something: no space, no permission, a broken disk.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Another process works on the directory, or this one does already.
    #[error(
        "{} is in use by another process; only one may work on a state at a time: end it, or wait",
        directory.display()
    )]
    Locked {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory is not one of a store.
    #[error("{} holds no state: {found}", path.display())]
    NotAState {
        /// The directory or file.
        path: PathBuf,
        /// What was found in place of what was expected.
        found: String,
    },
    /// A state is there, and a file that does not belong to it.
    #[error(
        "{} is a state with a foreign file, `{name}`; move it away",
        directory.display()
    )]
    ForeignFile {
        /// The directory.
        directory: PathBuf,
        /// The file in it; the first by name if there are several.
        name: String,
    },
    /// What has the name of one of a state's files is something else. It was neither read nor changed.
    #[error("{} has the name of a file of a state, but {found}; move it away", path.display())]
    Misnamed {
        /// The file, link, pipe or directory.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// A new store was to be made where there is one.
    #[error("{} holds a state already; open it, or name an empty directory", directory.display())]
    AlreadyThere {
        /// The directory.
        directory: PathBuf,
    },
    /// A file is of another version of the format.
    #[error(
        "{} has format {found}, but this program reads format {known}; use the program that wrote \
         it, and move the state over with an export",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that is known.
        known: u32,
    },
    /// A file is not as it was written. Nothing is repaired: restore the directory from a copy, or
    /// import an export into a new one.
    #[error("{} is damaged at byte {offset}: {what}; restore it from a copy", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// A batch was made on another root than the last one.
    #[error("the batch is made on root {given}, but the last root is {last}; roll back first")]
    NotTheLast {
        /// The root that the batch was made on.
        given: Digest,
        /// The last root of the store.
        last: Digest,
    },
    /// A version that is not kept, or not any more.
    #[error("version {version} is not kept; versions {oldest} to {last} are")]
    NotKept {
        /// The version asked for.
        version: u64,
        /// The oldest that is kept.
        oldest: u64,
        /// The last.
        last: u64,
    },
    /// A change through a store that was opened for reading.
    #[error("{} is open for reading only", directory.display())]
    ReadOnly {
        /// The directory.
        directory: PathBuf,
    },
    /// The checkpoint after a change failed, or the deleting of files that nothing needs. All changes
    /// that were made are there, also those that the call itself was for; only space was not given
    /// back. The next checkpoint makes up for it.
    #[error("every change is made and durable, but no checkpoint could be completed: {source}")]
    NoCheckpoint {
        /// Why it failed.
        source: Box<StoreError>,
    },
    /// An earlier write failed, so what is at the end of the log is not known.
    #[error(
        "an earlier write failed ({why}); nothing acknowledged is lost, but the store takes no \
         more changes: remove the cause and open it again"
    )]
    Failed {
        /// The earlier failure.
        why: String,
    },
    /// A batch is larger than one segment file can ever be.
    #[error("the batch takes {bytes} bytes, but one may take at most {limit}; make it smaller")]
    TooLarge {
        /// What it takes in bytes.
        bytes: u64,
        /// The most that is possible.
        limit: u64,
    },
    /// The log has begun as many segment files as it ever can, whether they are still there or not.
    #[error(
        "the log has begun all of the {limit} segment files that it may; it can be read, and for \
         changes export the state and import it into a new directory"
    )]
    NoMoreSegments {
        /// How many there may be.
        limit: u32,
    },
}

impl StoreError {
    /// The same failure once more, for who comes later: that of the system and damage as they were, and
    /// any other as its text.
    pub(crate) fn again(&self) -> StoreError {
        match self {
            StoreError::Io {
                action,
                path,
                source,
            } => {
                let same = source.raw_os_error().map(io::Error::from_raw_os_error);
                let same =
                    same.unwrap_or_else(|| io::Error::new(source.kind(), source.to_string()));
                StoreError::io(action, path)(same)
            }
            StoreError::Damaged { path, offset, what } => StoreError::Damaged {
                path: path.clone(),
                offset: *offset,
                what: what.clone(),
            },
            StoreError::Failed { why } => StoreError::Failed { why: why.clone() },
            other => StoreError::Failed {
                why: other.to_string(),
            },
        }
    }

    /// Whether this is a sync that failed: what was written before it may be durable all the same, and
    /// be found by the next opening.
    #[must_use]
    pub fn is_of_sync(&self) -> bool {
        matches!(self, StoreError::Io { action: SYNC, .. })
    }

    /// The failure of a sync of a path.
    pub(crate) fn sync(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> StoreError {
        StoreError::io(SYNC, path)
    }

    /// The failure of an action on a path.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.into();
        move |source| StoreError::Io {
            action,
            path,
            source,
        }
    }
}
