//! A log that has lost its end, with the write-ahead log beside it, and names and headers that may not be
//! durable when a commit goes ahead.

use std::path::Path;

use lockstep_store::{Access, Settings, Store, StoreError};

use crate::ahead::{begun, commit, settings};
use crate::entries::{Numbers, assert_holds};
use crate::failing_disk::{FailingDisk, Trip};
use crate::refusals::{refusal, segments};
use crate::workload::{Event, Model, PLACE, open, open_with, tight};

/// The place of the entry in the write-ahead log, as segment and offset.
fn place_of_entry(disk: &FailingDisk) -> (u64, usize) {
    let entry = disk.contents(&Path::new(PLACE).join("wal"));
    let place = u64::from_le_bytes(entry[32..40].try_into().expect("eight bytes"));
    let offset = usize::try_from(place % (1 << 36)).expect("small");
    (place >> 36, offset)
}

/// Makes five commits that go ahead, in one segment and without a checkpoint behind the first.
fn five_commits() -> (FailingDisk, Model) {
    let disk = FailingDisk::default();
    let wide = Settings {
        segment_bytes: 1 << 20,
        ..settings()
    };
    let (mut store, _) = open_with(&disk, Access::Create, wide).expect("a store");
    let (mut model, mut numbers) = (Model::new(3), Numbers(9));
    for _ in 0..5 {
        let event = commit(&mut numbers, 10);
        let (after, result) = model.make_in(store, &event);
        result.expect("a commit");
        model.make(&event);
        store = after;
    }
    // The last frame is there, and its entry is not needed any more.
    store.record(5).expect("a record");
    let found = disk.restart(&mut Numbers(1));
    std::mem::forget(store);
    (found, model)
}

fn assert_frames_are_missed(disk: &FailingDisk) {
    let read = open(disk, Access::Read).map(|_| ());
    for error in [read.expect_err("frames are missing"), refusal(disk)] {
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("frames are missing"), "{error}");
    }
}

#[test]
fn the_write_ahead_log_shows_that_the_log_has_lost_its_end() {
    let (disk, model) = five_commits();
    let log = segments(&disk).pop().expect("a segment");
    let whole = disk.contents(&log);
    let (segment, last) = place_of_entry(&disk);
    assert_eq!(segment, 1);
    assert!(last > 1_000 && whole.len() > last);
    let zeroed = |from: usize| {
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        bytes
    };
    for end in (64..last - 8).step_by(56) {
        for bytes in [zeroed(end), whole[..end].to_vec()] {
            disk.overwrite(&log, bytes);
            assert_frames_are_missed(&disk);
        }
    }
    // The frame of the last commit follows from the entry.
    for end in [last, last + 8, last + 200] {
        for bytes in [zeroed(end), whole[..end].to_vec()] {
            let disk = disk.restart(&mut Numbers(1));
            disk.overwrite(&log, bytes);
            let (store, opening) = open(&disk, Access::Change).expect("nothing is lost");
            assert!(opening.made_again && opening.torn_tail.is_none());
            model.assert_same(&store);
        }
    }
}

#[test]
fn a_segment_that_is_lost_is_missed_when_the_entry_is_for_it() {
    let disk = FailingDisk::default();
    let (mut store, mut model) = begun(&disk);
    let mut numbers = Numbers(3);
    while place_of_entry(&disk).0 < 2 {
        let event = commit(&mut numbers, 20);
        let (after, result) = model.make_in(store, &event);
        result.expect("a commit");
        model.make(&event);
        store = after;
    }
    store.record(store.last().number).expect("a record");
    let found = disk.restart(&mut Numbers(1));
    std::mem::forget(store);
    assert_eq!(segments(&found).len(), 2);
    found.lose(&segments(&found)[1]);
    assert_frames_are_missed(&found);
}

/// Makes an event that goes ahead while the machine stops at a step, and checks that it is there
/// afterwards if it was acknowledged. Returns whether it was.
pub(crate) fn assert_kept(
    disk: &FailingDisk,
    store: Store,
    model: &Model,
    step: u64,
    what: &str,
) -> bool {
    let event = commit(&mut Numbers(30), 20);
    disk.trip_after(step, Trip::Stop);
    let (store, result) = model.make_in(store, &event);
    drop(store);
    let mut next = model.clone();
    next.make(&event);
    for seed in 0..12 {
        let found = disk.restart(&mut Numbers(seed));
        let opened = open(&found, Access::ChangeOrCreate);
        let (store, _) = opened.unwrap_or_else(|e| panic!("{what}: {e}"));
        let is_there = store.last().number == next.last().number;
        assert!(is_there || result.is_err(), "{what}: it is lost");
        let expected = if is_there { &next } else { model };
        expected.assert_same(&store);
    }
    result.is_ok()
}

