//! The batch update: one walk over the trie with the changes in the order of their keys.
//!
//! The editor stands at a place at the bottom of the trie, the key `at`. The internal nodes above
//! it lie open on a stack; everything else is closed, which means known by its hash. To get to
//! the next key the editor finds the first bit in which that key differs from `at`. Open nodes
//! that part their keys at a later bit do not have the next key below them. They are closed:
//! hashed if something below them changed, left as they were if not. If an open node parts its
//! keys at just that bit, the way goes to its other side and down by the bits of the key.
//! Otherwise the key is absent and a new internal node belongs there.
//!
//! Since the keys come in order, no change is ever made below a node that was closed after a
//! change: the keys below one node follow each other without a gap. So each changed node is hashed
//! once, every node in the list is part of the new version, and what is read is in the store.
//!
//! A node is open at most once per bit index, and nothing recurses.

use alloc::vec::Vec;

use crate::digest::{Digest, EMPTY_ROOT, internal_hash, leaf_hash, value_hash};
use crate::error::TrieError;
use crate::key_bits::{bit, first_difference};
use crate::node::Node;
use crate::snapshot::read_node;
use crate::store::{NodeChanges, NodeStore};

/// What the batch makes of the trie under `before`. The changes have ascending keys, each once.
pub(crate) fn apply_batch<S: NodeStore>(
    store: &S,
    before: Digest,
    changes: impl IntoIterator<Item = (Vec<u8>, Option<Vec<u8>>)>,
) -> Result<NodeChanges, TrieError<S::Error>> {
    let mut changes = changes.into_iter().peekable();
    let root = (before != EMPTY_ROOT).then_some(before);
    let mut editor = Editor::new(store, root);
    if let Some((first, _)) = changes.peek() {
        editor.descend(root, first)?;
    }
    for (key, value) in changes {
        editor.change(key, value)?;
    }
    editor.close_all();
    Ok(NodeChanges {
        before,
        after: editor.bottom.unwrap_or(EMPTY_ROOT),
        nodes: editor.nodes,
        values: editor.values,
    })
}

/// An internal node above the editor's place.
struct OpenNode {
    bit: u16,
    /// Whether the editor's place is on the right of it.
    on_right: bool,
    /// The subtree on the other side; `None` if everything in it was removed.
    sibling: Option<Digest>,
    /// What the store has; `None` for a node that this batch has made.
    stored: Option<StoredNode>,
}

/// An internal node as the store has it.
struct StoredNode {
    digest: Digest,
    left: Digest,
    right: Digest,
}

/// See the module's description.
struct Editor<'s, S> {
    store: &'s S,
    /// The open nodes from the root down, their bits ascending.
    open: Vec<OpenNode>,
    /// The key of the place. Below the lowest open node there is a leaf of this key or nothing.
    at: Vec<u8>,
    /// What is below the lowest open node; `None` if nothing is.
    bottom: Option<Digest>,
    nodes: Vec<(Digest, Node)>,
    values: Vec<(Digest, Vec<u8>)>,
}

