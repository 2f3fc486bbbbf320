//! Commits that return when their changes are durable, and what becomes of them if their frames are not.

use std::path::Path;

use lockstep_state_trie::Trie;
use lockstep_store::{Access, Settings, Store, StoreError};

use crate::entries::{Contents, Numbers, assert_holds, batch, scratch};
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{Event, Model, PLACE, events, open, open_with, tight};

/// How many steps of the disk it takes to make changes durable: a write and a sync.
pub(crate) const DURABLE_STEPS: u64 = 2;
/// And how many come before the frame: the root is written, too.
pub(crate) const AHEAD_STEPS: u64 = DURABLE_STEPS + 1;

pub(crate) fn settings() -> Settings {
    Settings {
        background: true,
        ..tight()
    }
}

pub(crate) fn commit(numbers: &mut Numbers, count: u64) -> Event {
    Event::Commit(batch(numbers, count, 40))
}

/// A disk with a store and the model of it, after a commit that has made room in the write-ahead log.
pub(crate) fn begun(disk: &FailingDisk) -> (Store, Model) {
    let (store, _) = open_with(disk, Access::Create, settings()).expect("a store");
    let mut model = Model::new(tight().kept_versions as usize);
    let first = commit(&mut Numbers(1), 60);
    let (mut store, result) = model.make_in(store, &first);
    result.expect("a commit");
    model.make(&first);
    // Nothing of it is on its way any more.
    store.checkpoint().expect("a checkpoint");
    // The segment is not full yet, and too short for a frame more.
    assert!((3_500..4_096).contains(&store.statistics().log_bytes));
    (store, model)
}

/// Commits once more so that the frame cannot be written.
pub(crate) fn left_without_frame(disk: &FailingDisk, trip: Trip) -> (Store, Model) {
    let (store, mut model) = begun(disk);
    let second = commit(&mut Numbers(2), 20);
    disk.trip_after(AHEAD_STEPS, trip);
    let (store, result) = model.make_in(store, &second);
    result.expect("its changes are durable");
    model.make(&second);
    (store, model)
}

/// The bytes of all files, but for `LOCK`.
fn files(disk: &FailingDisk) -> Vec<Vec<u8>> {
    let paths = disk.paths().into_iter();
    let paths = paths.filter(|path| !path.ends_with("LOCK"));
    paths.map(|path| disk.contents(&path)).collect()
}

#[test]
fn a_commit_whose_frame_is_missing_is_made_again() {
    let disk = FailingDisk::default();
    let (store, mut model) = left_without_frame(&disk, Trip::Stop);
    drop(store);
    let mut numbers = Numbers(4);
    for _ in 0..8 {
        let disk = disk.restart(&mut numbers);
        let before = files(&disk);
        let (store, opening) = open(&disk, Access::Read).expect("it can be read");
        assert!(opening.made_again);
        model.assert_same(&store);
        drop(store);
        assert_eq!(files(&disk), before, "a reader has written something");
        let (store, opening) = open(&disk, Access::Change).expect("it opens");
        assert!(opening.made_again);
        model.assert_same(&store);
        let after = disk.restart(&mut numbers);
        drop(store);
        for disk in [disk, after] {
            let (store, opening) = open(&disk, Access::Change).expect("it opens again");
            assert!(!opening.made_again);
            model.assert_same(&store);
        }
    }
    let disk = disk.restart(&mut numbers);
    let (mut store, _) = open_with(&disk, Access::Change, settings()).expect("it opens");
    for event in events(&mut numbers, 6) {
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.unwrap_or_else(|error| panic!("it does not go on: {error}"));
        model.make(&event);
        model.assert_same(&store);
    }
}

#[test]
fn changes_that_are_not_whole_are_those_of_no_commit() {
    let mut torn = 0;
    for (step, seed) in (0..40).map(|seed| (seed % DURABLE_STEPS, seed)) {
        let disk = FailingDisk::default();
        let (store, model) = begun(&disk);
        let second = commit(&mut Numbers(2), 60);
        disk.trip_after(step, Trip::Stop);
        let (store, result) = model.make_in(store, &second);
        result.expect_err("its changes are not durable");
        drop(store);
        let disk = disk.restart(&mut Numbers(seed));
        let (store, opening) = open(&disk, Access::Read).expect("it can be read");
        let mut next = model.clone();
        next.make(&second);
        let is_there = store.last().number == 2;
        let found = if is_there { &next } else { &model };
        found.assert_same(&store);
        drop(store);
        let Some(tail) = opening.torn_tail else {
            continue;
        };
        assert!(!is_there);
        assert!(tail.path.ends_with("wal"), "{tail:?}");
        torn += 1;
        let (store, opening) = open(&disk, Access::Change).expect("it opens");
        assert_eq!(opening.torn_tail, Some(tail));
        model.assert_same(&store);
        drop(store);
        let (_, opening) = open(&disk, Access::Change).expect("it opens again");
        assert_eq!(opening.torn_tail, None);
    }
    assert!(torn > 5, "{torn} torn");
}

