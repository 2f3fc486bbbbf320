//! The root as `docs/state-trie.md` defines it, computed naively: whole bit strings, plain
//! recursion over sorted entries, a hash function called with whole preimages. It shares no code
//! with the crate.

use std::collections::BTreeSet;
use std::convert::Infallible;

use blake2::{Blake2b256, Digest as _};
use lockstep_state_trie::{Digest, EMPTY_ROOT, MemoryStore, Node, NodeChanges, NodeStore, Trie};
use proptest::prelude::*;

use crate::content::{Content, apply, batches, contents, trie_of};

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    Blake2b256::digest(parts.concat()).into()
}

fn bit_string(key: &[u8]) -> String {
    let bytes: String = key.iter().map(|byte| format!("1{byte:08b}")).collect();
    bytes + "0"
}

/// The hash of the tree of some entries, given as bit string, key and value.
fn tree_hash(entries: &[(String, &[u8], &[u8])]) -> [u8; 32] {
    let [first, .., last] = entries else {
        let (_, key, value) = entries[0];
        return hash(&[&[0], &hash(&[&[2], value]), key]);
    };
    // The entries are sorted, so what the first and the last share they all share.
    let bits = first.0.bytes().zip(last.0.bytes());
    let bit = bits.take_while(|(a, b)| a == b).count();
    let split = entries.partition_point(|entry| entry.0.as_bytes()[bit] == b'0');
    let (left, right) = (tree_hash(&entries[..split]), tree_hash(&entries[split..]));
    let bit = u16::try_from(bit).expect("short keys").to_be_bytes();
    hash(&[&[1], &bit, &left, &right])
}

pub(crate) fn defined_root(content: &Content) -> Digest {
    let mut entries: Vec<_> = content
        .iter()
        .map(|(key, value)| (bit_string(key), &key[..], &value[..]))
        .collect();
    entries.sort();
    match entries.is_empty() {
        true => EMPTY_ROOT,
        false => Digest(tree_hash(&entries)),
    }
}

/// A store that remembers the last batch beside what it keeps.
#[derive(Default)]
struct Recorder {
    inner: MemoryStore,
    last: Option<NodeChanges>,
}

impl NodeStore for Recorder {
    type Error = Infallible;

    fn node(&self, digest: &Digest) -> Result<Option<Node>, Self::Error> {
        self.inner.node(digest)
    }

    fn value(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Self::Error> {
        self.inner.value(digest)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error> {
        self.last = Some(changes.clone());
        self.inner.apply(changes)
    }
}

/// The hashes of the nodes under a root.
fn node_hashes(store: &Recorder, root: Digest) -> BTreeSet<Digest> {
    let (mut found, mut pending) = (BTreeSet::new(), vec![root]);
    while let Some(digest) = pending.pop() {
        let Ok(Some(node)) = store.node(&digest) else {
            continue;
        };
        assert_eq!(node.digest(), digest);
        assert!(found.insert(digest), "a node has two parents");
        if let Node::Internal { left, right, .. } = node {
            pending.extend([left, right]);
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_root_is_as_defined(content in contents()) {
        prop_assert_eq!(trie_of(&content).root(), defined_root(&content));
    }

    #[test]
    fn a_batch_hashes_exactly_the_new_nodes(batches in batches()) {
        let mut trie = Trie::new(Recorder::default());
        let mut content = Content::new();
        for batch in &batches {
            let before = node_hashes(trie.store(), trie.root());
            trie.update(batch.iter().cloned()).expect("memory");
            apply(&mut content, batch);
            prop_assert_eq!(trie.root(), defined_root(&content));

            let after = node_hashes(trie.store(), trie.root());
            prop_assert_eq!(after.len(), (2 * content.len()).saturating_sub(1));
            let changes = trie.store().last.as_ref().expect("a batch");
            let mut new: Vec<_> = changes.nodes.iter().map(|(digest, _)| *digest).collect();
            new.sort();
            prop_assert!(after.difference(&before).eq(&new), "each new node once, no other");
            let leaves = changes.nodes.iter().filter_map(|(_, node)| match node {
                Node::Leaf { value, .. } => Some(*value),
                Node::Internal { .. } => None,
            });
            prop_assert!(leaves.eq(changes.values.iter().map(|(digest, _)| *digest)));
        }
    }
}
