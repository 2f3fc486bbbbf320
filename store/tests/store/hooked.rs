//! A disk on which somebody else is at work: opening a file does what a test says, the log can refuse to
//! be read or written, and one folder may not be readable.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use lockstep_store::{LockMode, Medium, MediumFile, Mode};

use crate::failing_disk::FailingDisk;

/// What opening a file does.
type Opening = dyn Fn(&FailingDisk, &Path, Mode) -> io::Result<Arc<dyn MediumFile>> + Send + Sync;

/// What is about to be done to a segment of the log.
pub(crate) enum Use {
    /// These bytes are read.
    Read(Range<u64>),
    Write,
}

/// Whether something can be done to a segment.
type Permit = dyn Fn(Use) -> io::Result<()> + Send + Sync;

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

    /// A disk of which the log is read and written only where `permit` says so.
    pub(crate) fn with_log(
        disk: &FailingDisk,
        permit: impl Fn(Use) -> io::Result<()> + Send + Sync + 'static,
    ) -> Hooked {
        let permit: Arc<Permit> = Arc::new(permit);
        Hooked::opening(disk, move |disk, path, mode| {
            let file = disk.open(path, mode)?;
            if path.extension().is_none_or(|ending| ending != "log") {
                return Ok(file);
            }
            let permit = Arc::clone(&permit);
            Ok(Arc::new(HookedFile { file, permit }))
        })
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

/// A segment that asks before it is read or written.
struct HookedFile {
    file: Arc<dyn MediumFile>,
    permit: Arc<Permit>,
}

impl fmt::Debug for HookedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

impl MediumFile for HookedFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (self.permit)(Use::Read(offset..offset + buffer.len() as u64))?;
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        (self.permit)(Use::Write)?;
        self.file.write_at(bytes, offset)
    }

    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn try_lock(&self, mode: LockMode) -> io::Result<bool> {
        self.file.try_lock(mode)
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        self.file.is_at(path)
    }
}
