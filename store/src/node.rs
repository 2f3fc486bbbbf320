//! A page or leaf as it lies in the log.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | the length of the rest, shifted left by two; the lowest bits are the kind |
//! | 4 | the checksum of the rest and the place |
//! | that many | the rest: for kind 0 `Page::as_bytes`, for 1 `Leaf::as_bytes`, for 2 a difference |
//!
//! A *difference* is a page of which most stands elsewhere: the number of another page, its
//! *basis*, which is whole (8), how many bytes that takes in the log (u32), the set of the children
//! that are others (u32), and these (`Page::put_children`). A commit writes one where it is less
//! than half as long as the page.

use std::sync::Arc;

use lockstep_state_trie::{Leaf, Link, Page};

use crate::address::Address;
use crate::bytes::{Put, Take, in_memory, length};
use crate::checksum::Seal;

/// Bytes in front of the contents.
pub(crate) const NODE_HEADER_BYTES: u64 = 12;
/// Bytes of a difference in front of the children.
const DIFFERENCE_HEADER_BYTES: u64 = 16;

/// A page or leaf that was read from the log.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A page, and what it is a difference to if it is not kept whole.
    Page(Arc<Page>, Option<Basis>),
    Leaf(Arc<Leaf>),
}

/// A page, and what it is a difference to if it is not kept whole.
#[derive(Clone, Debug)]
pub(crate) struct StoredPage {
    pub(crate) page: Page,
    pub(crate) basis: Option<Basis>,
}

/// A node to be written, or one that is in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NodeRef<'n> {
    Page(&'n Page, Option<Basis>),
    Leaf(&'n Leaf),
}

/// What a difference refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basis {
    pub(crate) number: u64,
    /// How many bytes it takes in the log.
    pub(crate) stored_bytes: u32,
    /// Which children are others, as indices into [`Page::links`].
    pub(crate) children: u32,
}

impl Basis {
    /// How many bytes the difference takes in the log.
    fn difference_bytes(&self) -> u64 {
        let children = u64::from(self.children.count_ones());
        let child_bytes = u64::try_from(Page::child_bytes()).unwrap_or(u64::MAX);
        NODE_HEADER_BYTES
            .saturating_add(DIFFERENCE_HEADER_BYTES)
            .saturating_add(children.saturating_mul(child_bytes))
    }

    /// Reads what stands in front of the children in a difference.
    fn take(bytes: &mut Take<'_>) -> Option<Basis> {
        Some(Basis {
            number: bytes.u64()?,
            stored_bytes: bytes.u32()?,
            children: bytes.u32()?,
        })
    }
}

impl Node {
    /// How many bytes of memory it takes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        let bytes = match self {
            Node::Page(page, _) => page.memory_bytes(),
            Node::Leaf(leaf) => leaf.memory_bytes(),
        };
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    pub(crate) fn page(self) -> Option<Arc<Page>> {
        match self {
            Node::Page(page, _) => Some(page),
            Node::Leaf(_) => None,
        }
    }

    pub(crate) fn leaf(self) -> Option<Arc<Leaf>> {
        match self {
            Node::Page(..) => None,
            Node::Leaf(leaf) => Some(leaf),
        }
    }

    /// The page, to be changed; a copy if it is lent.
    pub(crate) fn owned_page(self) -> Option<StoredPage> {
        match self {
            Node::Page(page, basis) => {
                let page = Arc::unwrap_or_clone(page);
                Some(StoredPage { page, basis })
            }
            Node::Leaf(_) => None,
        }
    }

    /// The leaf, to be changed; a copy if it is lent.
    pub(crate) fn owned_leaf(self) -> Option<Leaf> {
        self.leaf().map(Arc::unwrap_or_clone)
    }
}

impl StoredPage {
    /// A page that is kept whole.
    pub(crate) fn whole(page: Page) -> StoredPage {
        StoredPage { page, basis: None }
    }

    /// A page that comes from a stored one by replacing some children: a difference if that is
    /// short.
    pub(crate) fn edited(page: Page, basis: Basis) -> StoredPage {
        let whole = NodeRef::Page(&page, None).stored_bytes();
        let is_short = basis.difference_bytes().saturating_mul(2) < whole;
        let basis = is_short.then_some(basis);
        StoredPage { page, basis }
    }