/// A store of which the next change begins a segment.
pub(crate) fn at_the_end_of_a_segment(disk: &FailingDisk) -> (Store, Model) {
    let (store, mut model) = begun(disk);
    let event = commit(&mut Numbers(2), 20);
    let (mut store, result) = model.make_in(store, &event);
    result.expect("a commit");
    model.make(&event);
    store.checkpoint().expect("a checkpoint");
    assert!(store.statistics().log_bytes >= tight().segment_bytes);
    (store, model)
}

#[test]
fn a_segment_that_a_process_had_begun_is_durable_before_a_commit_goes_ahead() {
    let mut acknowledged = 0;
    for died in 0..5 {
        for step in 0..12 {
            let disk = FailingDisk::default();
            let (store, model) = at_the_end_of_a_segment(&disk);
            disk.trip_after(died, Trip::Stop);
            let (store, result) = model.make_in(store, &commit(&mut Numbers(30), 20));
            result.expect_err("the process has ended");
            drop(store);
            // What it has done is there, and nothing more of it is durable.
            disk.mend();
            let (store, _) = open_with(&disk, Access::Change, settings()).expect("it opens");
            let what = format!("died at {died}, stopped at {step}");
            acknowledged += u32::from(assert_kept(&disk, store, &model, step, &what));
        }
    }
    assert!(acknowledged > 15, "{acknowledged}");
}

/// Has a step fail beside which names are dropped, and goes on with the same store and with one that is
/// opened again. Returns how many commits were acknowledged.
fn with_dropped_names(begin: fn(&FailingDisk) -> (Store, Model), failing: u64, step: u64) -> u32 {
    let mut acknowledged = 0;
    for opens_again in [false, true] {
        let disk = FailingDisk::default();
        let (mut store, mut model) = begin(&disk);
        disk.drop_unsynced();
        disk.trip_after(failing, Trip::Fail);
        let event: Event = commit(&mut Numbers(30), 20);
        let (after, result) = model.make_in(store, &event);
        store = after;
        if result.is_ok() {
            model.make(&event);
        } else if opens_again {
            drop(store);
            let opened = open_with(&disk, Access::Change, settings());
            store = opened.expect("it opens").0;
            if store.last().number > model.last().number {
                model.make(&event);
            }
        }
        let what = format!("failed at {failing}, stopped at {step}, {opens_again}");
        acknowledged += u32::from(assert_kept(&disk, store, &model, step, &what));
    }
    acknowledged
}

/// A store in which nothing has gone ahead yet.
pub(crate) fn new(disk: &FailingDisk) -> (Store, Model) {
    let (store, _) = open_with(disk, Access::Create, settings()).expect("a store");
    (store, Model::new(tight().kept_versions as usize))
}

#[test]
fn no_commit_is_acknowledged_on_a_name_that_is_not_known_to_be_durable() {
    for begin in [new, at_the_end_of_a_segment] {
        let mut acknowledged = 0;
        for failing in 0..8 {
            for step in 0..12 {
                acknowledged += with_dropped_names(begin, failing, step);
            }
        }
        assert!(acknowledged > 20, "{acknowledged}");
    }
}

/// Has a step of a prune fail beside which names are dropped. Then the process ends, another opens the
/// store and ends, and the machine stops. Returns how many segments are gone.
fn with_dropped_checkpoint(failing: u64) -> usize {
    let disk = FailingDisk::default();
    let (mut store, _) = open(&disk, Access::Create).expect("a store");
    let (mut model, mut numbers) = (Model::new(tight().kept_versions as usize), Numbers(8));
    let commits = (0..8).map(|_| commit(&mut numbers, 30));
    let events: Vec<Event> = commits.chain([Event::Compact]).collect();
    for event in &events {
        let (after, result) = model.make_in(store, event);
        result.expect("nothing fails yet");
        model.make(event);
        store = after;
    }
    let before = segments(&disk).len();
    disk.drop_unsynced();
    disk.trip_after(failing, Trip::Fail);
    let (store, _) = model.make_in(store, &Event::Prune(1));
    end_process(&disk, store);
    let (store, _) = open(&disk, Access::Change).expect("it opens");
    end_process(&disk, store);
    for seed in 0..4 {
        let found = disk.restart(&mut Numbers(seed));
        let (store, _) = open(&found, Access::Change)
            .unwrap_or_else(|error| panic!("failed at {failing}: {error}"));
        assert_eq!(store.last().root, model.last().root());
        assert_holds(&store, store.last().root, &model.last().contents);
    }
    before - segments(&disk).len()
}

/// Ends the process that has a store: it does nothing more.
pub(crate) fn end_process(disk: &FailingDisk, store: Store) {
    disk.trip_after(0, Trip::Stop);
    drop(store);
    disk.mend();
}

#[test]
fn no_segment_is_deleted_for_a_checkpoint_that_is_not_known_to_be_durable() {
    assert!((0..20).map(with_dropped_checkpoint).max() > Some(1));
}
