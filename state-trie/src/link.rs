//! How pages refer to what hangs below them.

use crate::digest::Digest;

/// Set in the raw form of a link to a leaf.
const LEAF: u64 = 1;
/// Set in the raw form of a link to something that the store has not numbered yet.
const NEW: u64 = 2;
/// How far a number is shifted in the raw form.
const NUMBER_SHIFT: u32 = 2;

/// Where a page or leaf is kept. A store chooses the numbers of what it is given, below 2^62: the
/// place in an array, an offset in a log, a counter. They say nothing about the contents, and no
/// digest depends on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// The page that the store keeps under this number.
    Page(u64),
    /// The leaf that the store keeps under this number.
    Leaf(u64),
    /// The page at this index of [`crate::NodeChanges::pages`]; never in a stored page.
    NewPage(u64),
    /// The leaf at this index of [`crate::NodeChanges::leaves`]; never in a stored page.
    NewLeaf(u64),
}

impl Link {
    /// The link with the store's number in place of an index, given the numbers of the new pages
    /// and leaves in their order. A link to something stored stays as it is.
    #[must_use]
    pub fn resolve(self, pages: &[u64], leaves: &[u64]) -> Self {
        let number = |numbers: &[u64], index| {
            let index = usize::try_from(index).ok();
            index.and_then(|index| numbers.get(index).copied())
        };
        match self {
            Self::NewPage(index) => number(pages, index).map_or(self, Self::Page),
            Self::NewLeaf(index) => number(leaves, index).map_or(self, Self::Leaf),
            stored => stored,
        }
    }

    /// Whether the link is to something that the store has not numbered yet.
    pub(crate) fn is_new(self) -> bool {
        matches!(self, Self::NewPage(_) | Self::NewLeaf(_))
    }

    /// The link as one number, for a page.
    pub(crate) fn to_raw(self) -> u64 {
        let (number, kind) = match self {
            Self::Page(number) => (number, 0),
            Self::Leaf(number) => (number, LEAF),
            Self::NewPage(index) => (index, NEW),
            Self::NewLeaf(index) => (index, NEW | LEAF),
        };
        number.unbounded_shl(NUMBER_SHIFT) | kind
    }

    /// The inverse of [`Link::to_raw`].
    pub(crate) fn from_raw(raw: u64) -> Self {
        let number = raw.unbounded_shr(NUMBER_SHIFT);
        match (raw & NEW != 0, raw & LEAF != 0) {
            (false, false) => Self::Page(number),
            (false, true) => Self::Leaf(number),
            (true, false) => Self::NewPage(number),
            (true, true) => Self::NewLeaf(number),
        }
    }
}

/// A subtree: where its uppermost page or its only leaf is, and its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) link: Link,
    /// Not yet known of what is new.
    pub(crate) digest: Digest,
}

/// How far the new leaves and pages of a batch have moved that was added to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    pub(crate) leaves: u64,
    pub(crate) pages: u64,
}

impl Shift {
    /// A link of the batch that was added.
    pub(crate) fn link(self, link: Link) -> Link {
        match link {
            Link::NewPage(index) => Link::NewPage(index.saturating_add(self.pages)),
            Link::NewLeaf(index) => Link::NewLeaf(index.saturating_add(self.leaves)),
            stored => stored,
        }
    }

    /// A subtree of the batch that was added.
    pub(crate) fn child(self, child: Child) -> Child {
        Child {
            link: self.link(child.link),
            digest: child.digest,
        }
    }
}
