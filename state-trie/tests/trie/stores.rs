//! What the trie asks of stores: old roots, releasing, failures and corruption.

use std::collections::BTreeSet;
use std::fmt;

use lockstep_state_trie::{
    Digest, KEY_BYTES_MAX, MemoryStore, Node, NodeChanges, NodeStore, Trie, TrieError, value_hash,
};
use proptest::prelude::*;

use crate::content::{Content, apply, batches, trie_of};

fn entries(trie: &Trie<MemoryStore>, root: Digest) -> Content {
    let entries: Result<_, _> = trie.at(root).range(..).collect();
    entries.expect("memory")
}

/// The nodes that any of the roots needs.
fn reachable(store: &MemoryStore, roots: impl Iterator<Item = Digest>) -> BTreeSet<Digest> {
    let (mut found, mut pending) = (BTreeSet::new(), Vec::from_iter(roots));
    while let Some(digest) = pending.pop() {
        if let Ok(Some(node)) = store.node(&digest)
            && found.insert(digest)
            && let Node::Internal { left, right, .. } = node
        {
            pending.extend([left, right]);
        }
    }
    found
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
            let roots = versions.iter().map(|(root, _)| *root);
            prop_assert_eq!(trie.store().node_count(), reachable(trie.store(), roots).len());
            let index = usize::try_from(order % 7).expect("small") % versions.len();
            order /= 7;
            let (root, _) = versions.swap_remove(index);
            prop_assert!(trie.store_mut().release(&root));
            let held = versions.iter().any(|(other, _)| *other == root);
            prop_assert!(held || !trie.store_mut().release(&root));
        }
        prop_assert_eq!((trie.store().node_count(), trie.store().value_count()), (0, 0));
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
    assert_eq!(
        (trie.store().node_count(), trie.store().value_count()),
        (3, 1)
    );
    let second = trie.update([entry("b", "2")]).expect("memory");
    assert_eq!(
        (trie.store().node_count(), trie.store().value_count()),
        (5, 2)
    );
    // An update that changes nothing holds the root once more.
    assert_eq!(trie.update([]), Ok(second));
    assert!(trie.store_mut().release(&second));
    assert_eq!(trie.get(b"b"), Ok(Some(b"2".to_vec())));
    assert!(trie.store_mut().release(&first));
    assert_eq!(
        (trie.store().node_count(), trie.store().value_count()),
        (3, 2)
    );
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

/// A store in which something is broken.
#[derive(Clone, Default)]
struct Broken {
    inner: MemoryStore,
    fails_to_read: bool,
    fails_to_write: bool,
    /// What is found under a hash instead of what belongs there.
    wrong: Option<(Digest, Node)>,
    without_values: bool,
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

    fn node(&self, digest: &Digest) -> Result<Option<Node>, Broke> {
        match &self.wrong {
            _ if self.fails_to_read => Err(Broke),
            Some((wrong, node)) if wrong == digest => Ok(Some(node.clone())),
            _ => self.inner.node(digest).map_err(|_| Broke),
        }
    }

    fn value(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Broke> {
        match self.without_values {
            true => Ok(None),
            false => self.inner.value(digest).map_err(|_| Broke),
        }
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

#[test]
fn a_missing_value_is_reported() {
    let mut trie = broken();
    trie.store_mut().without_values = true;
    let missing = TrieError::MissingValue {
        digest: value_hash(b"1"),
    };
    assert_eq!(trie.get(b"a"), Err(missing));
    assert_eq!(trie.range(..).next(), Some(Err(missing)));
    assert_eq!(trie.prove(b"a"), Err(missing));
    assert_eq!(trie.get(b"c"), Ok(None));
}

/// Whatever nodes a corrupt store gives back, every operation ends, and where a node cannot be in
/// its place it says so.
#[test]
fn misplaced_nodes_are_reported_and_never_run_in_circles() {
    let whole = broken();
    let root = whole.root();
    let Ok(Some(Node::Internal { bit, left, right })) = whole.store().node(&root) else {
        panic!("four entries have an internal node on top");
    };
    let leaf = |key: &str| Node::Leaf {
        key: key.into(),
        value: left,
    };
    let circle = Node::Internal {
        bit,
        left: root,
        right: root,
    };
    let swapped = Node::Internal {
        bit,
        left: right,
        right: left,
    };
    for (digest, node, key) in [
        (root, circle, "a"),
        (root, swapped, "a"),
        (left, leaf("c"), "a"),
        (left, leaf(""), "a"),
        (right, Node::Internal { bit, left, right }, "b"),
    ] {
        let mut trie = whole.clone();
        trie.store_mut().wrong = Some((digest, node));
        let key = key.as_bytes();
        let misplaced = |result: Option<TrieError<Broke>>| {
            assert!(
                matches!(result, Some(TrieError::MisplacedNode { .. })),
                "{result:?}"
            );
        };
        misplaced(trie.update([(key.to_vec(), None)]).err());
        misplaced(trie.next(key).err());
        misplaced(trie.previous(Some(key)).err());
        assert!(trie.range(..).count() < 9);
        assert_eq!(trie.root(), root);
    }
}