    pub(crate) fn as_node(&self) -> NodeRef<'_> {
        NodeRef::Page(&self.page, self.basis)
    }
}

impl NodeRef<'_> {
    /// What it is a difference to.
    pub(crate) fn basis(&self) -> Option<Basis> {
        match self {
            NodeRef::Page(_, basis) => *basis,
            NodeRef::Leaf(_) => None,
        }
    }

    /// How many bytes it takes in the log.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let whole = |bytes| NODE_HEADER_BYTES.saturating_add(length(bytes));
        match self {
            NodeRef::Page(_, Some(basis)) => basis.difference_bytes(),
            NodeRef::Page(page, None) => whole(page.as_bytes()),
            NodeRef::Leaf(leaf) => whole(leaf.as_bytes()),
        }
    }

    /// Appends the node to what will lie at `place`.
    pub(crate) fn put(&self, buffer: &mut Vec<u8>, place: Address, seal: Seal) {
        let kind = match self {
            NodeRef::Page(_, None) => NodeKind::Page,
            NodeRef::Leaf(_) => NodeKind::Leaf,
            NodeRef::Page(_, Some(_)) => NodeKind::Difference,
        };
        let content_bytes = self.stored_bytes().saturating_sub(NODE_HEADER_BYTES);
        buffer.put_u64((content_bytes << 2) | u64::from(kind.number()));
        buffer.put_u32(0);
        let start = buffer.len();
        match self {
            NodeRef::Page(page, None) => buffer.extend_from_slice(page.as_bytes()),
            NodeRef::Leaf(leaf) => buffer.extend_from_slice(leaf.as_bytes()),
            NodeRef::Page(page, Some(basis)) => {
                buffer.put_u64(basis.number);
                buffer.put_u32(basis.stored_bytes);
                buffer.put_u32(basis.children);
                page.put_children(basis.children, buffer);
            }
        }
        let checksum = seal.short(place, buffer.get(start..).unwrap_or_default());
        let checksum_place = buffer.get_mut(start.saturating_sub(4)..start);
        if let Some(checksum_place) = checksum_place {
            checksum_place.copy_from_slice(&checksum.to_le_bytes());
        }
    }
}

/// What stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeKind {
    Page,
    Leaf,
    Difference,
}

impl NodeKind {
    fn number(self) -> u8 {
        match self {
            NodeKind::Page => 0,
            NodeKind::Leaf => 1,
            NodeKind::Difference => 2,
        }
    }
}

/// What stands in front of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeHeader {
    kind: NodeKind,
    /// The length of the contents.
    pub(crate) content_bytes: u64,
    checksum: u32,
}

/// What the contents of a node say.
pub(crate) enum Contents<'b> {
    /// The bytes of a page.
    Page(&'b [u8]),
    /// The bytes of a leaf.
    Leaf(&'b [u8]),
    /// A page that has these children in place of those of its basis.
    Difference(Basis, &'b [u8]),
}

impl NodeHeader {
    /// Reads the header at the front of some bytes.
    pub(crate) fn take(bytes: &mut Take<'_>) -> Option<NodeHeader> {
        let (first, checksum) = (bytes.u64()?, bytes.u32()?);
        let kind = match first & 0b11 {
            0 => NodeKind::Page,
            1 => NodeKind::Leaf,
            2 => NodeKind::Difference,
            _ => return None,
        };
        Some(NodeHeader {
            kind,
            content_bytes: first >> 2,
            checksum,
        })
    }

    /// What these contents say, or what is wrong with them.
    pub(crate) fn read<'b>(
        &self,
        contents: &'b [u8],
        place: Address,
        seal: Seal,
    ) -> Result<Contents<'b>, &'static str> {
        if contents.len() != in_memory(self.content_bytes) {
            return Err("the log ends within a node");
        }
        if seal.short(place, contents) != self.checksum {
            return Err("the checksum of a node does not match");
        }
        match self.kind {
            NodeKind::Leaf => Ok(Contents::Leaf(contents)),
            NodeKind::Page => Ok(Contents::Page(contents)),
            NodeKind::Difference => {
                let mut take = Take(contents);
                let basis = Basis::take(&mut take).ok_or("a difference is not formed like one")?;
                Ok(Contents::Difference(basis, take.0))
            }
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
