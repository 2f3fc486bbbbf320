//! A checkpoint that is made beside a commit which begins a segment: both sync the directory, and a sync
//! that fails for one of them forgets the names of both.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use lockstep_store::{Access, Medium, MediumFile, Mode};

use crate::ahead::{commit, settings};
use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{Model, open, open_with, tight};

/// How long one thread waits for the other.
const PATIENCE: Duration = Duration::from_millis(300);

/// Something that a thread waits for, but not for ever.
#[derive(Debug, Default)]
struct Signal(Mutex<bool>, Condvar);

impl Signal {
    fn give(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.1.notify_all();
    }

    fn wait(&self) {
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.1.wait_timeout_while(given, PATIENCE, |given| !*given);
    }
}

#[derive(Debug, Default)]
struct Meeting {
    is_armed: AtomicBool,
    /// The segment has its name.
    created: Signal,
    /// The sync that fails has failed.
    failed: Signal,
}

/// A disk on which a checkpoint and a new segment meet if the store lets them: of the two syncs of the
/// directory, one fails first, when both names are there.
#[derive(Clone, Debug)]
struct Meet {
    disk: FailingDisk,
    /// Whether it is the sync of the thread that makes the checkpoint.
    fails_beside: bool,
    meeting: Arc<Meeting>,
}

/// Whether this is a thread of the store.
#[expect(
    clippy::disallowed_methods,
    reason = "which thread fails is what the tests are about"
)]
fn is_beside() -> bool {
    std::thread::current().name() == Some("lockstep-store")
}

impl Medium for Meet {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.disk.list(path)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
        let file = self.disk.open(path, mode);
        let is_segment = path.extension().is_some_and(|ending| ending == "log");
        if is_segment && mode == Mode::CreateNew && self.meeting.is_armed.load(Ordering::SeqCst) {
            self.meeting.created.give();
        }
        file
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let meeting = &self.meeting;
        if !meeting.is_armed.load(Ordering::SeqCst) {
            return self.disk.sync_directory(path);
        }
        let is_beside = is_beside();
        if is_beside {
            meeting.created.wait();
        }
        if is_beside != self.fails_beside {
            meeting.failed.wait();
            return self.disk.sync_directory(path);
        }
        self.disk.trip_after(0, Trip::Fail);
        let result = self.disk.sync_directory(path);
        meeting.failed.give();
        result
    }
}

/// Makes commits of a segment each, with a checkpoint beside each, until one sync of the last fails.
/// Returns whether that commit was acknowledged.
fn last_of_many(fails_beside: bool) -> bool {
    let disk = FailingDisk::default();
    let medium = Meet {
        disk: disk.clone(),
        fails_beside,
        meeting: Arc::default(),
    };
    let (mut store, _) = open_with(&medium, Access::Create, settings()).expect("a store");
    let mut model = Model::new(tight().kept_versions as usize);
    let (mut numbers, mut is_acknowledged) = (Numbers(4), true);
    for is_last in (0..13).map(|index| index == 12) {
        if is_last {
            disk.drop_unsynced();
            medium.meeting.is_armed.store(true, Ordering::SeqCst);
        }
        let event = commit(&mut numbers, 90);
        let (after, result) = model.make_in(store, &event);
        store = after;
        is_acknowledged = result.is_ok();
        assert!(is_last || is_acknowledged);
        if is_acknowledged {
            model.make(&event);
        }
    }
    // What runs beside has come to its end.
    std::thread::sleep(2 * PATIENCE);
    for seed in 0..12 {
        let found = disk.restart(&mut Numbers(seed));
        let (store, _) = open(&found, Access::Change)
            .unwrap_or_else(|error| panic!("fails beside: {fails_beside}: {error}"));
        model.assert_same(&store);
    }
    is_acknowledged
}

#[test]
fn a_sync_that_fails_beside_a_new_segment_is_not_taken_for_a_good_one() {
    assert!(last_of_many(true));
}

#[test]
fn no_segment_is_deleted_after_a_sync_that_failed_beside() {
    assert!(!last_of_many(false));
}
