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

/// What for a file is opened.
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

/// A file system, or what looks like one.
pub trait Medium: fmt::Debug + Send + Sync {
    /// Makes a directory, and those above it.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// The names of what is in a directory.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;

    /// Opens a file.
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>>;

    /// Gives a file another name, in place of what had it before.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file's name away.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Whether a name is that of a regular file, and not of a link to one. A medium that cannot tell
    /// says yes.
    fn is_regular(&self, path: &Path) -> io::Result<bool> {
        let _ = path;
        Ok(true)
    }

    /// Returns when the names in a directory are durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;

    /// Fills in the bytes that tell a new store from every other. A medium that does not say has
    /// random ones.
    fn fill_identity(&self, identity: &mut [u8]) -> io::Result<()> {
        getrandom::fill(identity).map_err(|error| io::Error::other(error.to_string()))
    }
}

/// An open file.
pub trait MediumFile: fmt::Debug + Send + Sync {
    /// Reads at an offset and returns how many bytes; fewer than asked for only at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all bytes at an offset.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// The length in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Cuts the file off, or fills it with zeros.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Returns when contents and length are durable.
    fn sync(&self) -> io::Result<()>;

    /// Takes the lock, alone or together with others that do not want it alone, and keeps it until
    /// the file is closed. `false` if somebody else has it.
    fn try_lock(&self, alone: bool) -> io::Result<bool>;

    /// Whether a path leads to this file. A medium that cannot tell says yes.
    fn is_at(&self, path: &Path) -> io::Result<bool> {
        let _ = path;
        Ok(true)
    }
}