#[test]
fn when_nodes_cannot_be_written_the_store_takes_no_more_changes() {
    for trip in [Trip::Fail, Trip::Full] {
        let what = format!("{trip:?}");
        let disk = FailingDisk::default();
        let (mut store, model) = left_without_frame(&disk, trip);
        // They are in memory.
        let root = model.last().root();
        assert_holds(&store, root, &model.last().contents);
        for _ in 0..2 {
            let (after, result) = model.make_in(store, &commit(&mut Numbers(8), 3));
            let error = result.expect_err(&what);
            assert!(
                error.contains("cannot write /state/00000001.log"),
                "{error}"
            );
            store = after;
        }
        for result in [store.checkpoint(), store.rollback(1), store.close()] {
            let error = result.expect_err(&what);
            assert!(matches!(error, StoreError::Io { .. }), "{what}: {error}");
        }
        // Opening needs no room: what is missing is made in memory while the disk is full.
        let (store, opening) = open(&disk, Access::Change).expect("it opens");
        assert!(opening.made_again);
        model.assert_same(&store);
        let (store, result) = model.make_in(store, &commit(&mut Numbers(8), 3));
        assert_eq!(result.is_err(), trip == Trip::Full);
        drop(store);
        disk.mend();
        let (store, _) = open(&disk, Access::Change).expect("it opens");
        assert_eq!(store.last().number, if result.is_err() { 2 } else { 3 });
    }
}

#[test]
fn damage_on_the_way_of_missing_nodes_leaves_the_version_before_to_read() {
    let disk = FailingDisk::default();
    let (store, model) = left_without_frame(&disk, Trip::Stop);
    drop(store);
    let disk = disk.restart(&mut Numbers(3));
    let mut before = model.clone();
    before.versions.pop();
    let [log, wal] = ["00000001.log", "wal"].map(|name| Path::new(PLACE).join(name));
    let whole = disk.contents(&log);
    let mut not_made = 0;
    for at in (64..3_500).step_by(16) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        disk.overwrite(&log, bytes);
        let without = disk.restart(&mut Numbers(1));
        without.lose(&wal);
        let can_be_read = open(&without, Access::Read).is_ok();
        for access in [Access::Read, Access::Change] {
            let disk = disk.restart(&mut Numbers(1));
            let opened = open(&disk, access);
            assert_eq!(opened.is_ok(), can_be_read, "byte {at}");
            let Ok((store, opening)) = opened else {
                continue;
            };
            assert_ne!(opening.made_again, opening.not_made.is_some());
            let Some(why) = opening.not_made else {
                model.assert_same_or_damaged(&store);
                continue;
            };
            not_made += 1;
            assert!(why.contains("00000001.log is damaged at byte"), "{why}");
            assert!(before.assert_same_or_damaged(&store) > 0);
            let (pending, checkpoint) = (disk.contents(&wal), checkpoint(&disk));
            let mut store = store;
            let refused = [store.rollback(0), store.checkpoint()];
            for error in refused.map(|result| result.expect_err("no changes")) {
                assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
            }
            drop(store);
            assert_eq!(disk.contents(&wal), pending);
            assert_eq!(self::checkpoint(&disk), checkpoint);
        }
    }
    assert!(not_made > 20, "{not_made}");
}

pub(crate) fn checkpoint(disk: &FailingDisk) -> Vec<u8> {
    disk.contents(&Path::new(PLACE).join("checkpoint"))
}

#[test]
fn a_large_batch_is_written_at_once() {
    let folder = scratch("ahead-large");
    let settings = Settings::default();
    let mut trie = Trie::new(Store::create(&folder, settings).expect("a store"));
    let large = |byte: u8| vec![byte; 1_200_000];
    trie.update([(b"a", Some(large(1)))]).expect("a commit");
    assert!(!folder.join("wal").exists());
    trie.update([(b"b", Some(b"small".to_vec()))])
        .expect("a commit");
    assert!(folder.join("wal").exists());
    drop(trie);
    let (store, opening) = Store::open(&folder, settings).expect("it opens");
    assert!(!opening.made_again);
    let contents = [
        (b"a".to_vec(), large(1)),
        (b"b".to_vec(), b"small".to_vec()),
    ];
    assert_holds(&store, store.last().root, &Contents::from(contents));
}

#[test]
fn a_file_that_is_no_write_ahead_log_is_refused_and_left() {
    let disk = FailingDisk::default();
    let (store, model) = begun(&disk);
    drop(store);
    let path = Path::new(PLACE).join("wal");
    let bytes = disk.contents(&path);
    for other in [&b"mine"[..], b"LKSFRAME and so on"] {
        disk.overwrite(&path, other.to_vec());
        for access in [Access::Read, Access::Change] {
            let error = open(&disk, access).map(|_| ()).expect_err("it is not ours");
            assert!(matches!(error, StoreError::Misnamed { .. }), "{error}");
        }
        assert_eq!(disk.contents(&path), other);
    }
    for ours in [&[][..], &bytes[..3], &bytes[..200], &[0; 600], &bytes] {
        disk.overwrite(&path, ours.to_vec());
        let (store, _) = open(&disk, Access::Read).expect("it says nothing");
        model.assert_same(&store);
    }
}
