//! The root as `docs/state-trie.md` defines it, computed naively: whole bit strings, plain
//! recursion over sorted entries, a hash function called with whole preimages. It shares no code
//! with the crate.

use std::collections::BTreeSet;
use std::convert::Infallible;

use blake2::{Blake2b256, Digest as _};
use lockstep_state_trie::{
    Digest, EMPTY_ROOT, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, PageChange, Trie,
};
use proptest::prelude::*;

use crate::content::{Content, apply, batches, contents, scrambled, trie_of};

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
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Self::Error> {
        self.inner.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Self::Error> {
        self.inner.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Self::Error> {
        self.inner.leaf(number)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error> {
        self.last = Some(changes.clone());
        self.inner.apply(changes)
    }
}

/// Where the pages and leaves under a root are. Each is what its parent says, and each page's
/// inner hashes are those that follow from its children's.
fn links(store: &Recorder, root: Digest) -> BTreeSet<Link> {
    let Ok(top) = store.root(&root);
    let (mut found, mut pending) = (BTreeSet::new(), Vec::from_iter(top));
    while let Some(link) = pending.pop() {
        assert!(found.insert(link), "two parents");
        if let Link::Page(number) = link {
            let page = store.page(number).expect("memory").expect("stored");
            assert_eq!(Page::from_bytes(page.as_bytes()).as_ref(), Some(page));
            pending.extend(page.links());
        }
    }
    found
}

/// The numbers of the pages and of the leaves among links.
fn numbers<'l>(links: impl Iterator<Item = &'l Link>) -> (Vec<u64>, Vec<u64>) {
    let (mut pages, mut leaves) = (Vec::new(), Vec::new());
    for link in links {
        match link {
            Link::Page(number) => pages.push(*number),
            Link::Leaf(number) => leaves.push(*number),
            Link::NewPage(_) | Link::NewLeaf(_) => panic!("a stored page has {link:?}"),
        }
    }
    (pages, leaves)
}

fn sorted(numbers: &[u64]) -> Vec<u64> {
    let mut numbers = numbers.to_vec();
    numbers.sort();
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_root_is_as_defined(content in contents()) {
        prop_assert_eq!(trie_of(&content).root(), defined_root(&content));
    }

    #[test]
    fn a_batch_adds_and_gives_up_exactly_what_differs(batches in batches()) {
        let mut trie = Trie::new(Recorder::default());
        let mut content = Content::new();
        for batch in &batches {
            let before = links(trie.store(), trie.root());
            let root = trie.root();
            trie.update(batch.iter().cloned()).expect("memory");
            let earlier = content.clone();
            apply(&mut content, batch);
            prop_assert_eq!(trie.root(), defined_root(&content));

            let after = links(trie.store(), trie.root());
            let changes = trie.store().last.as_ref().expect("a batch");
            prop_assert_eq!((changes.before, changes.after), (root, trie.root()));
            let (gone_pages, gone_leaves) = numbers(before.difference(&after));
            let edited = changes.pages.iter().filter_map(|page| match page {
                PageChange::Edit(edit) => Some(edit.replaces),
                PageChange::New(_) => None,
            });
            let stale: Vec<_> = changes.stale_pages.iter().copied().chain(edited).collect();
            prop_assert_eq!(sorted(&stale), gone_pages);
            prop_assert_eq!(sorted(&changes.stale_leaves), gone_leaves);
            let (new_pages, new_leaves) = numbers(after.difference(&before));
            prop_assert_eq!(changes.pages.len(), new_pages.len());
            prop_assert_eq!(changes.leaves.len(), new_leaves.len());
            let changed = content.iter().filter(|(key, value)| earlier.get(*key) != Some(*value));
            prop_assert!(changed.map(|(key, _)| &key[..]).eq(changes.leaves.iter().map(Leaf::key)));
        }
    }

    #[test]
    fn loading_makes_what_updates_make(content in contents()) {
        let mut trie = Trie::new(Recorder::default());
        prop_assert_eq!(trie.load(content.clone()), Ok(defined_root(&content)));
        let made = links(trie.store(), trie.root());
        let leaves = made.iter().filter(|link| matches!(link, Link::Leaf(_))).count();
        prop_assert_eq!(leaves, content.len());
    }
}

/// Tries in several threads at once, each filled in another number of batches.
#[test]
fn roots_do_not_depend_on_threads() {
    let content: Content = (0..2_000)
        .map(|number| (scrambled::<32>(number).to_vec(), vec![7; 40]))
        .collect();
    let expected = defined_root(&content);
    let entries: Vec<_> = content.into_iter().collect();
    let entries = &entries;
    std::thread::scope(|scope| {
        for batches in 1..=8 {
            scope.spawn(move || {
                let mut trie = Trie::new(MemoryStore::new());
                for part in entries.chunks(entries.len() / batches) {
                    let part = part.iter().cloned();
                    trie.update(part.map(|(key, value)| (key, Some(value))))
                        .expect("memory");
                }
                assert_eq!(trie.root(), expected, "{batches} batches");
            });
        }
    });
}
