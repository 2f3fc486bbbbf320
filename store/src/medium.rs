//! What the store asks of the place where its files are. The real one is [`disk::Disk`]; tests put
//! one there that fails, tears and forgets.
//!
//! The contract is that of a file system without favours: what was written may be lost in any
//! part until a sync returns, and a new name until the directory was synced. Only a sector of 512
//! bytes is as it was or as it was to become, and never anything else.

pub(crate) mod disk;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An existing file, for reading.
    Read,
    /// An existing file, for reading and writing.
    Write,
    /// The same, and the file is made if it is not there.
    WriteOrCreate,
    /// A file that must not be there yet, for reading and writing.
    CreateNew,
}

/// Who may have the lock of a file at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockMode {
    /// Nobody else.
    Alone,
    /// Whoever wants it shared, too.
    Shared,
}

/// A file system, or what looks like one.
///
/// What a method cannot do it says with the error of the system, which becomes the
/// [`StoreError::Io`](crate::StoreError::Io) of the operation. Some kinds tell the store more, and a
/// medium must give them where they are named below; all others mean that the operation has failed.
pub trait Medium: fmt::Debug + Send + Sync {
    /// Makes a directory, and those above it.
    ///
    /// # Errors
    /// When it cannot be made: no permission, no space, or something else has the name. That it is
    /// there already is none.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// The names of what is in a directory.
    ///
    /// # Errors
    /// `NotFound` when there is no such directory, and `NotADirectory` when something else has the
    /// name. Any other when it cannot be read.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;

    /// Opens a file.
    ///
    /// # Errors
    /// `NotFound` when there is no such file and the mode does not make one, or no such directory;
    /// `AlreadyExists` when a new one is to be made and the name is taken; `PermissionDenied` or
    /// `ReadOnlyFilesystem` when it may not be opened so. Any other when it cannot be opened.
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>>;

    /// Gives a file another name, in place of what had it before.
    ///
    /// # Errors
    /// When it cannot be renamed, `NotFound` when there is no such file. Both names are then as they
    /// were.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file's name away.
    ///
    /// # Errors
    /// `NotFound` when there is no such file. Any other when it cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Whether a name is that of a regular file, and not of a link to one. A medium that cannot tell
    /// says yes.
    ///
    /// # Errors
    /// `NotFound` when nothing has the name: another process may have taken it away. Any other when
    /// it cannot be looked at.
    fn is_regular(&self, path: &Path) -> io::Result<bool> {
        let _ = path;
        Ok(true)
    }

    /// Returns when the names in a directory are durable.
    ///
    /// # Errors
    /// When it is not known whether they are; `PermissionDenied` when the directory may not be read, and
    /// `InvalidInput` when the file system does not sync directories, both of which the store puts up
    /// with for the folder that its own is in.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// Fills in the bytes that tell a new store from every other. A medium that does not say has
    /// random ones.
    ///
    /// # Errors
    /// When there are no random bytes.
    fn fill_identity(&self, identity: &mut [u8]) -> io::Result<()> {
        getrandom::fill(identity).map_err(|error| io::Error::other(error.to_string()))
    }
}

/// An open file.
///
/// Errors are given as those of a [`Medium`]. A call that was interrupted is not an error: it is
/// repeated.
pub trait MediumFile: fmt::Debug + Send + Sync {
    /// Reads at an offset and returns how many bytes; fewer than asked for only at the end.
    ///
    /// # Errors
    /// When the bytes cannot be read. That the file ends before them is none.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes at an offset.
    ///
    /// # Errors
    /// When not all are written, `StorageFull` and the like when there is no room. Any part of them
    /// may be in the file then.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// The length in bytes.
    ///
    /// # Errors
    /// When the system does not say.
    fn length(&self) -> io::Result<u64>;

    /// Cuts the file off, or fills it with zeros.
    ///
    /// # Errors
    /// When it cannot be changed: no space, or the file was opened for reading only.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Returns when contents and length are durable.
    ///
    /// # Errors
    /// When it is not known what of it is durable. To sync again does not make up for it: the system
    /// may have dropped what it could not write.
    fn sync(&self) -> io::Result<()>;

    /// Takes the lock, and keeps it until the file is closed. `false` if somebody else has it in a way
    /// that does not go together.
    ///
    /// # Errors
    /// When the system cannot lock the file. That somebody else has the lock is `false`.
    fn try_lock(&self, mode: LockMode) -> io::Result<bool>;

    /// Whether a path leads to this file. A medium that cannot tell says yes.
    ///
    /// # Errors
    /// When the path or the file cannot be looked at. That nothing is at the path is `false`.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let _ = path;
        Ok(true)
    }
}
