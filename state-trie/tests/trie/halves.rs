//! Large batches, which are parted in two: whichever half comes first, what comes of them is what
//! comes of their changes one by one.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockstep_state_trie::{Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::content::{Batch, Content, apply, trie_of, values};

/// A store that does the second half of a batch first, and counts those that were parted.
#[derive(Default)]
struct SecondFirst {
    inner: MemoryStore,
    parted: AtomicUsize,
}

impl NodeStore for SecondFirst {
    type Error = Infallible;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Infallible> {
        self.inner.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Infallible> {
        self.inner.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Infallible> {
        self.inner.leaf(number)
    }

    fn both<A, B: Send>(
        &self,
        first: impl FnOnce() -> A,
        mut second: impl FnMut() -> B + Send,
    ) -> (A, B) {
        self.parted.fetch_add(1, Ordering::Relaxed);
        let second = second();
        (first(), second)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        self.inner.apply(changes)
    }
}

/// Where most keys of a case begin alike, and how long the rest is.
fn shapes() -> impl Strategy<Value = (Vec<u8>, usize)> {
    (vec(any::<u8>(), 0..4), 1_usize..5)
}

/// Keys of a shape: mostly behind its beginning, some anywhere, some that begin others.
fn keys((beginning, rest): (Vec<u8>, usize)) -> impl Strategy<Value = Vec<u8>> {
    let behind = vec(any::<u8>(), 0..=rest);
    prop_oneof![
        30 => behind.prop_map(move |rest| [beginning.as_slice(), &rest].concat()),
        1 => vec(any::<u8>(), 0..6),
    ]
}

fn cases() -> impl Strategy<Value = (Content, Vec<Batch>)> {
    shapes().prop_flat_map(|shape| {
        let change = (keys(shape.clone()), prop::option::weighted(0.6, values()));
        let content = btree_map(keys(shape), values(), 1..500);
        (content, vec(vec(change, 130..400), 1..4))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_halves_of_a_batch_make_what_the_whole_makes((content, batches) in cases()) {
        let mut content = content;
        let mut trie = Trie::new(SecondFirst::default());
        let entries = content.clone().into_iter();
        trie.update(entries.map(|(key, value)| (key, Some(value)))).expect("memory");
        for batch in &batches {
            apply(&mut content, batch);
            let before = trie.root();
            let root = trie.update(batch.iter().cloned()).expect("memory");
            let expected = trie_of(&content);
            prop_assert_eq!(root, expected.root());
            let found: Result<Content, _> = trie.range(..).collect();
            prop_assert_eq!(found.expect("memory"), content.clone());
            // Nothing is left that the new version does not need.
            trie.store_mut().inner.release(&before);
            let (store, expected) = (&trie.store().inner, expected.store());
            prop_assert_eq!(store.page_count(), expected.page_count());
            prop_assert_eq!(store.leaf_count(), expected.leaf_count());
        }
    }
}

#[test]
fn keys_that_begin_alike_are_parted_where_they_differ() {
    let entry = |number: u16| {
        let key = [&[7; 33][..], &number.to_be_bytes()].concat();
        (key, Some(vec![1]))
    };
    let mut trie = Trie::new(SecondFirst::default());
    let parted = |trie: &Trie<SecondFirst>| trie.store().parted.load(Ordering::Relaxed);
    trie.update((0..2_000).map(|number| entry(number * 32)))
        .expect("memory");
    assert_eq!(parted(&trie), 0, "an empty trie has no page to part at");
    trie.update((0..200).map(|number| entry(number * 320 + 1)))
        .expect("memory");
    assert_eq!(parted(&trie), 1);
    // All below one page, but for one that branches off before it and one behind it.
    let mut batch: Vec<_> = (0..200).map(|number| entry(40_000 + number)).collect();
    batch.push((vec![7; 20], Some(vec![2])));
    batch.push((vec![8], None));
    trie.update(batch).expect("memory");
    assert_eq!(parted(&trie), 2);
    let small = (0..100).map(|number| entry(number * 640 + 2));
    trie.update(small).expect("memory");
    assert_eq!(parted(&trie), 2, "a small batch is not worth it");
    let entries: Result<Content, _> = trie.range(..).collect();
    assert_eq!(trie_of(&entries.expect("memory")).root(), trie.root());
}
