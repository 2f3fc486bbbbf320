//! The counts of needed bytes decide what is deleted. If they are found wrong, nothing is deleted.

use std::ops::ControlFlow;
use std::path::Path;

use lockstep_store::{Access, Store};
use twox_hash::XxHash3_64;

use crate::entries::{Numbers, batch};
use crate::failing_disk::FailingDisk;
use crate::refusals::{filled, segments};
use crate::workload::{Event, PLACE, open};

/// Says in the checkpoint that the last segment has a single byte that is needed.
fn miscount(disk: &FailingDisk) {
    let path = Path::new(PLACE).join("checkpoint");
    let mut bytes = disk.contents(&path);
    let end = bytes.len() - 8;
    bytes[end - 8..end].copy_from_slice(&1_u64.to_le_bytes());
    let checksum = XxHash3_64::oneshot(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    disk.overwrite(&path, bytes);
}

fn compact(store: &mut Store) {
    let done = store.compact(|_| ControlFlow::Continue(()));
    assert!(done.expect("it compacts"));
}

#[test]
fn wrong_counts_are_not_forgotten_and_nothing_is_deleted_by_them() {
    let (disk, mut model) = filled();
    let (store, _) = open(&disk, Access::Read).expect("it opens");
    assert!(!store.statistics().is_miscounted);
    drop(store);
    miscount(&disk);
    let (mut store, _) = open(&disk, Access::Change).expect("nobody can know yet");
    assert!(!store.statistics().is_miscounted);
    for event in [Event::Prune(1), Event::Compact] {
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.expect("it does what it can");
        model.make(&event);
    }
    assert!(store.statistics().is_miscounted);
    drop(store);
    let before = segments(&disk);
    let mut numbers = Numbers(51);
    for round in 0..3 {
        let (mut store, opening) = open(&disk, Access::Change).expect("it opens");
        assert!(opening.frames_read > 0);
        assert!(
            store.statistics().is_miscounted,
            "forgotten in round {round}"
        );
        model.assert_same(&store);
        let event = Event::Commit(batch(&mut numbers, 20, 40));
        let (after, result) = model.make_in(store, &event);
        store = after;
        result.expect("a commit");
        model.make(&event);
        compact(&mut store);
        store.close().expect("it closes");
        let now = segments(&disk);
        assert!(before.iter().all(|path| now.contains(path)));
    }
    let (store, _) = open(&disk, Access::Read).expect("it can be read");
    assert!(store.statistics().is_miscounted);
    model.assert_same(&store);
}
