//! Who may work on a directory, and for how long.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lockstep_store::{Access, Disk, Medium, MediumFile, Mode, Settings, Store, StoreError};

use crate::entries::{Numbers, batch, scratch};
use crate::failing_disk::{FailingDisk, Trip};
use crate::hooked::Hooked;
use crate::workload::{Event, Model, PLACE, open, tight};

/// How long a slow disk takes to rename a file.
const RENAME_TIME: Duration = Duration::from_millis(1_000);

/// A disk that is slow to rename.
#[derive(Clone, Debug, Default)]
struct Slow {
    disk: FailingDisk,
    is_slow: Arc<AtomicBool>,
    is_renaming: Arc<AtomicBool>,
}

impl Medium for Slow {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        self.disk.open(path, mode)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if self.is_slow.load(Ordering::SeqCst) {
            self.is_renaming.store(true, Ordering::SeqCst);
            std::thread::sleep(RENAME_TIME);
        }
        let result = self.disk.rename(from, to);
        self.is_renaming.store(false, Ordering::SeqCst);
        result
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_directory(path)
    }
}

#[test]
fn the_lock_is_kept_until_the_stores_own_thread_has_ended() {
    let slow = Slow::default();
    let settings = Settings {
        background: true,
        // Another segment would wait for the checkpoint of the first.
        segment_bytes: 16 << 10,
        ..tight()
    };
    let medium = Arc::new(slow.clone());
    let opened = Store::on(medium, Path::new(PLACE), Access::Create, settings);
    let (mut store, _) = opened.expect("a store");
    let mut model = Model::new(settings.kept_versions as usize);
    let mut numbers = Numbers(31);
    slow.is_slow.store(true, Ordering::SeqCst);
    // Until a segment begins, and its checkpoint with it.
    while !slow.is_renaming.load(Ordering::SeqCst) {
        let event = Event::Commit(batch(&mut numbers, 20, 40));
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.expect("a commit");
        model.make(&event);
        std::thread::sleep(Duration::from_millis(5));
    }
    slow.disk.trip_after(0, Trip::Full);
    for _ in 0..2 {
        let event = Event::Commit(batch(&mut numbers, 400, 4_000));
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.expect_err("the disk is full");
    }
    assert!(slow.is_renaming.load(Ordering::SeqCst), "it was too slow");
    drop(store);
    assert!(
        !slow.is_renaming.load(Ordering::SeqCst),
        "the lock was given back too early"
    );
    slow.disk.mend();
    let (store, _) = open(&slow.disk, Access::Change).expect("it opens");
    model.assert_same(&store);
}

fn lock_path() -> PathBuf {
    Path::new(PLACE).join("LOCK")
}

/// A store with one commit, and what it holds.
fn with_one_commit(disk: &FailingDisk, numbers: &mut Numbers) -> (Store, Model) {
    let (store, _) = open(disk, Access::Create).expect("a store");
    commit(store, Model::new(3), numbers)
}

fn commit(store: Store, mut model: Model, numbers: &mut Numbers) -> (Store, Model) {
    let event = Event::Commit(batch(numbers, 10, 40));
    let (store, result) = model.make_in(store, &event);
    result.expect("a commit");
    model.make(&event);
    (store, model)
}

#[test]
fn whoever_has_lost_the_lock_file_changes_nothing_more() {
    let (disk, mut numbers) = (FailingDisk::default(), Numbers(32));
    let (first, model) = with_one_commit(&disk, &mut numbers);
    // Somebody deletes the file although the store is in use.
    disk.lose(&lock_path());
    let (second, _) = open(&disk, Access::Change).expect("nothing is locked");
    let (second, model) = commit(second, model, &mut numbers);
    let event = Event::Commit(batch(&mut numbers, 10, 40));
    let (mut first, result) = model.make_in(first, &event);
    let error = result.expect_err("there are two");
    assert!(error.contains("is in use by another process"), "{error}");
    for result in [first.prune(1), first.rollback(0), first.checkpoint()] {
        assert!(
            matches!(result, Err(StoreError::Locked { .. })),
            "{result:?}"
        );
    }
    drop(first);
    let (second, model) = commit(second, model, &mut numbers);
    model.assert_same(&second);
    drop(second);
    let (store, opening) = open(&disk, Access::Change).expect("it is whole");
    assert_eq!((opening.frames_read, opening.torn_tail), (0, None));
    model.assert_same(&store);
}

