//! Batches whose changes are durable while they are worked out: those that come, those that do not, and
//! a machine that stops in between.

use std::path::Path;

use lockstep_state_trie::{ComingBatch, Digest, NodeChanges, NodeStore, Trie};
use lockstep_store::{Access, Settings, Store, StoreError};

use crate::ahead::{AHEAD_STEPS, DURABLE_STEPS, begun, commit, settings};
use crate::entries::{Batch, Numbers, batch};
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{Event, Model, PLACE, open, open_with};

/// Announces the next batch of a model to its store.
fn announce(store: &mut Store, model: &Model, batch: &Batch) -> Result<(), String> {
    announce_to(store, model, batch, None)
}

/// The same with the root that it has to lead to.
pub(crate) fn announce_to(
    store: &mut Store,
    model: &Model,
    batch: &Batch,
    claimed: Option<Digest>,
) -> Result<(), String> {
    let changes = batch.iter();
    let changes = changes.map(|(key, value)| (key.as_slice(), value.as_deref()));
    let record = format!("record {}", model.last().number + 1).into_bytes();
    let coming = ComingBatch {
        before: store.last().root,
        changes: &changes.collect::<Vec<_>>(),
        record: &record,
        claimed,
    };
    store.announce(&coming).map_err(|error| error.to_string())
}

/// Changes of which each key comes once.
pub(crate) fn changes() -> Batch {
    let mut batch = batch(&mut Numbers(2), 20, 40);
    batch.sort();
    batch.dedup_by(|(a, _), (b, _)| a == b);
    batch
}

/// Waits until so many steps of the disk were made.
pub(crate) fn wait_for(disk: &FailingDisk, steps: u64) {
    while disk.steps() < steps {
        std::thread::yield_now();
    }
}

fn wal(disk: &FailingDisk) -> Vec<u8> {
    disk.contents(&Path::new(PLACE).join("wal"))
}

#[test]
fn changes_are_durable_before_the_root_is_known() {
    let disk = FailingDisk::default();
    let (mut store, mut model) = begun(&disk);
    let steps = disk.steps();
    announce(&mut store, &model, &changes()).expect("it is announced");
    wait_for(&disk, steps + DURABLE_STEPS);
    let found = disk.restart(&mut Numbers(1));
    std::mem::forget(store);
    model.make(&Event::Commit(changes()));
    for access in [Access::Read, Access::Change] {
        let (store, opening) = open(&found, access).expect("it opens");
        assert!(opening.made_again);
        model.assert_same(&store);
    }
}

#[test]
fn of_a_batch_that_is_withdrawn_nothing_is_found() {
    for ends in [Store::withdraw, |_: &mut Store| {}] {
        let disk = FailingDisk::default();
        let (mut store, mut model) = begun(&disk);
        announce(&mut store, &model, &changes()).expect("it is announced");
        ends(&mut store);
        drop(store);
        for seed in 0..8 {
            let disk = disk.restart(&mut Numbers(seed));
            let (store, opening) = open(&disk, Access::Read).expect("it opens");
            // The store was closed, so there is nothing to tell.
            assert!(!opening.made_again && opening.not_made.is_none());
            assert_eq!(opening.torn_tail, None);
            model.assert_same(&store);
        }
        let (store, _) = open(&disk, Access::Change).expect("it opens");
        let next = commit(&mut Numbers(5), 20);
        let (store, result) = model.make_in(store, &next);
        result.expect("it goes on");
        model.make(&next);
        model.assert_same(&store);
    }
}

#[test]
fn behind_a_batch_that_is_withdrawn_the_store_goes_on() {
    let disk = FailingDisk::default();
    let (mut store, mut model) = begun(&disk);
    let mut numbers = Numbers(7);
    for _ in 0..6 {
        announce(&mut store, &model, &changes()).expect("it is announced");
        store.withdraw();
        let next = commit(&mut numbers, 20);
        let (after, result) = model.make_in(store, &next);
        result.expect("it goes on");
        model.make(&next);
        model.assert_same(&after);
        store = after;
    }
    drop(store);
    let (store, _) = open(&disk, Access::Change).expect("it opens");
    model.assert_same(&store);
}

#[test]
fn a_batch_that_cannot_be_withdrawn_is_the_last() {
    for step in 0..2 * DURABLE_STEPS {
        let disk = FailingDisk::default();
        let (mut store, mut model) = begun(&disk);
        disk.trip_after(step, Trip::FailAndStop);
        announce(&mut store, &model, &changes()).expect("it is announced");
        store.withdraw();
        let (store, result) = model.make_in(store, &commit(&mut Numbers(5), 20));
        let error = result.expect_err("nothing may follow");
        assert!(error.contains("/state/wal"), "{error}");
        model.assert_same(&store);
        drop(store);
        let found = disk.restart(&mut Numbers(step));
        let (store, opening) = open(&found, Access::Change).expect("it opens");
        if opening.made_again {
            model.make(&Event::Commit(changes()));
        }
        model.assert_same(&store);
    }
}

