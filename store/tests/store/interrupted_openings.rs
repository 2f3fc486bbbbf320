//! Openings that do not come to their end, because the process ends or a sync fails. What they have done is
//! there for the next process, and not durable when the machine stops after that.

use lockstep_store::{Access, Store};

use crate::ahead::{begun, commit};
use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::lost_end::at_the_end_of_a_segment;
use crate::workload::{Event, Model, open};

/// Has something happen at each step of an opening, after which the process ends, and stops the machine at
/// each step of the next one, which compacts the store, and checks that the store opens then with what it
/// held.
fn assert_held(found: &FailingDisk, model: &Model, trip: Trip, what: &str) {
    for died in 0..7 {
        for step in 0..13 {
            let disk = found.restart(&mut Numbers(1));
            disk.drop_unsynced();
            disk.trip_after(died, trip);
            drop(open(&disk, Access::Change));
            disk.mend();
            disk.trip_after(step, Trip::Stop);
            if let Ok((store, _)) = open(&disk, Access::Change) {
                drop(model.make_in(store, &Event::Compact));
            }
            for seed in 0..8 {
                let what = format!("{what}, {trip:?} at {died}, stopped at {step}, {seed}");
                let disk = disk.restart(&mut Numbers(seed));
                let (store, _) = open(&disk, Access::Change)
                    .unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
                model.assert_same(&store);
            }
        }
    }
}

/// Stops the machine at each step of an event, and returns the disks on which the store says of a file with
/// this name that it has the beginning of a change.
fn torn(begin: fn(&FailingDisk) -> (Store, Model), event: &Event, name: &str) -> Vec<FailingDisk> {
    let mut torn = Vec::new();
    for (step, seed) in (0..12).flat_map(|step| (0..4).map(move |seed| (step, seed))) {
        let disk = FailingDisk::default();
        let (store, model) = begin(&disk);
        disk.trip_after(step, Trip::Stop);
        drop(model.make_in(store, event));
        let found = disk.restart(&mut Numbers(seed));
        let (_, opening) = open(&found, Access::Read).expect("it can be read");
        if opening
            .torn_tail
            .is_some_and(|tail| tail.path.ends_with(name))
        {
            torn.push(found);
        }
    }
    torn
}

/// A store with a checkpoint at the end of its log.
fn closed(disk: &FailingDisk) -> (Store, Model) {
    let (store, model) = begun(disk);
    store.close().expect("it is closed");
    let (store, _) = open(disk, Access::Change).expect("it opens");
    (store, model)
}

#[test]
fn an_unfinished_frame_that_was_cut_off_does_not_come_back_before_another_segment() {
    let torn = torn(closed, &commit(&mut Numbers(30), 20), "00000001.log");
    assert!(torn.len() > 2, "{}", torn.len());
    let (_, model) = begun(&FailingDisk::default());
    for trip in [Trip::Stop, Trip::FailAndStop] {
        for (index, found) in torn.iter().take(2).enumerate() {
            assert_held(found, &model, trip, &format!("disk {index}"));
        }
    }
}

#[test]
fn an_unfinished_entry_that_was_taken_away_does_not_come_back_without_its_segment() {
    let torn = torn(
        at_the_end_of_a_segment,
        &commit(&mut Numbers(30), 200),
        "wal",
    );
    assert!(torn.len() > 2, "{}", torn.len());
    let (_, model) = at_the_end_of_a_segment(&FailingDisk::default());
    for (index, found) in torn.iter().take(2).enumerate() {
        assert_held(found, &model, Trip::Stop, &format!("disk {index}"));
    }
}

#[test]
fn a_compaction_leaves_no_segment_without_the_one_before_it() {
    for (step, seed) in (0..12).flat_map(|step| (0..4).map(move |seed| (step, seed))) {
        let disk = FailingDisk::default();
        let (store, model) = at_the_end_of_a_segment(&disk);
        disk.trip_after(step, Trip::Stop);
        drop(model.make_in(store, &Event::Compact));
        let found = disk.restart(&mut Numbers(seed));
        let what = format!("compacting to {step}, {seed}");
        assert_held(&found, &model, Trip::Stop, &what);
    }
}
