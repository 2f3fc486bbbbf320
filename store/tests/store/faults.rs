//! The machine stops, or a step fails, at every step of a course of events in turn.

use lockstep_store::{Access, Settings, StoreError};

use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{Event, Model, events, open, open_with, tight};

/// How many events the course has.
const EVENTS: u64 = 26;

fn course() -> Vec<Event> {
    events(&mut Numbers(7), EVENTS)
}

fn model() -> Model {
    Model::new(tight().kept_versions as usize)
}

/// Whether commits return before their frames are written.
const BOTH_WAYS: [bool; 2] = [false, true];

/// Runs the course until something fails. Returns the model of what was acknowledged, and, if an
/// event failed, the model as it would be with it.
fn run(disk: &FailingDisk, background: bool) -> (Model, Option<Model>) {
    let settings = Settings {
        background,
        ..tight()
    };
    let (mut acknowledged, mut store) = match open_with(disk, Access::ChangeOrCreate, settings) {
        Ok((store, _)) => (model(), store),
        Err(_) => return (model(), None),
    };
    for event in course() {
        let mut next = acknowledged.clone();
        next.make(&event);
        let (after, result) = acknowledged.make_in(store, &event);
        store = after;
        if result.is_err() {
            return (acknowledged, Some(next));
        }
        acknowledged = next;
    }
    (acknowledged, None)
}

/// Opens what is left, checks it, and goes on with it. Returns whether the log had a torn tail, and
/// whether the event that failed is lost.
fn assert_recovers(
    disk: &FailingDisk,
    acknowledged: &Model,
    next: Option<&Model>,
    what: &str,
) -> (bool, bool) {
    let (store, found) = open(disk, Access::ChangeOrCreate)
        .unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
    let last = (store.last().number, store.last().root);
    let held = [Some(acknowledged), next]
        .into_iter()
        .flatten()
        .find(|model| {
            let kept: Vec<u64> = store.versions().map(|version| version.number).collect();
            let expected: Vec<u64> = model.versions.iter().map(|found| found.number).collect();
            (model.last().number, model.last().root()) == last && kept == expected
        });
    let mut model = held
        .unwrap_or_else(|| panic!("{what}: found {last:?}, which is neither"))
        .clone();
    let is_lost = next.is_some_and(|next| *next != model);
    model.assert_same(&store);
    let mut numbers = Numbers(99);
    let mut store = store;
    for event in events(&mut numbers, 4) {
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.unwrap_or_else(|error| panic!("{what}: it does not go on: {error}"));
        model.make(&event);
        assert_survives(disk, &model, &mut numbers, what);
    }
    drop(store);
    let (store, opening) = open(disk, Access::Change).expect("it opens again");
    assert_eq!(opening.torn_tail, None, "{what}");
    model.assert_same(&store);
    (found.torn_tail.is_some(), is_lost)
}

/// Checks that what was acknowledged is there if the machine stops now, before the store is closed
/// and a checkpoint makes up for what was missed.
fn assert_survives(disk: &FailingDisk, model: &Model, numbers: &mut Numbers, what: &str) {
    for _ in 0..2 {
        let found = disk.restart(numbers);
        let (store, _) = open(&found, Access::Change)
            .unwrap_or_else(|error| panic!("{what}: it is lost after going on: {error}"));
        assert_eq!(store.last().number, model.last().number, "{what}");
        assert_eq!(store.last().root, model.last().root(), "{what}");
    }
}

/// How many steps the whole course takes.
fn step_count(background: bool) -> u64 {
    let disk = FailingDisk::default();
    let (acknowledged, failed) = run(&disk, background);
    assert_eq!(failed, None);
    let steps = disk.steps();
    assert_recovers(&disk, &acknowledged, None, "nothing failed");
    assert!(steps > 150, "the course has {steps} steps only");
    steps
}

#[test]
fn whenever_the_machine_stops_the_last_acknowledged_state_or_the_next_is_there() {
    for background in BOTH_WAYS {
        let steps = step_count(background);
        let mut numbers = Numbers(3);
        let (mut torn, mut lost) = (0, 0);
        for step in 0..steps {
            let disk = FailingDisk::default();
            disk.trip_after(step, Trip::Stop);
            let (acknowledged, next) = run(&disk, background);
            for take in 0..3 {
                let found = disk.restart(&mut numbers);
                let what = format!("stopped at step {step}, take {take}, {background}");
                let (is_torn, is_lost) =
                    assert_recovers(&found, &acknowledged, next.as_ref(), &what);
                torn += u64::from(is_torn);
                lost += u64::from(is_lost);
            }
        }
        // The disk does lose and tear what was on its way.
        assert!(torn > 20 && lost > 50, "{torn} torn, {lost} lost");
    }
}

