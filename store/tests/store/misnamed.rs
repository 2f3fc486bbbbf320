//! What has the name of one of a store's files and is something else is refused, not opened, and left
//! as it is: also where it is a link that leads out of the directory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lockstep_state_trie::Trie;
use lockstep_store::{Access, Disk, Settings, Store, StoreError};

use crate::entries::{Numbers, scratch};
use crate::failing_disk::FailingDisk;
use crate::refusals::filled;
use crate::workload::{PLACE, open as open_on};

const NEW: &str = "checkpoint.new";

fn open(folder: &Path, access: Access) -> Result<Store, StoreError> {
    Store::on(Arc::new(Disk), folder, access, Settings::default()).map(|(store, _)| store)
}

/// A directory with a store of one commit.
fn made(name: &str) -> PathBuf {
    let folder = scratch(name);
    let mut trie = Trie::new(open(&folder, Access::Create).expect("a store"));
    trie.update([(b"a".to_vec(), Some(b"b".to_vec()))])
        .expect("a commit");
    trie.into_store().close().expect("it is closed");
    folder
}

fn assert_misnamed(folder: &Path, name: &str) {
    for access in [Access::Change, Access::ChangeOrCreate, Access::Read] {
        let error = open(folder, access).expect_err("it is refused");
        assert!(
            matches!(&error, StoreError::Misnamed { path, .. } if *path == folder.join(name)),
            "{access:?}: {error}"
        );
        assert!(error.to_string().ends_with("; move it away"), "{error}");
    }
}

#[test]
fn a_foreign_checkpoint_that_is_being_written_is_not_overwritten() {
    let empty = scratch("misnamed-empty");
    fs::create_dir_all(&empty).expect("a folder");
    for folder in [empty, made("misnamed-state")] {
        let new = folder.join(NEW);
        for foreign in ["mine", "LKSmine", "LKSCHECX", "\0\0mine"] {
            fs::write(&new, foreign).expect("a file");
            assert_misnamed(&folder, NEW);
            assert_eq!(fs::read_to_string(&new).expect("it is there"), foreign);
        }
        fs::remove_file(&new).expect("it is there");
        // A link, also to a file that begins like one, and to none.
        let target = folder.with_extension("target");
        let _ = fs::remove_file(&target);
        symlink(&target, &new).expect("a link");
        for contents in [None, Some("mine"), Some(""), Some("LKSCHECK")] {
            if let Some(contents) = contents {
                fs::write(&target, contents).expect("a file");
            }
            assert_misnamed(&folder, NEW);
            let found = fs::read_to_string(&target).ok();
            assert_eq!(found.as_deref(), contents);
        }
        fs::remove_file(&target).expect("it is there");
        fs::remove_file(&new).expect("it is there");
        drop(open(&folder, Access::ChangeOrCreate).expect("nothing else is wrong"));
    }
}

#[test]
fn what_comes_while_the_store_is_open_is_left_too() {
    let folder = made("misnamed-late");
    let mut store = open(&folder, Access::Change).expect("a store");
    let (new, target) = (folder.join(NEW), folder.with_extension("target"));
    fs::write(&target, "mine").expect("a file");
    symlink(&target, &new).expect("a link");
    let root = store.last().root;
    store.rollback(0).expect("the log is not concerned");
    let error = store.checkpoint().expect_err("it is refused");
    let StoreError::NoCheckpoint { source } = &error else {
        panic!("{error}");
    };
    assert!(matches!(**source, StoreError::Misnamed { .. }), "{error}");
    drop(store);
    assert_eq!(fs::read_to_string(&target).expect("the file"), "mine");
    fs::remove_file(&new).expect("the link");
    let store = open(&folder, Access::Change).expect("a store");
    assert_eq!(store.last().number, 0);
    assert_ne!(store.last().root, root);
}

#[test]
fn what_a_crash_has_left_of_a_checkpoint_gives_way() {
    let (filled, model) = filled();
    let whole = filled.contents(&Path::new(PLACE).join("checkpoint"));
    let mut without_start = whole.clone();
    without_start.resize(whole.len().max(600), 7);
    without_start[..512].fill(0);
    let zeros = vec![0; 600];
    for left in [&[][..], &whole[..3], &whole[..40], &zeros, &without_start] {
        let disk = filled.restart(&mut Numbers(1));
        let new = Path::new(PLACE).join(NEW);
        disk.add(&new, left);
        let (store, _) = open_on(&disk, Access::Read).expect("it is nothing");
        model.assert_same(&store);
        drop(store);
        let (mut store, _) = open_on(&disk, Access::Change).expect("it is nothing");
        store.prune(2).expect("a checkpoint");
        drop(store);
        assert!(!disk.paths().contains(&new));
    }
    // The same where a store was being made.
    let disk = FailingDisk::default();
    disk.add(&Path::new(PLACE).join(NEW), &whole[..40]);
    drop(open_on(&disk, Access::ChangeOrCreate).expect("a store"));
    let disk = disk.restart(&mut Numbers(1));
    drop(open_on(&disk, Access::Change).expect("a store"));
}

#[test]
fn pipes_directories_and_links_are_not_opened() {
    let folder = made("misnamed-kinds");
    let aside = folder.with_extension("aside");
    for name in ["LOCK", "checkpoint", "00000001.log", NEW, "wal"] {
        let path = folder.join(name);
        let was_there = path.exists();
        if was_there {
            fs::rename(&path, &aside).expect("it is moved away");
        }
        let pipe = Command::new("mkfifo").arg(&path).status();
        assert!(pipe.expect("mkfifo starts").success());
        assert_misnamed(&folder, name);
        fs::remove_file(&path).expect("the pipe");
        fs::create_dir(&path).expect("a directory");
        assert_misnamed(&folder, name);
        fs::remove_dir(&path).expect("the directory");
        symlink(&aside, &path).expect("a link");
        assert_misnamed(&folder, name);
        fs::remove_file(&path).expect("the link");
        if was_there {
            fs::rename(&aside, &path).expect("it is moved back");
        }
    }
    drop(open(&folder, Access::Change).expect("nothing else is wrong"));
    // Among the files of something else it is those that are named.
    let other = scratch("misnamed-other");
    fs::create_dir_all(other.join("checkpoint")).expect("a folder");
    fs::write(other.join("weights"), "mine").expect("a file");
    let error = open(&other, Access::ChangeOrCreate).expect_err("it is refused");
    assert!(matches!(error, StoreError::NotAState { .. }), "{error}");
}
