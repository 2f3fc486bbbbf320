//! Sweeps come through whatever the tree is like.

use lockstep_state_trie::Trie;
use lockstep_store::{Access, Settings, Store};

use crate::entries::{Contents, assert_holds};
use crate::failing_disk::FailingDisk;
use crate::workload::PLACE;

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
    let place = std::path::Path::new(PLACE);
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
