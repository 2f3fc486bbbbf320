//! A disk on which somebody else is at work: opening a file does what a test says, and one folder may
//! not be readable.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use lockstep_store::{Medium, MediumFile, Mode};

use crate::failing_disk::FailingDisk;

/// What opening a file does.
type Opening = dyn Fn(&FailingDisk, &Path, Mode) -> io::Result<Arc<dyn MediumFile>> + Send + Sync;

/// See the module's description.
#[derive(Clone)]
pub(crate) struct Hooked {
    disk: FailingDisk,
    opening: Arc<Opening>,
    /// A folder that may be written to and not read, so that it cannot be synced.
    unreadable: Option<&'static str>,
}

impl Hooked {
    /// A disk on which files are opened as `opening` does it.
    pub(crate) fn opening(
        disk: &FailingDisk,
        opening: impl Fn(&FailingDisk, &Path, Mode) -> io::Result<Arc<dyn MediumFile>>
        + Send
        + Sync
        + 'static,
    ) -> Hooked {
        Hooked {
            disk: disk.clone(),
            opening: Arc::new(opening),
            unreadable: None,
        }
    }

    /// A disk with a folder that may be written to and not read.
    pub(crate) fn with_unreadable(disk: &FailingDisk, folder: &'static str) -> Hooked {
        Hooked {
            unreadable: Some(folder),
            ..Hooked::opening(disk, FailingDisk::open)
        }
    }
}

impl fmt::Debug for Hooked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.disk.fmt(f)
    }
}

impl Medium for Hooked {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        (self.opening)(&self.disk, path, mode)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        match self.unreadable {
            Some(folder) if path == Path::new(folder) => {
                Err(io::ErrorKind::PermissionDenied.into())
            }
            _ => self.disk.sync_directory(path),
        }
    }
}
