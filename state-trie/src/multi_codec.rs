//! The bytes of a proof that shows several leaves.
//!
//! One byte 0 for the empty trie, or 1; then the shape of the tree in bits, the digests of what is
//! left out, and the leaves, each in the order of the nodes. The shape says of each node with two
//! or more bits what it is, and of an internal node its bit as the distance from the one above, in
//! the code of `gap_code.rs`. Every proof has one encoding: whatever else decodes to nothing.
//!
//! Decoding allocates in proportion to the bytes: an internal node asks for one more leaf or digest
//! below it, so a shape that asks for more than the rest of the bytes can hold is refused before
//! it is read to its end.

use alloc::vec::Vec;

use crate::bytes_source::{
    BytesSource, read_byte, read_bytes, read_digest, read_length, write_bytes,
};
use crate::digest::{DIGEST_BYTES, EMPTY_ROOT};
use crate::gap_code::{BitReader, BitWriter};
use crate::key_bits::KEY_BYTES_MAX;
use crate::partial_tree::{LeafValue, MultiProof, PartialLeaf, PartialNode};
use crate::proof_error::{EncodingFault, ProofError};

/// The first byte of a proof about the empty trie.
const EMPTY_TRIE: u8 = 0;
/// The first byte of any other.
const TREE: u8 = 1;

/// A leaf without its key, with its value.
const ASKED: u8 = 0;
/// A leaf without its key and value.
const ASKED_VALUE_LEFT_OUT: u8 = 1;
/// A leaf with its key and value.
const ENTRY: u8 = 2;
/// A leaf with its key and the hash of its value.
const BOUNDARY: u8 = 3;

impl MultiProof {
    /// The proof's encoding. With the feature `scale` it is also what SCALE's `Encode` gives.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.nodes.is_empty() {
            return alloc::vec![EMPTY_TRIE];
        }
        let mut out = alloc::vec![TREE];
        self.write_shape(&mut out);
        for node in &self.nodes {
            if let PartialNode::Cut(digest) = node {
                out.extend_from_slice(&digest.0);
            }
        }
        for node in &self.nodes {
            if let PartialNode::Leaf(leaf) = node {
                write_leaf(leaf, &mut out);
            }
        }
        out
    }

    /// Reads a proof from bytes that hold it and nothing else.
    ///
    /// # Errors
    /// [`ProofError::Encoding`] with the place and the fault.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let mut rest = bytes;
        let decoded = decode(&mut rest);
        let offset = bytes.len().saturating_sub(rest.len());
        match decoded {
            Ok(proof) if rest.is_empty() => Ok(proof),
            Ok(_) => Err(EncodingFault::TrailingBytes),
            Err(fault) => Err(fault),
        }
        .map_err(|fault| ProofError::Encoding { offset, fault })
    }

    fn write_shape(&self, out: &mut Vec<u8>) {
        let mut writer = BitWriter::new(out);
        // For the right subtrees that are still to come, one more than the bit above them.
        let mut pending = Vec::new();
        let mut next = 0_u16;
        for node in &self.nodes {
            if let PartialNode::Fork { bit, .. } = node {
                writer.push(true);
                writer.push_gap(bit.saturating_sub(next).saturating_add(1));
                next = bit.saturating_add(1);
                pending.push(next);
            } else {
                writer.push(false);
                writer.push(matches!(node, PartialNode::Leaf(_)));
                next = pending.pop().unwrap_or_default();
            }
        }
        writer.finish();
    }
}

fn write_leaf(leaf: &PartialLeaf, out: &mut Vec<u8>) {
    let kind = match (&leaf.key, &leaf.value) {
        (_, LeafValue::LeftOut) => ASKED_VALUE_LEFT_OUT,
        (None, _) => ASKED,
        (Some(_), LeafValue::Whole(_)) => ENTRY,
        (Some(_), LeafValue::Hash(_)) => BOUNDARY,
    };
    out.push(kind);
    if let Some(key) = &leaf.key {
        write_bytes(key, out);
    }
    match &leaf.value {
        LeafValue::Whole(value) => write_bytes(value, out),
        LeafValue::Hash(hash) => out.extend_from_slice(&hash.0),
        LeafValue::LeftOut => {}
    }
}

