//! Making proofs of several keys and of ranges. `witness_prove.rs` makes witnesses with it.
//!
//! Each of them shows a set of leaves and leaves out every subtree that has none of the set. Which
//! leaves those are is found first; then one walk over the pages writes the tree down.

use alloc::vec::Vec;
use core::ops::{Bound, Range, RangeBounds};

use crate::digest::value_hash;
use crate::error::TrieError;
use crate::key_bits::bit;
use crate::key_bits::check_key;
use crate::link::{Child, Link};
use crate::page::Page;
use crate::partial_node::PartialNode;
use crate::partial_tree::{LeafValue, MultiProof, PartialLeaf};
use crate::slots::{first, fork};
use crate::snapshot::{Snapshot, read_leaf, read_page};
use crate::store::NodeStore;

/// How a leaf is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The value without the key.
    Asked,
    /// The key and the value.
    Entry,
    /// The key and the hash of the value.
    Boundary,
}

/// A leaf to show, by its key.
pub(crate) type Target = (Vec<u8>, Form);

/// The same, with how many searches end there.
pub(crate) type Found = (Vec<u8>, Form, usize);

impl<'s, S: NodeStore> Snapshot<'s, S> {
    /// The proof of what each of some keys holds, or that it is absent. The order of the keys and
    /// repetitions do not matter. [`crate::verify_keys`] checks it.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn prove_keys<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<MultiProof, TrieError<S::Error>> {
        let mut targets = self.targets(keys)?;
        // A key stands in the proof only where the verifier could not tell which it is.
        for (_, form, searches) in &mut targets {
            if *form == Form::Entry && *searches == 1 {
                *form = Form::Asked;
            }
        }
        self.write(
            targets
                .into_iter()
                .map(|(key, form, _)| (key, form))
                .collect(),
        )
    }

    /// The proof of all entries of a range of keys, or of its first `limit` entries, and that none
    /// is left out among them. [`crate::verify_range`] checks it.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn prove_range(
        &self,
        keys: impl RangeBounds<[u8]>,
        limit: Option<usize>,
    ) -> Result<MultiProof, TrieError<S::Error>> {
        let (start, end) = (keys.start_bound(), keys.end_bound());
        let limit = limit.unwrap_or(usize::MAX);
        let mut targets: Vec<Target> = Vec::new();
        for entry in self.range((start, end)).take(limit) {
            targets.push((entry?.0, Form::Entry));
        }
        let end = if targets.len() < limit {
            end
        } else {
            Bound::Unbounded
        };
        for bound in [start, end] {
            if let Bound::Included(key) | Bound::Excluded(key) = bound {
                check_key(key)?;
                if let Some(leaf) = self.find(key, |_, _| {})? {
                    targets.push((leaf.key().to_vec(), Form::Boundary));
                }
            }
        }
        // An entry comes before the same leaf as a boundary, and is the one that stays.
        targets.sort_by(|(a, _), (b, _)| a.cmp(b));
        targets.dedup_by(|(a, _), (b, _)| a == b);
        self.write(targets)
    }

    /// The leaves at which the searches for keys end, in order, and how many different keys' do.
    pub(crate) fn targets<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Found>, TrieError<S::Error>> {
        let mut keys: Vec<K> = keys.into_iter().collect();
        keys.sort_by(|a, b| a.as_ref().cmp(b.as_ref()));
        keys.dedup_by(|a, b| a.as_ref() == b.as_ref());
        let mut targets: Vec<Found> = Vec::new();
        for key in keys.iter().map(AsRef::as_ref) {
            check_key(key)?;
            if let Some(leaf) = self.find(key, |_, _| {})? {
                let form = if leaf.key() == key {
                    Form::Entry
                } else {
                    Form::Boundary
                };
                targets.push((leaf.key().to_vec(), form, 1));
            }
        }
        // The searches for greater keys do not always end further to the right.
        targets.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        targets.dedup_by(|(key, form, searches), (kept, kept_form, kept_searches)| {
            let is_same = key == kept;
            if is_same {
                *kept_searches = kept_searches.saturating_add(*searches);
                if *form == Form::Entry {
                    *kept_form = Form::Entry;
                }
            }
            is_same
        });
        Ok(targets)
    }

    /// Writes down the tree that shows some leaves, given in the order of their keys.
    pub(crate) fn write(&self, targets: Vec<Target>) -> Result<MultiProof, TrieError<S::Error>> {
        let mut writer = Writer {
            trie: self,
            targets: &targets,
            pages: Vec::new(),
            pending: Vec::new(),
            proof: MultiProof::default(),
        };
        if let Some(tree) = self.tree()? {
            writer.child(tree, None, 0..targets.len())?;
        }
        while let Some(task) = writer.pending.pop() {
            let nodes = &mut writer.proof.nodes;
            let right = nodes.len();
            let fork = task.right_of.and_then(|fork| nodes.get_mut(fork));
            if let Some(PartialNode::Fork { right: place, .. }) = fork {
                *place = right;
            }
            writer.slots(task)?;
        }
        Ok(writer.proof)
    }
}

