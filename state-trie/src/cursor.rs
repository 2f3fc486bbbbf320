//! A place between two keys, from which entries are walked in one direction.
//!
//! The cursor keeps the subtrees that are still to be walked, the nearest one on top. That is an
//! explicit stack: as deep as the trie, on the heap.

use alloc::vec::Vec;
use core::ops::Bound;

use crate::digest::{Digest, EMPTY_ROOT};
use crate::error::TrieError;
use crate::key_bits::{bit, first_difference};
use crate::node::Node;
use crate::snapshot::{Leaf, Snapshot, check_key};
use crate::store::NodeStore;

/// Which way a cursor walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Towards greater keys.
    Up,
    /// Towards smaller keys.
    Down,
}

impl Direction {
    /// The bit that a key has, where it first differs from another, if it lies this way of it.
    fn onward_bit(self) -> bool {
        self == Self::Up
    }
}

/// A subtree by its root node, and the bit at which the node above it parts its keys.
#[derive(Clone, Copy, Debug)]
struct Subtree {
    digest: Digest,
    above: Option<u16>,
}

/// One node on the way down from the root to a leaf.
struct Fork {
    subtree: Subtree,
    bit: u16,
    sibling: Digest,
}

/// The way from the root down to a leaf.
struct Way {
    forks: Vec<Fork>,
    leaf: Subtree,
    leaf_key: Vec<u8>,
}

/// See the module's description.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    direction: Direction,
    pending: Vec<Subtree>,
}

impl Cursor {
    /// A cursor on the first entry inside a bound: for [`Direction::Up`] a lower bound, for
    /// [`Direction::Down`] an upper one.
    pub(crate) fn seek<S: NodeStore>(
        trie: &Snapshot<'_, S>,
        direction: Direction,
        bound: Bound<&[u8]>,
    ) -> Result<Self, TrieError<S::Error>> {
        let (key, inclusive) = match bound {
            Bound::Included(key) => (Some(key), true),
            Bound::Excluded(key) => (Some(key), false),
            Bound::Unbounded => (None, true),
        };
        key.map_or(Ok(()), check_key)?;
        let root = Subtree {
            digest: trie.root(),
            above: None,
        };
        let pending = match key {
            _ if root.digest == EMPTY_ROOT => Vec::new(),
            None => alloc::vec![root],
            Some(key) => pending_from(trie, root, direction, key, inclusive)?,
        };
        Ok(Self { direction, pending })
    }

    /// The next leaf, or `None` after the last.
    pub(crate) fn advance<S: NodeStore>(
        &mut self,
        trie: &Snapshot<'_, S>,
    ) -> Result<Option<Leaf>, TrieError<S::Error>> {
        let Some(mut subtree) = self.pending.pop() else {
            return Ok(None);
        };
        loop {
            match trie.node(&subtree.digest, subtree.above)? {
                Node::Leaf { key, value } => return Ok(Some(Leaf { key, value })),
                Node::Internal { bit, left, right } => {
                    let (near, far) = match self.direction {
                        Direction::Up => (left, right),
                        Direction::Down => (right, left),
                    };
                    let above = Some(bit);
                    self.pending.push(Subtree { digest: far, above });
                    subtree = Subtree {
                        digest: near,
                        above,
                    };
                }
            }
        }
    }
}

/// The subtrees that lie onward from `key`, the nearest last.
///
/// The way down by the key's own bits ends at a leaf that shares as long a prefix with the key as
/// any leaf does. Where the two differ, the key would branch off: the forks above are also the
/// key's, and the subtree below lies to one side of it as a whole.
fn pending_from<S: NodeStore>(
    trie: &Snapshot<'_, S>,
    root: Subtree,
    direction: Direction,
    key: &[u8],
    inclusive: bool,
) -> Result<Vec<Subtree>, TrieError<S::Error>> {
    let Way {
        forks,
        leaf,
        leaf_key,
    } = go_down(trie, root, key)?;
    let branch = first_difference(key, &leaf_key);
    let mut pending = Vec::new();
    let mut below = leaf;
    for fork in forks {
        if branch == Some(fork.bit) {
            // The leaf stands on the wrong side of the fork.
            return Err(TrieError::MisplacedNode {
                digest: leaf.digest,
            });
        }
        if branch.is_some_and(|branch| branch < fork.bit) {
            below = fork.subtree;
            break;
        }
        if bit(key, fork.bit) != direction.onward_bit() {
            pending.push(Subtree {
                digest: fork.sibling,
                above: Some(fork.bit),
            });
        }
    }
    let is_onward = match branch {
        None => inclusive,
        Some(branch) => bit(key, branch) != direction.onward_bit(),
    };
    if is_onward {
        pending.push(below);
    }
    Ok(pending)
}

/// Goes down by the bits of `key` to a leaf.
fn go_down<S: NodeStore>(
    trie: &Snapshot<'_, S>,
    root: Subtree,
    key: &[u8],
) -> Result<Way, TrieError<S::Error>> {
    let mut forks = Vec::new();
    let mut subtree = root;
    loop {
        match trie.node(&subtree.digest, subtree.above)? {
            Node::Leaf { key: leaf_key, .. } => {
                return Ok(Way {
                    forks,
                    leaf: subtree,
                    leaf_key,
                });
            }
            Node::Internal {
                bit: index,
                left,
                right,
            } => {
                let (digest, sibling) = if bit(key, index) {
                    (right, left)
                } else {
                    (left, right)
                };
                forks.push(Fork {
                    subtree,
                    bit: index,
                    sibling,
                });
                subtree = Subtree {
                    digest,
                    above: Some(index),
                };
            }
        }
    }
}