/// Reads one proof; what follows it stays unread.
pub(crate) fn decode<S: BytesSource>(source: &mut S) -> Result<MultiProof, EncodingFault> {
    match read_byte(source)? {
        EMPTY_TRIE => return Ok(MultiProof { nodes: Vec::new() }),
        TREE => {}
        _ => return Err(EncodingFault::UnknownMultiKind),
    }
    let mut nodes = read_shape(source)?;
    for node in &mut nodes {
        if let PartialNode::Cut(digest) = node {
            *digest = read_digest(source)?;
        }
    }
    for node in &mut nodes {
        if let PartialNode::Leaf(leaf) = node {
            *leaf = read_leaf(source)?;
        }
    }
    Ok(MultiProof { nodes })
}

/// Reads the shape. The digests and leaves are still blank.
fn read_shape<S: BytesSource>(source: &mut S) -> Result<Vec<PartialNode>, EncodingFault> {
    // What the leaves and digests behind the shape take at least must be there.
    let mut backed = source.remaining().unwrap_or(usize::MAX);
    let mut reader = BitReader::new(source);
    let mut nodes = Vec::new();
    // The nodes whose right subtrees are still to come, with one more than their bits.
    let mut pending: Vec<(usize, u16)> = Vec::new();
    let mut next = 0_u16;
    loop {
        if reader.pull()? {
            let bit = reader.pull_index(next)?;
            next = bit.saturating_add(1);
            pending.push((nodes.len(), next));
            if pending.len() >= backed {
                return Err(EncodingFault::Truncated);
            }
            nodes.push(PartialNode::Fork { bit, right: 0 });
            continue;
        }
        let is_leaf = reader.pull()?;
        let needed = if is_leaf { 1 } else { DIGEST_BYTES };
        backed = backed.checked_sub(needed).ok_or(EncodingFault::Truncated)?;
        nodes.push(if is_leaf {
            PartialNode::Leaf(PartialLeaf {
                key: None,
                value: LeafValue::LeftOut,
            })
        } else {
            PartialNode::Cut(EMPTY_ROOT)
        });
        let Some((fork, after)) = pending.pop() else {
            break;
        };
        next = after;
        let place = nodes.len();
        if let Some(PartialNode::Fork { right, .. }) = nodes.get_mut(fork) {
            *right = place;
        }
    }
    reader.finish()?;
    let is_cut = |index: usize| matches!(nodes.get(index), Some(PartialNode::Cut(_)));
    let both_cut = nodes.iter().enumerate().any(|(index, node)| match node {
        PartialNode::Fork { right, .. } => is_cut(index.saturating_add(1)) && is_cut(*right),
        _ => false,
    });
    if both_cut {
        return Err(EncodingFault::NothingShown);
    }
    Ok(nodes)
}

fn read_leaf<S: BytesSource>(source: &mut S) -> Result<PartialLeaf, EncodingFault> {
    let kind = read_byte(source)?;
    let key = match kind {
        ASKED | ASKED_VALUE_LEFT_OUT => None,
        ENTRY | BOUNDARY => {
            let length = read_length(source)?;
            if length > KEY_BYTES_MAX {
                return Err(EncodingFault::OtherKeyTooLong);
            }
            Some(read_bytes(source, length)?)
        }
        _ => return Err(EncodingFault::UnknownLeafKind),
    };
    let value = match kind {
        ASKED | ENTRY => {
            let length = read_length(source)?;
            LeafValue::Whole(read_bytes(source, length)?)
        }
        BOUNDARY => LeafValue::Hash(read_digest(source)?),
        _ => LeafValue::LeftOut,
    };
    Ok(PartialLeaf { key, value })
}
