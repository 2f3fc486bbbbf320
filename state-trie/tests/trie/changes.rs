//! What differs between two versions, against a comparison of their contents.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockstep_state_trie::{
    Difference, Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie,
};
use proptest::prelude::*;

use crate::content::{Content, apply, batches};

/// The differences by walking through both.
fn compared(before: &Content, after: &Content) -> Vec<Difference> {
    let mut keys: Vec<_> = before.keys().chain(after.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    let differing = keys
        .into_iter()
        .filter(|key| before.get(key) != after.get(key));
    differing
        .map(|key| Difference {
            before: before.get(&key).cloned(),
            after: after.get(&key).cloned(),
            key,
        })
        .collect()
}

/// A store that counts what is read.
#[derive(Default)]
struct Counting {
    inner: MemoryStore,
    reads: AtomicUsize,
}

impl NodeStore for Counting {
    type Error = Infallible;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Infallible> {
        self.inner.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Infallible> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Infallible> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.leaf(number)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        self.inner.apply(changes)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_changes_between_any_two_versions_are_what_differs(batches in batches()) {
        let mut trie = Trie::new(MemoryStore::new());
        let mut content = Content::new();
        let mut versions = vec![(trie.root(), content.clone())];
        for batch in &batches {
            apply(&mut content, batch);
            versions.push((trie.update(batch.iter().cloned()).expect("memory"), content.clone()));
        }
        for (old_root, old) in &versions {
            for (new_root, new) in &versions {
                let (older, newer) = (trie.at(*old_root), trie.at(*new_root));
                let changes = newer.changes_since(&older).expect("both are held");
                let changes: Result<Vec<_>, _> = changes.collect();
                prop_assert_eq!(changes.expect("memory"), compared(old, new));
            }
        }
    }
}

#[test]
fn what_two_versions_share_is_not_read() {
    let key = |number: u64| {
        number
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_be_bytes()
            .to_vec()
    };
    let mut trie = Trie::new(Counting::default());
    let entries = (0..50_000).map(|number| (key(number), Some(vec![1; 9])));
    let before = trie.update(entries).expect("memory");
    let changed = (0..10).map(|number| (key(number * 4_000), Some(vec![2; 9])));
    let added = (0..10).map(|number| (key(50_000 + number), Some(vec![3; 9])));
    let removed = (0..10).map(|number| (key(number * 4_000 + 1), None));
    let batch: Vec<_> = changed.chain(added).chain(removed).collect();
    let after = trie.update(batch).expect("memory");
    trie.store().reads.store(0, Ordering::Relaxed);
    let changes = trie
        .at(after)
        .changes_since(&trie.at(before))
        .expect("held");
    assert_eq!(changes.count(), 30);
    let reads = trie.store().reads.load(Ordering::Relaxed);
    assert!(reads < 30 * 60, "{reads} reads");
    assert!(
        trie.at(after)
            .changes_since(&trie.at(Digest([9; 32])))
            .is_err()
    );
}
