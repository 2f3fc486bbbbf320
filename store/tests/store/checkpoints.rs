//! Checkpoints that are made between two segments, so that what stands behind the last one, and can
//! vanish with the end of the file, is bounded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_state_trie::{Digest, EMPTY_ROOT, Trie};
use lockstep_store::{Access, Settings, Store, StoreError};

use crate::entries::Numbers;
use crate::failing_disk::{FailingDisk, Trip};
use crate::workload::{PLACE, tight};

/// How many commits there are from one checkpoint to the next.
const COMMITS: u64 = 64;

/// One segment takes everything.
fn settings() -> Settings {
    Settings {
        segment_bytes: 128 << 10,
        ..tight()
    }
}

fn open(disk: &FailingDisk, access: Access) -> Result<Store, StoreError> {
    let medium = Arc::new(disk.clone());
    Store::on(medium, Path::new(PLACE), access, settings()).map(|(store, _)| store)
}

/// Makes so many commits, or as many as succeed, each of another value. Returns the store, and the
/// roots before and after each commit.
fn commit(mut store: Store, count: u64) -> (Store, Vec<Digest>) {
    let mut roots = vec![store.last().root];
    for _ in 0..count {
        let (number, root) = (store.last().number, store.last().root);
        let mut trie = match root == EMPTY_ROOT {
            true => Trie::new(store),
            false => Trie::open(store, root).expect("the last root"),
        };
        let key = (number % 5).to_le_bytes();
        let made = trie.update([(key, Some(number.to_le_bytes()))]);
        store = trie.into_store();
        match made {
            Ok(root) => roots.push(root),
            Err(_) => break,
        }
    }
    (store, roots)
}

fn log() -> PathBuf {
    Path::new(PLACE).join("00000001.log")
}

/// Where the log ended at the last checkpoint.
fn checkpointed(disk: &FailingDisk) -> usize {
    let checkpoint = disk.contents(&Path::new(PLACE).join("checkpoint"));
    let place = u64::from_le_bytes(checkpoint[32..40].try_into().expect("eight bytes"));
    usize::try_from(place % (1 << 36)).expect("small")
}

#[test]
fn what_can_vanish_with_the_end_of_the_log_is_bounded() {
    let disk = FailingDisk::default();
    let store = open(&disk, Access::Create).expect("a store");
    let (store, _) = commit(store, 2 * COMMITS + 20);
    let disk = disk.restart(&mut Numbers(1));
    std::mem::forget(store);
    let (whole, end) = (disk.contents(&log()), checkpointed(&disk));
    let zeroed = |from: usize| {
        let mut bytes = whole.clone();
        bytes[from..].fill(0);
        bytes
    };
    for bytes in [zeroed(end), whole[..end].to_vec()] {
        disk.overwrite(&log(), bytes);
        let store = open(&disk, Access::Read).expect("it cannot be told from a crash");
        assert_eq!(store.last().number, 2 * COMMITS);
    }
    disk.overwrite(&log(), whole[..end - 1].to_vec());
    let error = open(&disk, Access::Read).expect_err("the checkpoint tells");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn commits_of_several_openings_count_together() {
    let disk = FailingDisk::default();
    let (store, _) = commit(open(&disk, Access::Create).expect("a store"), COMMITS - 10);
    let first = checkpointed(&disk);
    let disk = disk.restart(&mut Numbers(2));
    std::mem::forget(store);
    let (store, _) = commit(open(&disk, Access::Change).expect("a store"), 9);
    assert_eq!(checkpointed(&disk), first);
    let (store, _) = commit(store, 1);
    assert!(checkpointed(&disk) > first);
    drop(store);
}

#[test]
fn a_reader_says_what_it_does_not_read() {
    let disk = FailingDisk::default();
    let (store, _) = commit(open(&disk, Access::Create).expect("a store"), 3);
    let disk = disk.restart(&mut Numbers(3));
    std::mem::forget(store);
    let whole = disk.contents(&log());
    let used = whole.iter().rposition(|byte| *byte != 0).expect("frames");
    disk.overwrite(&log(), whole[..used - 20].to_vec());
    let before = disk.contents(&log());
    let medium = Arc::new(disk.clone());
    let opened = Store::on(medium, Path::new(PLACE), Access::Read, settings());
    let (store, opening) = opened.expect("it can be read");
    let torn = opening.torn_tail.expect("it is said");
    assert_eq!(torn.offset + torn.bytes, before.len() as u64);
    assert_eq!(store.last().number, 2);
    assert_eq!(disk.contents(&log()), before);
}

/// Makes the commits about a checkpoint, with something happening at a step, and checks what is found.
fn assert_recovers(step: u64, trip: Trip, numbers: &mut Numbers) {
    let disk = FailingDisk::default();
    let store = open(&disk, Access::Create).expect("a store");
    let (store, mut roots) = commit(store, COMMITS - 3);
    disk.trip_after(step, trip);
    let (store, more) = commit(store, 6);
    roots.extend(&more[1..]);
    let acknowledged = roots.len() as u64 - 1;
    for _ in 0..2 {
        let disk = disk.restart(numbers);
        let store = open(&disk, Access::Change);
        let store = store.unwrap_or_else(|error| panic!("{trip:?} at {step}: {error}"));
        let last = store.last();
        assert!(
            last.number == acknowledged || last.number == acknowledged + 1,
            "{trip:?} at {step}: {acknowledged} were acknowledged, and {} are there",
            last.number
        );
        if last.number == acknowledged {
            assert_eq!(Some(&last.root), roots.last());
        }
        let (store, made) = commit(store, COMMITS + 3);
        assert_eq!(made.len() as u64, COMMITS + 4, "{trip:?} at {step}");
        drop(store);
    }
    std::mem::forget(store);
}

#[test]
fn whatever_happens_at_a_checkpoint_between_commits_loses_nothing() {
    let disk = FailingDisk::default();
    let (store, _) = commit(open(&disk, Access::Create).expect("a store"), COMMITS - 3);
    let before = disk.steps();
    drop(commit(store, 6));
    let steps = disk.steps() - before;
    assert!(steps > 6 * 2 + 4, "{steps} steps");
    let mut numbers = Numbers(5);
    for step in 0..steps {
        for trip in [Trip::Stop, Trip::Fail, Trip::Full] {
            assert_recovers(step, trip, &mut numbers);
        }
    }
}
