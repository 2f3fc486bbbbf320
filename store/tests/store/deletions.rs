//! Files that nothing needs are deleted, whatever has failed before: a checkpoint that failed leaves none
//! behind that the next does not delete.

use lockstep_store::{Access, Settings, Store, StoreError};

use crate::entries::{Numbers, batch};
use crate::failing_disk::{FailingDisk, Trip};
use crate::refusals::segments;
use crate::workload::{Event, Model, open_with, tight};

/// How many versions there are before most are given up.
const VERSIONS: u32 = 30;

/// Everything is kept, and nothing is copied.
fn settings(background: bool) -> Settings {
    Settings {
        background,
        kept_versions: VERSIONS + 10,
        dead_percent_max: 100_000,
        ..tight()
    }
}

fn commit(store: Store, model: &mut Model, numbers: &mut Numbers) -> Store {
    let event = Event::Commit(batch(numbers, 30, 40));
    let (store, result) = model.make_in(store, &event);
    result.expect("a commit");
    model.make(&event);
    store
}

/// A store with many segments, all of which a kept version needs.
fn filled(disk: &FailingDisk, settings: Settings, numbers: &mut Numbers) -> (Store, Model) {
    let (mut store, _) = open_with(disk, Access::Create, settings).expect("a store");
    let mut model = Model::new(settings.kept_versions as usize);
    for _ in 0..VERSIONS {
        store = commit(store, &mut model, numbers);
    }
    store.checkpoint().expect("a checkpoint");
    assert!(segments(disk).len() > 8);
    (store, model)
}

/// Checks that there is a file for each segment of the log, and no other.
fn assert_no_others(disk: &FailingDisk, store: &Store, what: &str) {
    let files = segments(disk).len() as u64;
    assert_eq!(files, store.statistics().segments, "{what}");
}

/// Gives up all versions but the last while the disk is full or one step fails. Returns whether the
/// versions were given up.
fn prune_with(trip: Trip, step: u64, background: bool) -> bool {
    let what = format!("{trip:?} at {step}, {background}");
    let (disk, settings) = (FailingDisk::default(), settings(background));
    let mut numbers = Numbers(5);
    let (mut store, mut model) = filled(&disk, settings, &mut numbers);
    disk.trip_after(step, trip);
    let pruned = store.prune(1);
    disk.mend();
    match pruned {
        // A step of a thread that failed was done again.
        Ok(()) => assert_no_others(&disk, &store, &what),
        Err(StoreError::NoCheckpoint { .. }) => {}
        Err(_) => return false,
    }
    model.make(&Event::Prune(1));
    store.checkpoint().expect("the next checkpoint");
    assert_no_others(&disk, &store, &what);
    let few = segments(&disk).len();
    assert!(few <= 4, "{what}: {few} files are left");
    store = commit(store, &mut model, &mut numbers);
    drop(store);
    let (store, _) = open_with(&disk, Access::Change, settings).expect("it opens");
    model.assert_same(&store);
    assert_no_others(&disk, &store, &what);
    true
}

#[test]
fn what_a_failed_checkpoint_leaves_is_deleted_by_the_next() {
    for background in [false, true] {
        for trip in [Trip::Fail, Trip::Full] {
            let steps = (0..20).filter(|step| prune_with(trip, *step, background));
            let given_up = steps.count();
            assert!(given_up > 10, "{trip:?}: {given_up} times");
        }
    }
}

#[test]
fn what_a_checkpoint_between_commits_leaves_is_deleted_by_a_later_one() {
    let mut failed = 0;
    for background in [false, true] {
        for step in 0..150 {
            let disk = FailingDisk::default();
            let settings = Settings {
                background,
                ..tight()
            };
            let (mut store, _) = open_with(&disk, Access::Create, settings).expect("a store");
            let (mut model, mut numbers) = (Model::new(3), Numbers(5));
            disk.trip_after(step, Trip::Fail);
            let mut is_sound = true;
            for _ in 0..40 {
                let event = Event::Commit(batch(&mut numbers, 30, 40));
                let (after, result) = model.make_in(store, &event);
                store = after;
                is_sound = result.is_ok();
                if !is_sound {
                    break;
                }
                model.make(&event);
            }
            disk.mend();
            if is_sound {
                failed += 1;
                store.prune(1).expect("it goes on");
                assert_no_others(&disk, &store, &format!("step {step}, {background}"));
            }
        }
    }
    assert!(failed > 20, "{failed} steps failed that no commit needs");
}
