//! A lock file that somebody else has made, such as the superuser who has read a copy without one.

use std::io;
use std::path::Path;
use std::sync::Arc;

use lockstep_store::{Access, Medium, MediumFile, Mode, StoreError};

use crate::entries::Numbers;
use crate::failing_disk::FailingDisk;
use crate::locks::{commit, lock_path, with_one_commit};
use crate::workload::open;

/// A disk on which the lock file belongs to somebody else: it can be read and not written.
#[derive(Clone, Debug)]
struct Foreign(FailingDisk);

impl Medium for Foreign {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.0.create_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.0.list(path)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        if path == lock_path() && mode != Mode::Read && self.0.paths().contains(&lock_path()) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.open(path, mode)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.0.sync_directory(path)
    }
}

#[test]
fn a_lock_file_that_somebody_else_made_locks_its_owner_not_out() {
    let (disk, mut numbers) = (FailingDisk::default(), Numbers(36));
    let (store, model) = with_one_commit(&disk, &mut numbers);
    drop(store);
    let foreign = Foreign(disk.clone());
    let (store, _) = open(&foreign, Access::Change).expect("it can be changed");
    let (store, model) = commit(store, model, &mut numbers);
    for (medium, access) in [(&disk, Access::Read), (&disk, Access::Change)] {
        let error = open(medium, access).expect_err("somebody changes it");
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    }
    model.assert_same(&store);
    drop(store);
    let (store, _) = open(&disk, Access::Read).expect("it is free");
    model.assert_same(&store);
    let error = open(&foreign, Access::Change).expect_err("somebody reads");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
}
