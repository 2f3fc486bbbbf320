//! What the trie asks of the place where its nodes are kept.

use alloc::vec::Vec;

use crate::digest::Digest;
use crate::node::Node;

/// Keeps nodes and values, each addressed by its hash.
///
/// A store never changes what a hash stands for; it only gains entries, and loses those that no
/// root it still holds can reach. The trie believes what it reads: a store on a medium that can
/// decay checks [`Node::digest`] or a checksum of its own when it reads.
pub trait NodeStore {
    /// Why the store itself failed: a broken medium, for example. That something is absent is not
    /// an error of the store.
    type Error: core::error::Error + 'static;

    /// The node with this hash, or `None` if the store does not have it.
    fn node(&self, digest: &Digest) -> Result<Option<Node>, Self::Error>;

    /// The value with this hash ([`crate::value_hash`]), or `None` if the store does not have it.
    fn value(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Takes one batch, all of it or nothing. Afterwards everything under `changes.after` can be
    /// read, and everything that could be read before still can.
    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error>;
}

/// What one batch update adds to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChanges {
    /// The root that the batch was made on.
    pub before: Digest,
    /// The root with the batch in it. It equals `before` if the batch changed nothing.
    pub after: Digest,
    /// The nodes under `after` that are new with this batch, children before their parents, each
    /// once. One of them may be in the store already, because an earlier version had it too.
    pub nodes: Vec<(Digest, Node)>,
    /// The values of the new leaves, in the order of their keys. Equal values may be repeated.
    pub values: Vec<(Digest, Vec<u8>)>,
}

impl<S: NodeStore + ?Sized> NodeStore for &mut S {
    type Error = S::Error;

    fn node(&self, digest: &Digest) -> Result<Option<Node>, Self::Error> {
        (**self).node(digest)
    }

    fn value(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Self::Error> {
        (**self).value(digest)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Self::Error> {
        (**self).apply(changes)
    }
}
