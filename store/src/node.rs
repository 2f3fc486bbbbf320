//! A page or leaf as it lies in the log.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | the length of the rest, shifted left by one; the lowest bit is 1 for a leaf |
//! | 4 | the checksum of the rest and the place |
//! | that many | `Page::as_bytes` or `Leaf::as_bytes` |

use std::sync::Arc;

use lockstep_state_trie::{Leaf, Link, Page};

use crate::address::Address;
use crate::bytes::{Put, Take, in_memory, length};
use crate::checksum::Seal;

/// Bytes in front of the contents.
pub(crate) const NODE_HEADER_BYTES: u64 = 12;

/// A page or leaf, shared with the cache.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Page(Arc<Page>),
    Leaf(Arc<Leaf>),
}

impl Node {
    /// The contents.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Node::Page(page) => page.as_bytes(),
            Node::Leaf(leaf) => leaf.as_bytes(),
        }
    }

    /// How many bytes it takes in the log.
    pub(crate) fn stored_bytes(&self) -> u64 {
        NODE_HEADER_BYTES.saturating_add(length(self.as_bytes()))
    }

    pub(crate) fn page(self) -> Option<Arc<Page>> {
        match self {
            Node::Page(page) => Some(page),
            Node::Leaf(_) => None,
        }
    }

    pub(crate) fn leaf(self) -> Option<Arc<Leaf>> {
        match self {
            Node::Page(_) => None,
            Node::Leaf(leaf) => Some(leaf),
        }
    }

    /// Appends the node to what will lie at `place`.
    pub(crate) fn put(&self, buffer: &mut Vec<u8>, place: Address, seal: Seal) {
        let (bytes, kind) = (self.as_bytes(), u64::from(matches!(self, Node::Leaf(_))));
        buffer.put_u64((length(bytes) << 1) | kind);
        buffer.put_u32(seal.short(place, bytes));
        buffer.extend_from_slice(bytes);
    }
}

/// What stands in front of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeHeader {
    pub(crate) is_leaf: bool,
    /// The length of the contents.
    pub(crate) content_bytes: u64,
    checksum: u32,
}

impl NodeHeader {
    /// Reads the header at the front of some bytes.
    pub(crate) fn take(bytes: &mut Take<'_>) -> Option<NodeHeader> {
        let (first, checksum) = (bytes.u64()?, bytes.u32()?);
        Some(NodeHeader {
            is_leaf: first & 1 == 1,
            content_bytes: first >> 1,
            checksum,
        })
    }

    /// The node with these contents, or what is wrong with them.
    pub(crate) fn node(
        &self,
        contents: &[u8],
        place: Address,
        seal: Seal,
    ) -> Result<Node, &'static str> {
        if contents.len() != in_memory(self.content_bytes) {
            return Err("the log ends within a node");
        }
        if seal.short(place, contents) != self.checksum {
            return Err("the checksum of a node does not match");
        }
        if self.is_leaf {
            let leaf = Leaf::from_bytes(contents).map(|leaf| Node::Leaf(Arc::new(leaf)));
            leaf.ok_or("a leaf is not formed like one")
        } else {
            let page = Page::from_bytes(contents).map(|page| Node::Page(Arc::new(page)));
            page.ok_or("a page is not formed like one")
        }
    }
}

/// A link as a number in a file: 0 for none, or else the node's number shifted left by one, with
/// the lowest bit 1 for a leaf. No node has the number 0.
pub(crate) fn link_number(link: Option<Link>) -> u64 {
    match link {
        Some(Link::Page(number)) => number << 1,
        Some(Link::Leaf(number)) => (number << 1) | 1,
        // Links to new nodes are resolved before they are written.
        Some(Link::NewPage(_) | Link::NewLeaf(_)) | None => 0,
    }
}

/// The inverse of [`link_number`].
pub(crate) fn link_of(number: u64) -> Option<Link> {
    match (number >> 1, number & 1) {
        (0, _) => None,
        (number, 0) => Some(Link::Page(number)),
        (number, _) => Some(Link::Leaf(number)),
    }
}
