//! The lock of a directory: it is on the file `LOCK`, and the operating system takes it away when
//! the process ends.
//!
//! If somebody deletes the file, whoever comes next makes another and locks that. So a lock counts
//! only as long as the name leads to the file that is locked; this is looked at when the lock is
//! taken and before each change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::directory::LOCK_NAME;
use crate::error::StoreError;
use crate::medium::{Medium, MediumFile, Mode};
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
        let path = directory.join(LOCK_NAME);
        let alone = access != Access::Read;
        for _ in 0..TRIES {
            let file = open(medium, &path, alone)?;
            let locked = file
                .try_lock(alone)
                .map_err(StoreError::io("lock", &path))?;
            if !locked {
                break;
            }
            let lock = Lock {
                directory: directory.to_path_buf(),
                path: path.clone(),
                file,
            };
            if lock.holds()? {
                return Ok(lock);
            }
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

/// Opens the file, and makes it if it is missing: it may have been left out of a copy.
fn open(medium: &dyn Medium, path: &Path, alone: bool) -> Result<Arc<dyn MediumFile>, StoreError> {
    if !alone {
        // To read takes no permission to write if the file is there.
        match medium.open(path, Mode::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => return other.map_err(StoreError::io("open", path)),
        }
    }
    medium
        .open(path, Mode::WriteOrCreate)
        .map_err(StoreError::io("open", path))
}

fn locked(directory: &Path) -> StoreError {
    StoreError::Locked {
        directory: directory.to_path_buf(),
    }
}
