//! What the trie asks of stores: old roots, releasing, failures and corruption.

use std::collections::BTreeSet;
use std::fmt;

use lockstep_state_trie::{
    Digest, EMPTY_ROOT, FlatValue, KEY_BYTES_MAX, LOAD_ENTRIES_AT_A_TIME, Leaf, Link, MemoryStore,
    NodeChanges, NodeStore, Page, Trie, TrieError,
};
use proptest::prelude::*;

use crate::content::{Content, apply, batches, trie_of};

fn entries(trie: &Trie<MemoryStore>, root: Digest) -> Content {
    let entries: Result<_, _> = trie.at(root).range(..).collect();
    entries.expect("memory")
}

/// How many pages and leaves the roots need together.
fn reachable(store: &MemoryStore, roots: impl Iterator<Item = Digest>) -> (usize, usize) {
    let tops = roots.filter_map(|root| store.root(&root).expect("memory"));
    let (mut found, mut pending) = (BTreeSet::new(), Vec::from_iter(tops));
    while let Some(link) = pending.pop() {
        if found.insert(link)
            && let Link::Page(number) = link
        {
            let page = store.page(number).expect("memory").expect("needed");
            pending.extend(page.links());
        }
    }
    let pages = found
        .iter()
        .filter(|link| matches!(link, Link::Page(_)))
        .count();
    (pages, found.len() - pages)
}

fn stored(store: &MemoryStore) -> (usize, usize) {
    (store.page_count(), store.leaf_count())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn old_roots_stay_until_released(batches in batches(), order in any::<u64>()) {
        let mut trie = Trie::new(MemoryStore::new());
        let mut content = Content::new();
        let mut versions = Vec::new();
        for batch in &batches {
            apply(&mut content, batch);
            versions.push((trie.update(batch.iter().cloned()).expect("memory"), content.clone()));
        }
        let mut order = order;
        while !versions.is_empty() {
            for (root, content) in &versions {
                prop_assert_eq!(&entries(&trie, *root), content);
            }
            // A root that several versions have is read from one of them, but all are kept.
            let roots: BTreeSet<_> = versions.iter().map(|(root, _)| *root).collect();
            let needed = reachable(trie.store(), roots.iter().copied());
            let is_exact = roots.len() == versions.len();
            let kept = stored(trie.store());
            let is_kept = if is_exact { kept == needed } else { kept >= needed };
            prop_assert!(is_kept, "{:?} of {:?}", kept, needed);
            let index = usize::try_from(order % 7).expect("small") % versions.len();
            order /= 7;
            let (root, _) = versions.swap_remove(index);
            prop_assert!(trie.store_mut().release(&root));
            let held = versions.iter().any(|(other, _)| *other == root);
            prop_assert!(held || !trie.store_mut().release(&root));
        }
        prop_assert_eq!(stored(trie.store()), (0, 0));
    }

    /// Updates on any held version, so that versions branch, and releases in any order.
    #[test]
    fn branches_are_kept_apart(
        batches in batches(),
        more in batches(),
        choices in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..3), 16),
    ) {
        let mut store = MemoryStore::new();
        let mut held: Vec<(Digest, Content)> = Vec::new();
        let all = batches.iter().chain(&more).cycle();
        for (batch, (index, action)) in all.zip(choices) {
            if action == 0 && !held.is_empty() {
                let (root, _) = held.swap_remove(index.index(held.len()));
                prop_assert!(store.release(&root));
            } else {
                let (root, mut content) = match held.len() {
                    0 => (EMPTY_ROOT, Content::new()),
                    count => held[index.index(count)].clone(),
                };
                let mut trie = Trie::open(&mut store, root).expect("held");
                let root = trie.update(batch.iter().cloned()).expect("memory");
                apply(&mut content, batch);
                held.push((root, content));
            }
            let trie = Trie::new(store);
            for (root, content) in &held {
                prop_assert_eq!(&entries(&trie, *root), content);
            }
            store = trie.into_store();
        }
        for (root, _) in held {
            prop_assert!(store.release(&root));
        }
        prop_assert_eq!(stored(&store), (0, 0));
    }
}

fn entry(key: &str, value: &str) -> (Vec<u8>, Option<Vec<u8>>) {
    (key.into(), Some(value.into()))
}

#[test]
fn a_store_keeps_only_what_held_roots_need() {
    let mut trie = Trie::new(MemoryStore::new());
    let first = trie
        .update([entry("a", "1"), entry("b", "1")])
        .expect("memory");
    assert_eq!(stored(trie.store()), (1, 2));
    let second = trie.update([entry("b", "2")]).expect("memory");
    assert_eq!(stored(trie.store()), (2, 3));
    // An update that changes nothing holds the root once more.
    assert_eq!(
        trie.update([entry("c", "")].map(|(key, _)| (key, None))),
        Ok(second)
    );
    assert!(trie.store_mut().release(&second));
    assert_eq!(trie.get(b"b"), Ok(Some(b"2".to_vec())));
    assert!(trie.store_mut().release(&first));
    assert_eq!(stored(trie.store()), (1, 2));
    assert_eq!(trie.get(b"a"), Ok(Some(b"1".to_vec())));

    let mut store = trie.into_store();
    let branch = Trie::open(&mut store, second).and_then(|mut trie| trie.update([entry("c", "3")]));
    let branch = branch.expect("memory");
    assert!(store.release(&second));
    assert_eq!(
        Trie::open(&mut store, second).err(),
        Some(TrieError::MissingNode { digest: second })
    );
    let trie = Trie::open(store, branch).expect("memory");
    assert_eq!(trie.range(..).count(), 3);
}

