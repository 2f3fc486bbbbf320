//! Batches that have to lead to a root that somebody has claimed, and a machine that stops before it is
//! known whether they do.

use std::path::Path;

use lockstep_state_trie::{Digest, NodeStore};
use lockstep_store::Access;

use crate::ahead::{AHEAD_STEPS, DURABLE_STEPS, begun, commit};
use crate::announced::{announce_to, changes, no_changes, wait_for};
use crate::entries::{Batch, Numbers};
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{Event, FORGED, Model, PLACE, open};

/// A disk on which the changes of a batch are durable and nobody knows yet where they lead. The model is of
/// before.
fn undecided(claimed: Digest) -> (FailingDisk, Model) {
    let disk = FailingDisk::default();
    let (mut store, model) = begun(&disk);
    let steps = disk.steps();
    announce_to(&mut store, &model, &changes(), Some(claimed)).expect("it is announced");
    wait_for(&disk, steps + DURABLE_STEPS);
    let found = disk.restart(&mut Numbers(1));
    drop(store);
    (found, model)
}

fn wal_is_there(disk: &FailingDisk) -> bool {
    let wal = Path::new(PLACE).join("wal");
    disk.paths().contains(&wal)
}

#[test]
fn changes_that_lead_to_the_claimed_root_are_made_again() {
    let (_, mut model) = undecided(FORGED);
    model.make(&Event::Commit(changes()));
    let (disk, _) = undecided(model.last().root());
    for access in [Access::Read, Access::Change] {
        let (store, opening) = open(&disk, access).expect("it opens");
        assert!(opening.made_again && opening.torn_tail.is_none());
        model.assert_same(&store);
    }
}

#[test]
fn changes_that_lead_to_another_root_than_the_claimed_one_never_were() {
    let (disk, mut model) = undecided(FORGED);
    let length = disk.contents(&Path::new(PLACE).join("wal")).len() as u64;
    for access in [Access::Read, Access::Read, Access::Change] {
        assert!(wal_is_there(&disk));
        let (store, opening) = open(&disk, access).expect("it opens");
        assert!(!opening.made_again && opening.not_made.is_none());
        let tail = opening.torn_tail.expect("it is told");
        assert!(tail.path.ends_with("wal"), "{tail:?}");
        assert_eq!((tail.offset, tail.bytes), (0, length));
        model.assert_same(&store);
    }
    assert!(!wal_is_there(&disk));
    let (store, opening) = open(&disk, Access::Change).expect("it opens");
    assert_eq!(opening.torn_tail, None);
    let next = commit(&mut Numbers(5), 20);
    let (store, result) = model.make_in(store, &next);
    result.expect("it goes on");
    model.make(&next);
    model.assert_same(&store);
}

#[test]
fn a_forged_root_leaves_the_store_as_it_was_wherever_the_machine_stops() {
    let [mut torn, mut refused] = [0, 0];
    // The entry is written and synced, and so is that it does not count.
    for (step, seed) in (0..60).map(|seed| (seed % (2 * DURABLE_STEPS + 2), seed)) {
        let disk = FailingDisk::default();
        let (store, mut model) = begun(&disk);
        disk.trip_after(step, Trip::Stop);
        let (store, result) = model.make_in(store, &Event::Forged(changes()));
        refused += u32::from(result.is_err());
        drop(store);
        let disk = disk.restart(&mut Numbers(seed));
        for access in [Access::Read, Access::Change] {
            let (store, opening) = open(&disk, access).expect("it opens");
            assert!(!opening.made_again && opening.not_made.is_none(), "{step}");
            torn += u32::from(opening.torn_tail.is_some());
            model.assert_same(&store);
        }
        let (store, _) = open(&disk, Access::Change).expect("it opens");
        let next = Event::Claimed(changes());
        let (store, result) = model.make_in(store, &next);
        result.expect("the true block follows");
        model.make(&next);
        model.assert_same(&store);
    }
    assert!(torn > 10, "{torn}");
    // What cannot be worked out at the end is no error: the store just takes no more changes.
    assert_eq!(refused, 0);
}

#[test]
fn that_a_root_was_forged_is_told_if_the_store_was_not_closed() {
    for seed in 0..8 {
        let disk = FailingDisk::default();
        let (store, model) = begun(&disk);
        let (store, result) = model.make_in(store, &Event::Forged(changes()));
        result.expect("the store goes on");
        let stopped = disk.restart(&mut Numbers(seed));
        drop(store);
        let closed = disk.restart(&mut Numbers(seed));
        for (disk, is_told) in [(stopped, true), (closed, false)] {
            let (store, opening) = open(&disk, Access::Read).expect("it opens");
            assert!(!opening.made_again && opening.not_made.is_none());
            assert_eq!(opening.torn_tail.is_some(), is_told);
            model.assert_same(&store);
        }
    }
}

#[test]
fn a_claimed_batch_whose_frame_is_missing_is_made_again() {
    for seed in 0..8 {
        let disk = FailingDisk::default();
        let (store, mut model) = begun(&disk);
        disk.trip_after(AHEAD_STEPS, Trip::Stop);
        let claimed = Event::Claimed(changes());
        let (store, result) = model.make_in(store, &claimed);
        result.expect("its changes are durable");
        model.make(&claimed);
        drop(store);
        let disk = disk.restart(&mut Numbers(seed));
        for access in [Access::Read, Access::Change] {
            let (store, opening) = open(&disk, access).expect("it opens");
            assert!(opening.made_again);
            model.assert_same(&store);
        }
    }
}

#[test]
fn what_is_applied_with_another_root_is_not_taken_for_the_claimed_batch() {
    let mut applied = 0;
    for step in 0..5 * DURABLE_STEPS {
        let disk = FailingDisk::default();
        let (mut store, model) = begun(&disk);
        disk.trip_after(step, Trip::Stop);
        let announced = announce_to(&mut store, &model, &Batch::new(), Some(FORGED));
        announced.expect("it is announced");
        let changes = no_changes(&store);
        let is_applied = store.apply(changes).is_ok();
        applied += u32::from(is_applied);
        drop(store);
        let found = disk.restart(&mut Numbers(step));
        let (store, _) = open(&found, Access::Read).expect("it opens");
        let number = store.last().number;
        assert!(number == model.last().number + 1 || !is_applied, "{step}");
        assert_eq!(store.last().root, model.last().root());
    }
    assert!((2..9).contains(&applied), "{applied}");
}