#[test]
fn a_step_that_fails_loses_nothing() {
    for background in BOTH_WAYS {
        for step in 0..step_count(background) {
            let disk = FailingDisk::default();
            disk.trip_after(step, Trip::Fail);
            let (acknowledged, next) = run(&disk, background);
            disk.mend();
            let what = format!("step {step} failed, {background}");
            assert_recovers(&disk, &acknowledged, next.as_ref(), &what);
        }
    }
}

#[test]
fn a_full_disk_loses_nothing_and_opens_while_it_is_full() {
    for background in BOTH_WAYS {
        let steps = step_count(background);
        let disk = FailingDisk::default();
        drop(open(&disk, Access::Create).expect("a store"));
        let (made, mut failed) = (disk.steps(), 0);
        for step in (made..steps).step_by(3) {
            let disk = FailingDisk::default();
            disk.trip_after(step, Trip::Full);
            let (acknowledged, next) = run(&disk, background);
            let what = format!("full from step {step} on, {background}");
            let (store, _) = open(&disk, Access::Change).unwrap_or_else(|e| panic!("{what}: {e}"));
            let last = store.last().root;
            let next_root = next.as_ref().map(|next| next.last().root());
            assert!(
                last == acknowledged.last().root() || Some(last) == next_root,
                "{what}"
            );
            failed += u64::from(next.is_some());
            drop(store);
            disk.mend();
            assert_recovers(&disk, &acknowledged, next.as_ref(), &what);
        }
        assert!(failed > steps / 4, "{failed} events failed");
    }
}

#[test]
fn after_a_failed_write_the_store_takes_nothing_more_but_can_be_read() {
    let disk = FailingDisk::default();
    let (store, _) = open(&disk, Access::Create).expect("a store");
    let (mut model, mut numbers) = (model(), Numbers(5));
    let [first, second] =
        [0, 1].map(|_| Event::Commit(crate::entries::batch(&mut numbers, 30, 40)));
    let (store, result) = model.make_in(store, &first);
    result.expect("a commit");
    model.make(&first);
    disk.trip_after(0, Trip::Full);
    let (store, result) = model.make_in(store, &second);
    let error = result.expect_err("the disk is full");
    assert!(
        error.contains("cannot write /state/00000001.log"),
        "{error}"
    );
    disk.mend();
    let (mut store, result) = model.make_in(store, &second);
    let error = result.expect_err("the end of the log is not known");
    assert!(error.contains("open it again"), "{error}");
    let error = store
        .checkpoint()
        .expect_err("the end of the log is not known");
    assert!(matches!(error, StoreError::Failed { .. }));
    model.assert_same(&store);
    drop(store);
    let (store, opening) = open(&disk, Access::Change).expect("it opens");
    assert!(opening.torn_tail.is_some());
    model.assert_same(&store);
    let (_, result) = model.make_in(store, &second);
    result.expect("there is room again");
}

#[test]
fn what_is_durable_is_not_reported_as_failed_when_only_the_checkpoint_has_no_room() {
    let disk = FailingDisk::default();
    let (mut store, _) = open(&disk, Access::Create).expect("a store");
    let (mut model, mut numbers) = (model(), Numbers(6));
    for _ in 0..3 {
        let event = Event::Commit(crate::entries::batch(&mut numbers, 4, 40));
        store = model.make_in(store, &event).0;
        model.make(&event);
    }
    // The log is longer than it need be, so that a small frame fits in.
    disk.trip_after(0, Trip::Full);
    for event in [Event::Rollback(1), Event::Prune(1)] {
        let (after, result) = model.make_in(store, &event);
        store = after;
        model.make(&event);
        if let Err(error) = result {
            assert!(
                error.starts_with("every change is made and durable, but no checkpoint"),
                "{error}"
            );
        }
        model.assert_same(&store);
    }
    for result in [store.checkpoint(), store.close()] {
        let error = result.expect_err("there is no room");
        let StoreError::NoCheckpoint { source } = &error else {
            panic!("{error}");
        };
        assert!(matches!(**source, StoreError::Io { .. }), "{error}");
    }
    let (store, _) = open(&disk, Access::Change).expect("it opens while the disk is full");
    model.assert_same(&store);
    drop(store);
    disk.mend();
    let (mut store, _) = open(&disk, Access::Change).expect("it opens");
    store.checkpoint().expect("there is room");
    model.assert_same(&store);
}

#[test]
fn what_a_process_that_died_has_left_is_durable_before_anything_is_built_on_it() {
    for background in BOTH_WAYS {
        for step in 0..step_count(background) {
            let disk = FailingDisk::default();
            disk.trip_after(step, Trip::Stop);
            let (acknowledged, next) = run(&disk, background);
            // Only the process has ended: what it has done is there, and nothing more of it is synced.
            disk.mend();
            let what = format!("the process died at step {step}, {background}");
            assert_recovers(&disk, &acknowledged, next.as_ref(), &what);
        }
    }
}
