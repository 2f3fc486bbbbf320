//! The lock of a directory: it is on the file `LOCK`, and the operating system takes it away when
//! the process ends.
//!
//! If somebody deletes the file, whoever comes next makes another and locks that. So a lock counts
//! only as long as the name leads to the file that is locked; this is looked at when the lock is
//! taken and before each change.
//!
//! Who only reads and may not make the file where it is missing locks the checkpoint in its place.
//! Who changes a store looks for such readers when `LOCK` is held. One of both sees the other, because
//! the reader looks for `LOCK` again when the checkpoint is locked.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::directory::{CHECKPOINT_NAME, LOCK_NAME};
use crate::error::StoreError;
use crate::medium::{LockMode, Medium, MediumFile, Mode};
use crate::store::Access;

/// How often the lock is tried if the file is another one by the time it is locked.
const TRIES: u32 = 8;

/// The lock, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    directory: PathBuf,
    path: PathBuf,
    file: Arc<dyn MediumFile>,
}

impl Lock {
    /// Takes the lock of a directory in which there is a store or in which one may be made.
    pub(crate) fn take(
        medium: &dyn Medium,
        directory: &Path,
        access: Access,
    ) -> Result<Lock, StoreError> {
        let lock_path = directory.join(LOCK_NAME);
        let checkpoint = directory.join(CHECKPOINT_NAME);
        let mode = match access {
            Access::Read => LockMode::Shared,
            Access::Create | Access::Change | Access::ChangeOrCreate => LockMode::Alone,
        };
        for _ in 0..TRIES {
            let (path, file) = match open(medium, &lock_path, mode) {
                Ok(file) => (&lock_path, file),
                Err(error)
                    if mode == LockMode::Shared
                        && is_not_permitted(&error)
                        && is_missing(medium, &lock_path) =>
                {
                    (&checkpoint, open_to_read(medium, &checkpoint)?)
                }
                Err(error) => return Err(StoreError::io("open", &lock_path)(error)),
            };
            let locked = file.try_lock(mode).map_err(StoreError::io("lock", path))?;
            if !locked {
                break;
            }
            let lock = Lock {
                directory: directory.to_path_buf(),
                path: path.clone(),
                file,
            };
            let in_place = *path == checkpoint && !is_missing(medium, &lock_path);
            if in_place || !lock.holds()? {
                continue;
            }
            if mode == LockMode::Alone && is_read(medium, &checkpoint)? {
                break;
            }
            return Ok(lock);
        }
        Err(locked(directory))
    }

    /// Refuses to go on if the file is not the one that is locked any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.holds()? {
            true => Ok(()),
            false => Err(locked(&self.directory)),
        }
    }

    fn holds(&self) -> Result<bool, StoreError> {
        self.file
            .is_at(&self.path)
            .map_err(StoreError::io("look at", &self.path))
    }
}

/// Opens the file, and makes it if it is missing: it may have been left out of a copy. A file of
/// somebody else, who has made it to read the store, is opened for reading: to lock takes no more.
fn open(medium: &dyn Medium, path: &Path, mode: LockMode) -> io::Result<Arc<dyn MediumFile>> {
    if mode == LockMode::Shared {
        // To read takes no permission to write if the file is there.
        match medium.open(path, Mode::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
    }
    match medium.open(path, Mode::WriteOrCreate) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            medium.open(path, Mode::Read).map_err(|_| error)
        }
        other => other,
    }
}

/// Whether there is no such file. One that may not be read is there.
fn is_missing(medium: &dyn Medium, path: &Path) -> bool {
    let opened = medium.open(path, Mode::Read);
    opened.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn open_to_read(medium: &dyn Medium, path: &Path) -> Result<Arc<dyn MediumFile>, StoreError> {
    medium
        .open(path, Mode::Read)
        .map_err(StoreError::io("open", path))
}

/// Whether somebody reads the store who may not make the lock file, and has locked the checkpoint.
fn is_read(medium: &dyn Medium, checkpoint: &Path) -> Result<bool, StoreError> {
    let file = match medium.open(checkpoint, Mode::Write) {
        // There is nothing to read yet, or what is there can be put in its place only.
        Err(error) if error.kind() == io::ErrorKind::NotFound || is_not_permitted(&error) => {
            return Ok(false);
        }
        other => other.map_err(StoreError::io("open", checkpoint))?,
    };
    let is_free = file
        .try_lock(LockMode::Alone)
        .map_err(StoreError::io("lock", checkpoint))?;
    Ok(!is_free)
}

fn is_not_permitted(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn locked(directory: &Path) -> StoreError {
    StoreError::Locked {
        directory: directory.to_path_buf(),
    }
}