#[test]
fn an_update_that_comes_upon_damage_is_not_made_later() {
    let disk = FailingDisk::default();
    let (store, model) = begun(&disk);
    drop(store);
    let log = Path::new(PLACE).join("00000001.log");
    let whole = disk.contents(&log);
    let mut refused = 0;
    for at in (300..3_000).step_by(90) {
        let disk = disk.restart(&mut Numbers(1));
        let Ok((store, _)) = open_with(&disk, Access::Change, settings()) else {
            continue;
        };
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        disk.overwrite(&log, damaged);
        let mut trie = Trie::open(store, model.last().root()).expect("the root is there");
        let Err(error) = trie.update_with_record(changes(), b"record".to_vec()) else {
            continue;
        };
        refused += 1;
        assert!(error.to_string().contains("is damaged at byte"), "{error}");
        drop(trie);
        disk.overwrite(&log, whole.clone());
        let (store, opening) = open(&disk, Access::Change).expect("it opens");
        assert!(!opening.made_again && opening.not_made.is_none());
        model.assert_same(&store);
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn nothing_is_written_behind_a_frame_that_is_missing() {
    // With room for more frames, an entry is written without a wait for the frame before.
    let wide = Settings {
        segment_bytes: 1 << 20,
        ..settings()
    };
    for is_withdrawn in [true, false] {
        let disk = FailingDisk::default();
        let (store, _) = open_with(&disk, Access::Create, wide).expect("a store");
        let mut model = Model::new(3);
        let [first, second, third] = [1, 2, 3].map(|seed| commit(&mut Numbers(seed), 20));
        let (store, result) = model.make_in(store, &first);
        result.expect("a commit");
        model.make(&first);
        // The frame is there.
        model.assert_same(&store);
        store.record(1).expect("a record");
        disk.trip_after(AHEAD_STEPS, Trip::Fail);
        let (mut store, result) = model.make_in(store, &second);
        result.expect("its changes are durable");
        model.make(&second);
        let entry = wal(&disk);
        if is_withdrawn {
            announce(&mut store, &model, &changes()).expect("it is announced");
            store.withdraw();
        }
        let (store, result) = model.make_in(store, &third);
        let error = result.expect_err("a frame is missing");
        assert!(
            error.contains("cannot write /state/00000001.log"),
            "{error}"
        );
        drop(store);
        assert_eq!(wal(&disk), entry);
        disk.mend();
        let (store, opening) = open(&disk, Access::Change).expect("it opens");
        assert!(opening.made_again);
        model.assert_same(&store);
    }
}

#[test]
fn what_replaces_a_version_is_no_entry() {
    let disk = FailingDisk::default();
    let (store, model) = begun(&disk);
    let entry = wal(&disk);
    let mut trie = Trie::open(store, model.last().root()).expect("the root is there");
    trie.replace(changes()).expect("it is written");
    assert_eq!(trie.store().last().number, model.last().number);
    assert_eq!(wal(&disk), entry);
}

/// The batch that changes nothing, on the last version.
pub(crate) fn no_changes(store: &Store) -> NodeChanges {
    let root = store.last().root;
    let link = store.root(&root).expect("it is the last");
    NodeChanges {
        replaces_before: false,
        ..NodeChanges::none(root, link)
    }
}

#[test]
fn who_loses_the_lock_while_the_root_is_computed_writes_nothing_more() {
    for comes in [true, false] {
        let disk = FailingDisk::default();
        let (mut store, model) = begun(&disk);
        let steps = disk.steps();
        announce(&mut store, &model, &Batch::new()).expect("it is announced");
        wait_for(&disk, steps + DURABLE_STEPS);
        disk.lose(&Path::new(PLACE).join("LOCK"));
        let steps = disk.steps();
        if comes {
            let changes = no_changes(&store);
            let error = store.apply(changes).expect_err("the lock is lost");
            let error = error.to_string();
            assert!(error.contains("is in use by another process"), "{error}");
        } else {
            store.withdraw();
        }
        drop(store);
        assert_eq!(disk.steps(), steps);
    }
}

#[test]
fn what_comes_in_place_of_an_announced_batch_withdraws_it() {
    let [mut made_again, mut pruned] = [0, 0];
    for (step, seed) in (0..60).map(|seed| (seed % (3 * DURABLE_STEPS), seed)) {
        let disk = FailingDisk::default();
        let (mut store, mut model) = begun(&disk);
        disk.trip_after(step, Trip::Stop);
        announce(&mut store, &model, &changes()).expect("it is announced");
        store.prune(1).expect_err("the machine stops");
        drop(store);
        let found = disk.restart(&mut Numbers(seed));
        let (store, opening) = open(&found, Access::Read).expect("it opens");
        // As long as it is not withdrawn it may be found.
        assert!(!opening.made_again || step < 2 * DURABLE_STEPS, "{step}");
        made_again += u64::from(opening.made_again);
        pruned += u64::from(store.versions().count() == 1);
        if opening.made_again {
            model.make(&Event::Commit(changes()));
        }
        assert_eq!(store.last().root, model.last().root());
    }
    assert!(made_again > 0 && pruned > 0, "{made_again}, {pruned}");
}

#[test]
fn another_batch_is_not_taken_for_the_one_that_was_announced() {
    let disk = FailingDisk::default();
    let (mut store, model) = begun(&disk);
    announce(&mut store, &model, &changes()).expect("it is announced");
    let elsewhere = NodeChanges {
        before: Digest([7; 32]),
        ..no_changes(&store)
    };
    let error = store.apply(elsewhere).expect_err("it is on another root");
    assert!(matches!(error, StoreError::NotTheLast { .. }), "{error}");
    let found = disk.restart(&mut Numbers(1));
    std::mem::forget(store);
    let (store, opening) = open(&found, Access::Read).expect("it opens");
    assert!(!opening.made_again);
    model.assert_same(&store);
}