#[test]
fn a_copy_without_the_lock_file_can_be_read() {
    let (disk, mut numbers) = (FailingDisk::default(), Numbers(33));
    let (store, model) = with_one_commit(&disk, &mut numbers);
    drop(store);
    disk.lose(&lock_path());
    let (store, _) = open(&disk, Access::Read).expect("it can be read");
    model.assert_same(&store);
    let error = open(&disk, Access::Change).expect_err("somebody reads");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(store);
    // Where there is no store, nothing is made.
    let empty = FailingDisk::default();
    open(&empty, Access::Read).expect_err("there is none");
    assert_eq!(empty.paths(), Vec::<PathBuf>::new());
}

/// A disk on which no file can be made.
#[derive(Clone, Debug)]
struct Sealed(FailingDisk, io::ErrorKind);

impl Medium for Sealed {
    fn create_directory(&self, _: &Path) -> io::Result<()> {
        Err(self.1.into())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.0.list(path)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        match (mode, self.0.open(path, Mode::Read)) {
            (Mode::Read, opened) => opened,
            _ => Err(self.1.into()),
        }
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(self.1.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Err(self.1.into())
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        Err(self.1.into())
    }
}

#[test]
fn a_copy_without_the_lock_file_can_be_read_where_it_cannot_be_made() {
    let (disk, mut numbers) = (FailingDisk::default(), Numbers(35));
    let (store, model) = with_one_commit(&disk, &mut numbers);
    drop(store);
    for kind in [
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::ReadOnlyFilesystem,
    ] {
        disk.lose(&lock_path());
        let sealed = Sealed(disk.clone(), kind);
        let error = open(&sealed, Access::Change).expect_err("it cannot be changed");
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
        let (one, _) = open(&sealed, Access::Read).expect("it can be read");
        let (two, _) = open(&sealed, Access::Read).expect("by two");
        model.assert_same(&one);
        drop(one);
        // Whoever may make the file does not change what is read.
        let error = open(&disk, Access::Change).expect_err("somebody reads");
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        model.assert_same(&two);
        drop(two);
        let (store, _) = open(&disk, Access::Change).expect("it is free");
        let error = open(&sealed, Access::Read).expect_err("somebody changes it");
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        drop(store);
    }
}

#[test]
fn a_lock_on_a_file_that_is_gone_is_no_lock() {
    let (disk, mut numbers) = (FailingDisk::default(), Numbers(34));
    let (store, model) = with_one_commit(&disk, &mut numbers);
    drop(store);
    for access in [Access::Change, Access::Read] {
        // Somebody deletes the lock file just after it was opened, once.
        let is_deleted = AtomicBool::new(false);
        let meddled = Hooked::opening(&disk, move |disk, path, mode| {
            let file = disk.open(path, mode);
            if path == lock_path() && !is_deleted.swap(true, Ordering::SeqCst) {
                disk.lose(path);
            }
            file
        });
        let (store, _) = open(&meddled, access).expect("it opens");
        model.assert_same(&store);
        let error = open(&disk, Access::Change).expect_err("it is open");
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    }
}

#[test]
fn a_lock_file_that_somebody_else_made_locks_its_owner_not_out() {
    let (disk, mut numbers) = (FailingDisk::default(), Numbers(36));
    let (store, model) = with_one_commit(&disk, &mut numbers);
    drop(store);
    // It can be read and not written: the superuser may have read a copy without one.
    let foreign = Hooked::opening(&disk, |disk, path, mode| {
        if path == lock_path() && mode != Mode::Read && disk.paths().contains(&lock_path()) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        disk.open(path, mode)
    });
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

#[cfg(unix)]
#[test]
fn a_deleted_lock_file_is_noticed_on_the_real_file_system() {
    let folder = scratch("lock-file");
    let mut store = Store::create(&folder, Settings::default()).expect("a store");
    store.checkpoint().expect("the lock is there");
    for again in [false, true] {
        let path = folder.join("LOCK");
        if again {
            std::fs::write(&path, "").expect("a file");
        } else {
            std::fs::remove_file(&path).expect("the file");
        }
        let error = store.checkpoint().expect_err("it is another file");
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    }
    drop(store);
    let read = Store::on(Arc::new(Disk), &folder, Access::Read, Settings::default());
    read.expect("it is whole");
}
