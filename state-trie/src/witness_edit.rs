//! Changing the trie as far as a witness shows it.
//!
//! Keys are set first and removed afterwards: a key that is to be removed still shows, while others
//! are set, where they branch off. So whatever the batch, it needs no more of the trie than the
//! searches for its keys. A removed leaf leaves its sibling in the place of their parent; the
//! sibling's digest does not depend on where it hangs, so it may be one that is left out.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::digest::{Digest, EMPTY_ROOT, internal_hash, leaf_hash, value_hash};
use crate::key_bits::check_key;
use crate::key_bits::{bit, first_difference};
use crate::proof_error::ProofError;
use crate::witness::{Witness, WitnessNode};

impl Witness {
    /// Applies a batch and returns the new root: `Some` sets the value of a key, `None` removes the
    /// key if it is there. If a key comes more than once, the last change counts. The root is the
    /// one that [`crate::Trie::update`] comes to.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show where a key belongs,
    /// [`ProofError::KeyTooLong`]. Nothing is changed then.
    pub fn update(
        &mut self,
        changes: impl IntoIterator<Item = (Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<Digest, ProofError> {
        let changes: BTreeMap<Vec<u8>, Option<Vec<u8>>> = changes.into_iter().collect();
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for (key, value) in changes {
            check_key(&key)?;
            let end = self.search(&key, &mut Vec::new())?;
            match value {
                Some(value) => set.push((key, value)),
                // To remove an absent key changes nothing, and where it would be may go.
                None => {
                    if let Some(end) = end
                        && self.leaf(end)?.0 == key
                    {
                        removed.push(key);
                    }
                }
            }
        }
        for (key, value) in set {
            self.set(key, value)?;
        }
        for key in removed {
            self.remove(&key)?;
        }
        self.root = self.hash()?;
        Ok(self.root)
    }

    /// Sets the value of a key.
    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), ProofError> {
        let mut way = Vec::new();
        let Some(end) = self.search(&key, &mut way)? else {
            self.top = Some(self.add_leaf(key, value));
            return Ok(());
        };
        let (found, _) = self.leaf(end)?;
        let Some(branch) = first_difference(&key, found) else {
            self.touch(&way);
            self.replace(end, leaf_node(key, value));
            return Ok(());
        };
        // The uppermost node that parts its keys after the branch, or else the leaf.
        let above = |index: &usize| match self.nodes.get(*index) {
            Some(WitnessNode::Fork { bit, .. }) => *bit < branch,
            _ => false,
        };
        let kept = way.partition_point(above);
        let place = way.get(kept).copied().unwrap_or(end);
        way.truncate(kept);
        self.touch(&way);
        let on_right = bit(&key, branch);
        let leaf = self.add_leaf(key, value);
        let moved = self.move_node(place);
        let (left, right) = if on_right {
            (moved, leaf)
        } else {
            (leaf, moved)
        };
        let fork = WitnessNode::Fork {
            bit: branch,
            is_stale: true,
            left,
            right,
        };
        self.replace(place, (fork, EMPTY_ROOT));
        Ok(())
    }

    /// Removes a key that is there.
    fn remove(&mut self, key: &[u8]) -> Result<(), ProofError> {
        let mut way = Vec::new();
        let Some(end) = self.search(key, &mut way)? else {
            return Ok(());
        };
        let Some(parent) = way.pop() else {
            self.top = None;
            return Ok(());
        };
        self.touch(&way);
        if let Some(WitnessNode::Fork { left, right, .. }) = self.nodes.get(parent) {
            let sibling = if *left == end { *right } else { *left };
            let digest = self.stored_digest(sibling);
            if let Some(node) = self.nodes.get_mut(sibling) {
                let node = core::mem::replace(node, WitnessNode::Cut);
                self.replace(parent, (node, digest));
            }
        }
        Ok(())
    }

    /// The root, after hashing what has changed.
    fn hash(&mut self) -> Result<Digest, ProofError> {
        let mut pending: Vec<usize> = self.top.into_iter().collect();
        while let Some(index) = pending.last().copied() {
            let mut computed = None;
            if let Some(WitnessNode::Fork {
                bit,
                is_stale: true,
                left,
                right,
            }) = self.nodes.get(index)
            {
                match (self.digest(*left), self.digest(*right)) {
                    (Some(left), Some(right)) => {
                        computed = Some(internal_hash(*bit, &left, &right))
                    }
                    (left_digest, right_digest) => {
                        pending.extend(left_digest.is_none().then_some(*left));
                        pending.extend(right_digest.is_none().then_some(*right));
                        continue;
                    }
                }
            }
            pending.pop();
            if let Some(computed) = computed {
                self.set_digest(index, computed);
            }
        }
        // The loop ends when the uppermost node has its digest.
        self.top_digest().ok_or(ProofError::NotCovered)
    }

    /// Forgets the digests of nodes below which something changes.
    fn touch(&mut self, way: &[usize]) {
        for index in way {
            if let Some(WitnessNode::Fork { is_stale, .. }) = self.nodes.get_mut(*index) {
                *is_stale = true;
            }
        }
    }

    /// Notes the digest of a fork.
    fn set_digest(&mut self, index: usize, digest: Digest) {
        if let Some(WitnessNode::Fork { is_stale, .. }) = self.nodes.get_mut(index) {
            *is_stale = false;
        }
        if let Some(place) = self.digests.get_mut(index) {
            *place = digest;
        }
    }

    /// What stands for the digest of the node at a place, be it stale.
    fn stored_digest(&self, index: usize) -> Digest {
        self.digests.get(index).copied().unwrap_or(EMPTY_ROOT)
    }

    fn add_leaf(&mut self, key: Vec<u8>, value: Vec<u8>) -> usize {
        let (node, digest) = leaf_node(key, value);
        self.add(node, digest)
    }

    /// Moves the node at a place to the end of the list, and returns where it is now.
    fn move_node(&mut self, place: usize) -> usize {
        let digest = self.stored_digest(place);
        let node = self.nodes.get_mut(place);
        let node = node.map_or(WitnessNode::Cut, |node| {
            core::mem::replace(node, WitnessNode::Cut)
        });
        self.add(node, digest)
    }

    fn add(&mut self, node: WitnessNode, digest: Digest) -> usize {
        let index = self.nodes.len();
        self.nodes.push(node);
        self.digests.push(digest);
        index
    }

    fn replace(&mut self, index: usize, (node, digest): (WitnessNode, Digest)) {
        if let (Some(node_place), Some(digest_place)) =
            (self.nodes.get_mut(index), self.digests.get_mut(index))
        {
            *node_place = node;
            *digest_place = digest;
        }
    }
}

/// A leaf and its digest.
fn leaf_node(key: Vec<u8>, value: Vec<u8>) -> (WitnessNode, Digest) {
    let digest = leaf_hash(&key, &value_hash(&value));
    (WitnessNode::Changed(Box::new((key, value))), digest)
}
