//! Sweeps come through whatever the tree is like, and no commit fails for what a sweep cannot read.

use std::ops::ControlFlow;
use std::path::Path;

use lockstep_state_trie::Trie;
use lockstep_store::{Access, Settings, Store, StoreError};

use crate::entries::{Contents, Numbers, assert_holds, batch};
use crate::failing_disk::FailingDisk;
use crate::workload::{Event, Model, PLACE, open_with, tight};

/// How deep the tree is, in pages: to look at all pages of one way costs more than the least that a
/// commit does for a sweep.
const DEPTH: usize = 3_200;

/// A key that leaves the way of the zeros at a half byte.
fn key(depth: usize) -> Vec<u8> {
    let mut key = vec![0; depth / 2 + 1];
    key[depth / 2] = if depth.is_multiple_of(2) { 0x10 } else { 0x01 };
    key
}

#[test]
fn a_sweep_comes_through_a_tree_that_is_deeper_than_one_step_reaches() {
    let settings = Settings {
        kept_versions: 1,
        segment_bytes: 256 << 10,
        dead_percent_max: 20,
        background: false,
        ..Settings::default()
    };
    let disk = std::sync::Arc::new(FailingDisk::default());
    let place = Path::new(PLACE);
    let opened = Store::on(disk, place, Access::Create, settings);
    let mut trie = Trie::new(opened.expect("a store").0);
    let mut contents: Contents = (0..DEPTH).map(|depth| (key(depth), vec![1; 20])).collect();
    trie.load(contents.clone()).expect("a load");
    // Half of the leaves are dead then; the sweep begins with the next commit.
    let second: Contents = (0..DEPTH)
        .step_by(2)
        .map(|depth| (key(depth), vec![2; 20]))
        .collect();
    contents.extend(second.clone());
    let second = second.into_iter().map(|(key, value)| (key, Some(value)));
    trie.update(second).expect("a commit");
    let mut commits = 0_u64;
    while commits == 0 || trie.store().statistics().sweeping {
        commits += 1;
        assert!(commits < 200, "the sweep does not come to its end");
        let (key, value) = (key(0), commits.to_le_bytes().to_vec());
        contents.insert(key.clone(), value.clone());
        trie.update([(key, Some(value))]).expect("a commit");
    }
    assert!(commits > 10, "{commits} commits");
    let store = trie.into_store();
    assert_holds(&store, store.last().root, &contents);
}

fn assert_is_damage(error: &StoreError) {
    let StoreError::Damaged { path, .. } = error else {
        panic!("{error}");
    };
    assert!(path.ends_with("00000001.log"), "{error}");
}

/// Damages a byte of the first segment and commits as long as the changes do not need it, in two processes.
/// Returns whether a sweep has met it in both.
fn damage_met_by_sweeps(at: usize, background: bool) -> bool {
    let disk = FailingDisk::default();
    let settings = Settings {
        cache_bytes: 0,
        kept_versions: 1,
        background,
        ..tight()
    };
    let (store, _) = open_with(&disk, Access::Create, settings).expect("a store");
    let (mut model, mut numbers) = (Model::new(1), Numbers(5));
    let event = Event::Commit(batch(&mut numbers, 400, 400));
    let (store, result) = model.make_in(store, &event);
    result.expect("a commit");
    model.make(&event);
    store.close().expect("it is closed");
    let path = Path::new(PLACE).join("00000001.log");
    let mut bytes = disk.contents(&path);
    bytes[at] ^= 1;
    disk.overwrite(&path, bytes);
    let mut met = 0;
    for _ in 0..2 {
        let Ok((mut store, _)) = open_with(&disk, Access::Change, settings) else {
            return false;
        };
        for _ in 0..60 {
            let event = Event::Commit(batch(&mut numbers, 10, 40));
            let (after, result) = model.make_in(store, &event);
            store = after;
            if result.is_err() {
                break;
            }
            model.make(&event);
            assert_eq!(store.last().number, model.last().number, "it is behind");
        }
        model.assert_same_or_damaged(&store);
        if store.statistics().is_sweep_stopped {
            met += 1;
            let compacted = store.compact(|_| ControlFlow::Continue(()));
            assert_is_damage(&compacted.expect_err("damage"));
            assert_is_damage(&store.checkpoint().expect_err("damage"));
            assert_is_damage(&store.close().expect_err("damage"));
        }
    }
    let (store, opening) = open_with(&disk, Access::Read, settings).expect("it opens");
    assert_eq!(opening.frames_read, 0);
    model.assert_same_or_damaged(&store);
    met == 2
}

#[test]
fn no_commit_fails_or_is_left_behind_for_damage_that_a_sweep_meets() {
    for background in [false, true] {
        let places = (1_000..20_000).step_by(100);
        let met = places.filter(|at| damage_met_by_sweeps(*at, background));
        let met = met.count();
        assert!(met > 5, "{met}");
    }
}