/// A subtree inside a page that is still to be written.
struct Task {
    page: usize,
    slots: u32,
    /// Which of the targets are in it.
    targets: Range<usize>,
    /// The node whose right child it is.
    right_of: Option<usize>,
}

/// The walk that writes the tree down.
struct Writer<'w, 's, S: NodeStore> {
    trie: &'w Snapshot<'s, S>,
    targets: &'w [Target],
    pages: Vec<S::Ref<'s, Page>>,
    pending: Vec<Task>,
    proof: MultiProof,
}

impl<'s, S: NodeStore> Writer<'_, 's, S> {
    /// Writes the node over some slots of a page, or notes what has to be written for it.
    fn slots(&mut self, task: Task) -> Result<(), TrieError<S::Error>> {
        // A task names a page that was pushed before it.
        let Some(page) = self.pages.get(task.page) else {
            return Ok(());
        };
        if task.targets.is_empty() {
            self.proof.push_cut(page.digest_of(task.slots));
            return Ok(());
        }
        let Some(fork) = fork(task.slots) else {
            let above = page.half_byte();
            let digest = page.digest();
            let child = page.child(first(task.slots));
            let child = child.ok_or(TrieError::MisplacedNode { digest })?;
            return self.child(child, Some(above), task.targets);
        };
        let parting = page.bit(fork.place);
        let inside = self.targets.get(task.targets.clone()).unwrap_or_default();
        let left_count = inside.partition_point(|(key, _)| !bit(key, parting));
        let middle = task.targets.start.saturating_add(left_count);
        let index = self.proof.nodes.len();
        self.proof.nodes.push(PartialNode::Fork {
            bit: parting,
            right: 0,
        });
        self.pending.push(Task {
            slots: fork.right,
            targets: middle..task.targets.end,
            right_of: Some(index),
            ..task
        });
        self.pending.push(Task {
            page: task.page,
            slots: fork.left,
            targets: task.targets.start..middle,
            right_of: None,
        });
        Ok(())
    }

    /// Writes a whole subtree, or notes what has to be written for it.
    fn child(
        &mut self,
        child: Child,
        above: Option<u16>,
        targets: Range<usize>,
    ) -> Result<(), TrieError<S::Error>> {
        let store = self.trie.store();
        let Some((_, form)) = self
            .targets
            .get(targets.clone())
            .unwrap_or_default()
            .first()
        else {
            self.proof.push_cut(child.digest);
            return Ok(());
        };
        if let Link::Page(number) = child.link {
            let page = read_page(store, number, &child.digest, above)?;
            self.pending.push(Task {
                page: self.pages.len(),
                slots: page.present(),
                targets,
                right_of: None,
            });
            self.pages.push(page);
            return Ok(());
        }
        let leaf = read_leaf(store, &child)?;
        let key = (*form != Form::Asked).then(|| leaf.key());
        let value = match form {
            Form::Boundary => LeafValue::Hash(value_hash(leaf.value())),
            Form::Asked | Form::Entry => LeafValue::Whole(leaf.value()),
        };
        self.proof.push_leaf(PartialLeaf { key, value });
        Ok(())
    }
}
