//! Who may work on a directory, and for how long.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lockstep_store::{Access, Medium, MediumFile, Mode, Settings, Store};

use crate::entries::{Numbers, batch};
use crate::failing_disk::{FailingDisk, Trip};
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
        let event = Event::Commit(batch(&mut numbers, 100, 4_000));
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