impl<'s, S: NodeStore> Editor<'s, S> {
    fn new(store: &'s S, root: Option<Digest>) -> Self {
        Self {
            store,
            open: Vec::new(),
            at: Vec::new(),
            bottom: root,
            nodes: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Makes one change.
    fn change(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<(), TrieError<S::Error>> {
        match (self.seek(&key)?, value) {
            (None, None) => self.bottom = None,
            (None, Some(value)) => self.bottom = Some(self.make_leaf(key, value)),
            // The key to remove is absent. The place stays, for it may be part of the trie.
            (Some(_), None) => {}
            (Some(branch), Some(value)) => self.branch_off(branch, key, value),
        }
        Ok(())
    }

    /// Goes to the place of `key`, or as near as the trie comes to it. Returns the bit at which
    /// the key branches off from the place; `None` if it is the place.
    fn seek(&mut self, key: &[u8]) -> Result<Option<u16>, TrieError<S::Error>> {
        let Some(branch) = first_difference(key, &self.at) else {
            return Ok(None);
        };
        if !self.has_open(branch) {
            return Ok(Some(branch));
        }
        self.close_below(branch);
        let near = self.bottom.take();
        let far = self.open.last_mut().and_then(|node| {
            node.on_right = !node.on_right;
            core::mem::replace(&mut node.sibling, near)
        });
        self.descend(far, key)
    }

    /// Whether an open node parts its keys at this bit.
    fn has_open(&self, bit: u16) -> bool {
        self.open
            .binary_search_by_key(&bit, |node| node.bit)
            .is_ok()
    }

    /// Goes down from `subtree`, which hangs from the lowest open node, by the bits of `key`, and
    /// opens what is on the way. Returns the bit at which the key branches off from the new place.
    fn descend(
        &mut self,
        subtree: Option<Digest>,
        key: &[u8],
    ) -> Result<Option<u16>, TrieError<S::Error>> {
        self.bottom = subtree;
        let Some(mut digest) = subtree else {
            self.at = key.to_vec();
            return Ok(None);
        };
        loop {
            let above = self.open.last().map(|node| node.bit);
            let (index, left, right) = match read_node(self.store, &digest, above)? {
                Node::Leaf { key: at, .. } => {
                    self.at = at;
                    self.bottom = Some(digest);
                    return self.branch_from_leaf(digest, key);
                }
                Node::Internal { bit, left, right } => (bit, left, right),
            };
            let on_right = bit(key, index);
            self.open.push(OpenNode {
                bit: index,
                on_right,
                sibling: Some(if on_right { left } else { right }),
                stored: Some(StoredNode {
                    digest,
                    left,
                    right,
                }),
            });
            digest = if on_right { right } else { left };
        }
    }

    /// The bit at which `key` branches off from the leaf that its own bits led to. An open node
    /// cannot part them: there the leaf has the key's bit, or it is in the wrong place.
    fn branch_from_leaf(
        &self,
        digest: Digest,
        key: &[u8],
    ) -> Result<Option<u16>, TrieError<S::Error>> {
        let branch = first_difference(key, &self.at);
        if branch.is_some_and(|bit| self.has_open(bit)) {
            return Err(TrieError::MisplacedNode { digest });
        }
        Ok(branch)
    }

    /// Adds an absent key that branches off from the place at a bit of which no open node is.
    fn branch_off(&mut self, branch: u16, key: Vec<u8>, value: Vec<u8>) {
        self.close_below(branch);
        // If everything down there was removed, the leaf takes its place.
        if let Some(sibling) = self.bottom.take() {
            self.open.push(OpenNode {
                bit: branch,
                on_right: bit(&key, branch),
                sibling: Some(sibling),
                stored: None,
            });
        }
        self.at = key.clone();
        self.bottom = Some(self.make_leaf(key, value));
    }

    /// The leaf of an entry. It is new unless it is just what stands at the place.
    fn make_leaf(&mut self, key: Vec<u8>, value: Vec<u8>) -> Digest {
        let value_digest = value_hash(&value);
        let digest = leaf_hash(&key, &value_digest);
        if self.bottom != Some(digest) {
            self.values.push((value_digest, value));
            let leaf = Node::Leaf {
                key,
                value: value_digest,
            };
            self.nodes.push((digest, leaf));
        }
        digest
    }

    /// Closes the open nodes that part their keys after `bit`.
    fn close_below(&mut self, bit: u16) {
        while let Some(node) = self.open.pop_if(|node| node.bit > bit) {
            self.close(node);
        }
    }

    /// Closes all open nodes; the bottom is then the root.
    fn close_all(&mut self) {
        while let Some(node) = self.open.pop() {
            self.close(node);
        }
    }

    /// Makes the bottom what stands in the place of an open node: the node, or if one of its sides
    /// is gone the other side.
    fn close(&mut self, node: OpenNode) {
        let (child, sibling) = match (self.bottom, node.sibling) {
            (Some(child), Some(sibling)) => (child, sibling),
            (child, sibling) => {
                self.bottom = child.or(sibling);
                return;
            }
        };
        let (left, right) = if node.on_right {
            (sibling, child)
        } else {
            (child, sibling)
        };
        let unchanged = node
            .stored
            .filter(|stored| stored.left == left && stored.right == right);
        self.bottom = Some(match unchanged {
            Some(stored) => stored.digest,
            None => self.make_internal(node.bit, left, right),
        });
    }

    /// A new internal node.
    fn make_internal(&mut self, bit: u16, left: Digest, right: Digest) -> Digest {
        let digest = internal_hash(bit, &left, &right);
        let node = Node::Internal { bit, left, right };
        self.nodes.push((digest, node));
        digest
    }
}