#[test]
fn a_load_of_several_parts_leaves_one_version() {
    let count = LOAD_ENTRIES_AT_A_TIME * 2 + 100;
    let entry = |n: usize| ((n as u32).to_be_bytes().to_vec(), vec![7; n % 50]);
    let mut trie = Trie::new(MemoryStore::new());
    let root = trie.load((0..count).map(entry)).expect("memory");
    assert_eq!(
        stored(trie.store()),
        reachable(trie.store(), [root].into_iter())
    );
    assert_eq!(trie.store().leaf_count(), count);
    assert_eq!(trie.load([]), Err(TrieError::NotEmpty));

    let mut other = Trie::new(MemoryStore::new());
    let updates = (0..count)
        .rev()
        .map(entry)
        .map(|(key, value)| (key, Some(value)));
    assert_eq!(other.update(updates), Ok(root));
    let mut unsorted = Trie::new(MemoryStore::new());
    let refusal = Err(TrieError::NotAscending { index: 2 });
    assert_eq!(unsorted.load([1, 2, 2].map(entry)), refusal);
    assert_eq!(unsorted.load([]), Ok(EMPTY_ROOT));
}

#[test]
fn what_is_missing_is_an_error_and_not_an_absent_key() {
    let root = trie_of(&Content::from([(b"a".to_vec(), Vec::new())])).root();
    let empty = Trie::new(MemoryStore::new());
    let missing = TrieError::MissingNode { digest: root };
    let lost = empty.at(root);
    assert_eq!(lost.get(b"a"), Err(missing));
    assert_eq!(lost.next(b""), Err(missing));
    assert_eq!(lost.previous(None), Err(missing));
    assert_eq!(lost.prove(b"a"), Err(missing));
    let items: Vec<_> = lost.range(..).collect();
    assert_eq!(items, [Err(missing)]);
    assert_eq!(Trie::open(MemoryStore::new(), root).err(), Some(missing));
    assert!(missing.to_string().contains(&root.to_string()));
}

#[test]
fn keys_over_the_limit_are_refused_everywhere() {
    let mut trie = trie_of(&Content::from([(b"a".to_vec(), Vec::new())]));
    let before = trie.root();
    let key = vec![0; KEY_BYTES_MAX + 1];
    let refusal = TrieError::KeyTooLong {
        length: 4_097,
        limit: 4_096,
    };
    assert_eq!(
        trie.update([entry("b", ""), (key.clone(), None)]),
        Err(refusal)
    );
    assert_eq!(trie.root(), before);
    assert_eq!(trie.get(b"b"), Ok(None));
    assert_eq!(trie.get(&key), Err(refusal));
    assert_eq!(trie.next(&key), Err(refusal));
    assert_eq!(trie.previous(Some(&key)), Err(refusal));
    assert_eq!(trie.prove(&key), Err(refusal));
    assert!(trie.update([(key[1..].to_vec(), Some(Vec::new()))]).is_ok());
}

/// A store in which something is broken, and which may keep one value by its key.
#[derive(Clone, Default)]
struct Broken {
    inner: MemoryStore,
    fails_to_read: bool,
    fails_to_write: bool,
    /// What is found under a number instead of the page that belongs there.
    wrong_page: Option<(u64, Page)>,
    /// The same for a leaf.
    wrong_leaf: Option<(u64, Leaf)>,
    lost_leaf: Option<u64>,
    flat: Option<(Vec<u8>, FlatValue)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broke;

impl fmt::Display for Broke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the disk is on fire")
    }
}

impl std::error::Error for Broke {}

