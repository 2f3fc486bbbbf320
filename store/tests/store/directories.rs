//! The directory of a store is as durable as what is in it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lockstep_state_trie::Trie;
use lockstep_store::{Access, Medium, MediumFile, Mode, Store, StoreError};

use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::tight;

/// Two directories above it have to be made, too.
const DEEP: &str = "/new/newer/state";

fn open(disk: &FailingDisk, access: Access) -> Result<Store, StoreError> {
    let medium = Arc::new(disk.clone());
    Store::on(medium, Path::new(DEEP), access, tight()).map(|(store, _)| store)
}

/// Makes the store, or goes on with it, and commits. The store is not closed, so no checkpoint makes
/// anything durable later.
fn commit(disk: &FailingDisk) {
    let store = open(disk, Access::ChangeOrCreate).expect("a store");
    let mut trie = Trie::new(store);
    trie.update([(b"a".to_vec(), Some(b"b".to_vec()))])
        .expect("a commit");
    std::mem::forget(trie);
}

/// Checks that the commit is there whatever a machine that stops loses.
fn assert_durable(disk: &FailingDisk, what: &str) {
    let mut numbers = Numbers(41);
    for _ in 0..8 {
        let found = disk.restart(&mut numbers);
        let store = open(&found, Access::Change).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(store.last().number, 1, "{what}");
    }
}

#[test]
fn new_directories_are_durable_before_the_first_commit_is_acknowledged() {
    let disk = FailingDisk::default();
    commit(&disk);
    assert_durable(&disk, "all was made at once");
}

#[test]
fn directories_that_an_earlier_attempt_has_left_are_made_durable() {
    let disk = FailingDisk::default();
    drop(open(&disk, Access::Create).expect("a store"));
    let mut failed = 0;
    for step in 0..disk.steps() {
        let disk = FailingDisk::default();
        disk.trip_after(step, Trip::Fail);
        failed += u32::from(open(&disk, Access::Create).is_err());
        disk.mend();
        commit(&disk);
        assert_durable(&disk, &format!("step {step} had failed"));
    }
    assert!(failed > 6, "{failed} attempts failed");
}

#[test]
fn a_store_in_a_directory_that_is_there_makes_that_durable() {
    let disk = FailingDisk::default();
    disk.create_directory(Path::new(DEEP)).expect("a directory");
    for path in ["/", "/new"] {
        disk.sync_directory(Path::new(path)).expect("it is synced");
    }
    commit(&disk);
    assert_durable(&disk, "the directory was there");
}

/// A disk on which one folder may be written to and not read, and on which somebody may make the store
/// just before the lock is opened.
#[derive(Clone, Debug)]
struct Shared {
    disk: FailingDisk,
    unreadable: Option<&'static str>,
    is_late: Arc<AtomicBool>,
}

impl Shared {
    fn open(&self, access: Access) -> Result<Store, StoreError> {
        let medium = Arc::new(self.clone());
        Store::on(medium, Path::new(DEEP), access, tight()).map(|(store, _)| store)
    }
}

impl Medium for Shared {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        if path.ends_with("LOCK") && self.is_late.swap(false, Ordering::SeqCst) {
            commit(&self.disk);
            self.disk.lose(path);
        }
        self.disk.open(path, mode)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        match self
            .unreadable
            .is_some_and(|folder| path == Path::new(folder))
        {
            true => Err(io::ErrorKind::PermissionDenied.into()),
            false => self.disk.sync_directory(path),
        }
    }
}

#[test]
fn a_store_in_a_folder_that_cannot_be_read_is_made_at_the_first_try() {
    for folder in ["/", "/new", "/new/newer"] {
        let shared = Shared {
            disk: FailingDisk::default(),
            unreadable: Some(folder),
            is_late: Arc::default(),
        };
        let store = shared.open(Access::Create);
        store.unwrap_or_else(|error| panic!("{folder}: {error}"));
    }
}

#[test]
fn a_store_that_somebody_else_made_meanwhile_is_not_taken_for_a_new_one() {
    let shared = Shared {
        disk: FailingDisk::default(),
        unreadable: None,
        is_late: Arc::new(AtomicBool::new(true)),
    };
    let error = shared.open(Access::Create).expect_err("it is there");
    assert!(matches!(error, StoreError::AlreadyThere { .. }), "{error}");
    let store = open(&shared.disk, Access::Change).expect("it is whole");
    assert_eq!(store.last().number, 1);
    drop(store);
    shared.is_late.store(true, Ordering::SeqCst);
    let other = Shared {
        disk: FailingDisk::default(),
        ..shared
    };
    let store = other.open(Access::ChangeOrCreate).expect("it goes on");
    assert_eq!(store.last().number, 1);
}
