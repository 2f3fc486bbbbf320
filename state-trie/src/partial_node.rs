//! The nodes of a tree of which parts are left out.
//!
//! A proof comes from anybody, and a leaf may take a byte and a half of it together with the
//! internal node above. So nodes are small: the digests, keys and values stand in lists of their
//! own, and a node says where.

/// A node of the tree or what stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartialNode {
    /// A subtree that is left out, by the place of its digest in the list of those.
    Cut(usize),
    /// An internal node; its left child is the next node.
    Fork {
        /// The bit at which the node parts its keys.
        bit: u16,
        /// Where its right child is.
        right: usize,
    },
    /// A leaf, with the fields of its [`LeafPlace`]: as a struct they would take more room here.
    Leaf {
        start: usize,
        key_bytes: u16,
        value_bytes: u32,
        form: LeafForm,
    },
}

impl PartialNode {
    /// A leaf at a place.
    pub(crate) fn leaf(place: LeafPlace) -> Self {
        let LeafPlace {
            start,
            key_bytes,
            value_bytes,
            form,
        } = place;
        PartialNode::Leaf {
            start,
            key_bytes,
            value_bytes,
            form,
        }
    }

    /// The place, if this is a leaf.
    pub(crate) fn leaf_place(&self) -> Option<LeafPlace> {
        match *self {
            PartialNode::Leaf {
                start,
                key_bytes,
                value_bytes,
                form,
            } => Some(LeafPlace {
                start,
                key_bytes,
                value_bytes,
                form,
            }),
            PartialNode::Cut(_) | PartialNode::Fork { .. } => None,
        }
    }
}

/// Where the key of a leaf stands among the bytes of a proof; its value follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeafPlace {
    pub(crate) start: usize,
    pub(crate) key_bytes: u16,
    /// The length of the value, or of its hash.
    pub(crate) value_bytes: u32,
    pub(crate) form: LeafForm,
}

/// What of a leaf is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeafForm {
    /// Its value; the verifier knows the key.
    Asked,
    /// Nothing; the verifier knows the key and the value.
    AskedValueLeftOut,
    /// Its key and value.
    Entry,
    /// Its key and the hash of its value.
    Boundary,
}

impl LeafPlace {
    /// That of a leaf which is not read yet.
    pub(crate) const BLANK: Self = Self {
        start: 0,
        key_bytes: 0,
        value_bytes: 0,
        form: LeafForm::AskedValueLeftOut,
    };

    /// The place of a leaf whose key begins at `start`, with the lengths of its key and value.
    pub(crate) fn new(start: usize, lengths: (usize, usize), form: LeafForm) -> Self {
        Self {
            start,
            key_bytes: u16::try_from(lengths.0).unwrap_or(u16::MAX),
            value_bytes: u32::try_from(lengths.1).unwrap_or(u32::MAX),
            form,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PartialNode;

    #[test]
    fn a_node_is_small() {
        assert!(size_of::<PartialNode>() <= 16);
    }
}