impl NodeStore for Broken {
    type Error = Broke;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Broke> {
        self.inner.root(root).map_err(|_| Broke)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Broke> {
        match &self.wrong_page {
            _ if self.fails_to_read => Err(Broke),
            Some((wrong, page)) if *wrong == number => Ok(Some(page)),
            _ => self.inner.page(number).map_err(|_| Broke),
        }
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Broke> {
        match &self.wrong_leaf {
            _ if self.fails_to_read => Err(Broke),
            _ if self.lost_leaf == Some(number) => Ok(None),
            Some((wrong, leaf)) if *wrong == number => Ok(Some(leaf)),
            _ => self.inner.leaf(number).map_err(|_| Broke),
        }
    }

    fn flat_value(&self, root: &Digest, key: &[u8]) -> Result<FlatValue, Broke> {
        assert!(*root != EMPTY_ROOT, "the empty trie needs no store");
        let flat = self.flat.iter().find(|(flat, _)| flat == key);
        Ok(flat.map_or(FlatValue::NotKept, |(_, value)| value.clone()))
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Broke> {
        match self.fails_to_write {
            true => Err(Broke),
            false => self.inner.apply(changes).map_err(|_| Broke),
        }
    }
}

fn broken() -> Trie<Broken> {
    let mut trie = Trie::new(Broken::default());
    let entries = [
        entry("a", "1"),
        entry("ab", "2"),
        entry("b", "3"),
        entry("bc", "4"),
    ];
    trie.update(entries).expect("still whole");
    trie
}

#[test]
fn failures_of_the_store_are_passed_on_and_change_nothing() {
    let mut trie = broken();
    let root = trie.root();
    trie.store_mut().fails_to_write = true;
    assert_eq!(trie.update([entry("a", "2")]), Err(TrieError::Store(Broke)));
    assert_eq!(trie.root(), root);
    assert_eq!(trie.get(b"a"), Ok(Some(b"1".to_vec())));
    trie.store_mut().fails_to_read = true;
    assert_eq!(trie.get(b"a"), Err(TrieError::Store(Broke)));
    assert_eq!(trie.update([entry("a", "2")]), Err(TrieError::Store(Broke)));
    let error: &dyn std::error::Error = &TrieError::Store(Broke);
    assert!(error.source().is_some() && error.to_string().contains("on fire"));
}

/// The number of the leaf of a key in the store of [`broken`], whose uppermost page parts the
/// keys by their first half byte and has one page below it.
fn leaf_number(trie: &Trie<Broken>, key: &[u8]) -> u64 {
    let store = &trie.store().inner;
    let numbers = 0..u64::try_from(store.leaf_count()).expect("few");
    let mut found = numbers.filter(|number| {
        let leaf = store.leaf(*number).expect("memory");
        leaf.is_some_and(|leaf| leaf.key() == key)
    });
    found.next().expect("stored")
}

#[test]
fn a_missing_leaf_is_reported() {
    let mut trie = broken();
    let number = leaf_number(&trie, b"a");
    trie.store_mut().lost_leaf = Some(number);
    let is_missing = |error| matches!(error, Some(TrieError::MissingNode { .. }));
    assert!(is_missing(trie.get(b"a").err()));
    assert!(is_missing(trie.range(..).next().and_then(Result::err)));
    assert!(is_missing(trie.prove(b"a").err()));
    assert!(is_missing(trie.update([entry("a", "2")]).err()));
    assert_eq!(trie.get(b"c"), Ok(None));
}

#[test]
fn values_that_the_store_keeps_by_key_are_read_from_there() {
    let mut trie = broken();
    trie.store_mut().flat = Some((b"a".to_vec(), FlatValue::Value(b"flat".to_vec())));
    assert_eq!(trie.get(b"a"), Ok(Some(b"flat".to_vec())));
    assert_eq!(trie.get(b"b"), Ok(Some(b"3".to_vec())));
    trie.store_mut().flat = Some((b"a".to_vec(), FlatValue::Absent));
    assert_eq!(trie.get(b"a"), Ok(None));
}

/// Whatever a corrupt store gives back, every operation ends, and where something cannot be in its
/// place it says so.
#[test]
fn misplaced_nodes_are_reported_and_never_run_in_circles() {
    let whole = broken();
    let inner = &whole.store().inner;
    let pages: Vec<(u64, &Page)> = (0..9)
        .filter_map(|number| Some((number, inner.page(number).expect("memory")?)))
        .collect();
    let (top_number, top) = *pages.last().expect("pages");
    assert!(pages.len() > 1, "pages below the top");
    let mut broken = Vec::new();
    // The top page again in place of each page below it.
    for (number, _) in &pages[..pages.len() - 1] {
        broken.push(Broken {
            wrong_page: Some((*number, top.clone())),
            ..whole.store().clone()
        });
    }
    // A leaf of another key in place of each.
    for key in [&b"a"[..], b"ab", b"b", b"bc"] {
        let other = inner.leaf(leaf_number(&whole, if key == b"a" { b"b" } else { b"a" }));
        let other = other.expect("memory").expect("stored").clone();
        let wrong_leaf = Some((leaf_number(&whole, key), other));
        broken.push(Broken {
            wrong_leaf,
            ..whole.store().clone()
        });
    }
    for store in broken {
        let trie = Trie::open(store, whole.root()).expect("the root");
        let keys = [&b"a"[..], b"ab", b"b", b"bc"];
        let is_misplaced =
            |error: TrieError<Broke>| matches!(error, TrieError::MisplacedNode { .. });
        let found = |trie: &Trie<Broken>, key: &[u8]| trie.next(key).is_err_and(is_misplaced);
        assert!(keys.iter().any(|key| found(&trie, key)), "{top_number}");
        assert!(
            keys.iter()
                .any(|key| trie.previous(Some(key)).is_err_and(is_misplaced))
        );
        let remove = |key: &[u8]| trie.clone().update([(key.to_vec(), None)]);
        assert!(keys.iter().any(|key| remove(key).is_err_and(is_misplaced)));
        assert!(trie.range(..).count() < 9);
    }
}
