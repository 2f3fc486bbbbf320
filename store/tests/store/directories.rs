//! The directory of a store is as durable as what is in it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lockstep_state_trie::Trie;
use lockstep_store::{Access, Medium, Store, StoreError};

use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::hooked::Hooked;
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

#[test]
fn a_directory_that_an_import_has_renamed_is_durable_before_a_commit_is_acknowledged() {
    let disk = FailingDisk::default();
    let beside = Path::new(DEEP).with_file_name(".state.1-1.tmp");
    let made = Store::on(Arc::new(disk.clone()), &beside, Access::Create, tight());
    drop(made.expect("a store"));
    // The import ends before it has synced the folder.
    disk.rename_directory(&beside, Path::new(DEEP));
    commit(&disk);
    assert_durable(&disk, "an import had ended");
}

fn open_on(disk: &Hooked, access: Access) -> Result<Store, StoreError> {
    let medium = Arc::new(disk.clone());
    Store::on(medium, Path::new(DEEP), access, tight()).map(|(store, _)| store)
}

/// A disk on which somebody makes the store just before the lock is opened.
fn raced(disk: &FailingDisk) -> Hooked {
    let is_late = AtomicBool::new(true);
    Hooked::opening(disk, move |disk, path, mode| {
        if path.ends_with("LOCK") && is_late.swap(false, Ordering::SeqCst) {
            commit(disk);
            disk.lose(path);
        }
        disk.open(path, mode)
    })
}

#[test]
fn a_store_in_a_folder_that_cannot_be_read_is_made_at_the_first_try() {
    for folder in ["/", "/new", "/new/newer"] {
        let disk = Hooked::with_unreadable(&FailingDisk::default(), folder);
        let store = open_on(&disk, Access::Create);
        store.unwrap_or_else(|error| panic!("{folder}: {error}"));
    }
}

#[test]
fn a_store_that_somebody_else_made_meanwhile_is_not_taken_for_a_new_one() {
    let disk = FailingDisk::default();
    let error = open_on(&raced(&disk), Access::Create).expect_err("it is there");
    assert!(matches!(error, StoreError::AlreadyThere { .. }), "{error}");
    let store = open(&disk, Access::Change).expect("it is whole");
    assert_eq!(store.last().number, 1);
    drop(store);
    let other = raced(&FailingDisk::default());
    let store = open_on(&other, Access::ChangeOrCreate).expect("it goes on");
    assert_eq!(store.last().number, 1);
}
