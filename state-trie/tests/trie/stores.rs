//! What stores keep: old roots, releasing, branches and bulk loads.

use std::collections::BTreeSet;

use lockstep_state_trie::{
    Digest, EMPTY_ROOT, KEY_BYTES_MAX, LOAD_ENTRIES_AT_A_TIME, Link, MemoryStore, NodeStore, Trie,
    TrieError,
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

    /// Updates on any held version, so that versions branch, some in place of the version that they
    /// are made on, and releases in any order.
    #[test]
    fn branches_are_kept_apart(
        batches in batches(),
        more in batches(),
        choices in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..5), 16),
    ) {
        let mut store = MemoryStore::new();
        let mut held: Vec<(Digest, Content)> = Vec::new();
        let all = batches.iter().chain(&more).cycle();
        for (batch, (index, action)) in all.zip(choices) {
            if action == 0 && !held.is_empty() {
                let (root, _) = held.swap_remove(index.index(held.len()));
                prop_assert!(store.release(&root));
            } else {
                let index = index.index(held.len().max(1));
                let replaces = action >= 3 && !held.is_empty();
                let (root, mut content) = match held.get(index) {
                    None => (EMPTY_ROOT, Content::new()),
                    Some(_) if replaces => held.swap_remove(index),
                    Some(version) => version.clone(),
                };
                let mut trie = Trie::open(&mut store, root).expect("held");
                let changes = batch.iter().cloned();
                let root = if replaces {
                    trie.replace(changes).expect("memory")
                } else {
                    trie.update(changes).expect("memory")
                };
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

pub(crate) fn entry(key: &str, value: &str) -> (Vec<u8>, Option<Vec<u8>>) {
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
    assert_eq!(trie.update([("c", None::<&str>)]), Ok(second));
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
fn a_prepared_update_is_stored_by_its_commit_alone() {
    let mut trie = Trie::new(MemoryStore::new());
    let first = trie.update([entry("a", "1")]).expect("memory");
    let before = stored(trie.store());
    let prepare = |trie: &Trie<MemoryStore>| trie.prepare([entry("a", "2")], Vec::new());
    let (update, same) = (prepare(&trie), prepare(&trie));
    let (update, same) = (update.expect("memory"), same.expect("memory"));
    assert_eq!((trie.root(), stored(trie.store())), (first, before));

    let second = trie_of(&Content::from([(b"a".to_vec(), b"2".to_vec())])).root();
    assert_eq!(update.root(), second);
    assert_eq!(trie.commit(update), Ok(second));
    assert_eq!(trie.get(b"a"), Ok(Some(b"2".to_vec())));
    let outdated = TrieError::Outdated {
        prepared_on: first,
        root: second,
    };
    assert_eq!(trie.commit(same), Err(outdated));
    assert_eq!(trie.root(), second);
    assert!(outdated.to_string().ends_with(": prepare it again"));
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
fn a_replacing_batch_changes_pages_where_they_are() {
    let keys = 0..2_000_u32;
    let entry = |key: u32, value: u8| (key.to_be_bytes().to_vec(), Some(vec![value; 5]));
    let mut trie = Trie::new(MemoryStore::new());
    let first = trie.update(keys.clone().map(|key| entry(key, 1)));
    let numbers = |store: &MemoryStore, root: Digest| {
        let mut numbers = BTreeSet::from_iter(store.root(&root).expect("memory"));
        let mut pending: Vec<_> = numbers.iter().copied().collect();
        while let Some(Link::Page(number)) = pending.pop() {
            let page = store.page(number).expect("memory").expect("stored");
            let below = page.links().filter(|link| matches!(link, Link::Page(_)));
            pending.extend(below.filter(|link| numbers.insert(*link)));
        }
        numbers
    };
    let before = numbers(trie.store(), first.expect("memory"));
    let second = trie
        .replace((0..9).map(|n| entry(n * 200, 2)))
        .expect("memory");
    assert_eq!(numbers(trie.store(), second), before);
    assert!(
        !trie.store_mut().release(&first.expect("memory")),
        "still held"
    );
    let updated = |key| if key % 200 == 0 && key < 1_800 { 2 } else { 1 };
    let content = keys.map(|key| entry(key, updated(key)));
    let content = content.map(|(key, value)| (key, value.expect("set")));
    assert_eq!(trie_of(&content.collect()).root(), second);
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
