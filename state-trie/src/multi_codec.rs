//! The bytes of a proof that shows several leaves.
//!
//! One byte 0 for the empty trie, or 1; then the shape of the tree in bits, the digests of what is
//! left out, and the leaves, each in the order of the nodes. The shape says of each node with two
//! or more bits what it is, and of an internal node its bit as the distance from the one above, in
//! the code of `gap_code.rs`. Every proof has one encoding: whatever else decodes to nothing.
//!
//! Decoding allocates in proportion to the bytes: an internal node asks for one more leaf or digest
//! below it, so a shape that asks for more than the rest of the bytes can hold is refused before
//! it is read to its end. The worst is a leaf of one byte, which takes half a byte of the shape with
//! the internal node above it, and two nodes in memory: 32 bytes for one and a half.

use alloc::vec::Vec;

use crate::bytes_source::{
    BytesSource, read_byte, read_bytes_onto, read_digest, read_length, write_bytes,
};
use crate::digest::{DIGEST_BYTES, EMPTY_ROOT};
use crate::gap_code::{BitReader, BitWriter};
use crate::key_bits::KEY_BYTES_MAX;
use crate::partial_node::{LeafForm, LeafPlace, PartialNode};
use crate::partial_tree::{LeafValue, MultiProof, PartialLeaf};
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
        for digest in &self.cuts {
            out.extend_from_slice(&digest.0);
        }
        for leaf in self.leaves() {
            write_leaf(&leaf, &mut out);
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
                writer.push(matches!(node, PartialNode::Leaf { .. }));
                next = pending.pop().unwrap_or_default();
            }
        }
        writer.finish();
    }
}

fn write_leaf(leaf: &PartialLeaf<'_>, out: &mut Vec<u8>) {
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
        EMPTY_TRIE => return Ok(MultiProof::default()),
        TREE => {}
        _ => return Err(EncodingFault::UnknownMultiKind),
    }
    let mut proof = MultiProof {
        nodes: read_shape(source)?,
        ..MultiProof::default()
    };
    for node in &proof.nodes {
        if let PartialNode::Cut(_) = node {
            let digest = read_digest(source)?;
            if digest == EMPTY_ROOT {
                return Err(EncodingFault::NothingLeftOut);
            }
            proof.cuts.push(digest);
        }
    }
    for node in &mut proof.nodes {
        if let PartialNode::Leaf { .. } = node {
            *node = PartialNode::leaf(read_leaf(source, &mut proof.bytes)?);
        }
    }
    Ok(proof)
}

/// Reads the shape. The places of the leaves are still blank.
fn read_shape<S: BytesSource>(source: &mut S) -> Result<Vec<PartialNode>, EncodingFault> {
    let nodes_expected = source.again().map_or(0, |mut copy| count_nodes(&mut copy));
    let mut nodes = Vec::with_capacity(nodes_expected);
    let mut reader = BitReader::new(source);
    let mut backing = Backing::default();
    let (mut next, mut cuts) = (0_u16, 0_usize);
    // The last fork whose right subtree is still to come. Until it is there, its place is that of
    // the fork before for which the same holds.
    let mut waiting = None;
    loop {
        let kind = NodeKind::pull(&mut reader)?;
        backing.add(kind, &mut reader)?;
        match kind {
            NodeKind::Fork => {
                let bit = reader.pull_index(next)?;
                next = bit.saturating_add(1);
                let right = waiting.replace(nodes.len()).unwrap_or(usize::MAX);
                nodes.push(PartialNode::Fork { bit, right });
                continue;
            }
            NodeKind::Leaf => nodes.push(PartialNode::leaf(LeafPlace::BLANK)),
            NodeKind::Cut => {
                nodes.push(PartialNode::Cut(cuts));
                cuts = cuts.saturating_add(1);
            }
        }
        let place = nodes.len();
        let Some(fork) = waiting else {
            break;
        };
        if let Some(PartialNode::Fork { bit, right }) = nodes.get_mut(fork) {
            next = bit.saturating_add(1);
            waiting = (*right != usize::MAX).then_some(*right);
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

/// How many nodes a shape has, so that their list is made once and no longer than it has to be; up
/// to where the shape is at fault, if it is.
fn count_nodes<S: BytesSource>(source: &mut S) -> usize {
    let mut reader = BitReader::new(source);
    let mut backing = Backing::default();
    let (mut nodes, mut waiting) = (0_usize, 0_usize);
    while let Ok(kind) = NodeKind::pull(&mut reader)
        && backing.add(kind, &mut reader).is_ok()
    {
        nodes = nodes.saturating_add(1);
        if kind == NodeKind::Fork {
            waiting = waiting.saturating_add(1);
            if reader.pull_index(0).is_err() {
                break;
            }
        } else if let Some(left) = waiting.checked_sub(1) {
            waiting = left;
        } else {
            break;
        }
    }
    nodes
}

/// A node as its first bits tell it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NodeKind {
    Fork,
    Leaf,
    Cut,
}

impl NodeKind {
    fn pull<S: BytesSource>(reader: &mut BitReader<'_, S>) -> Result<Self, EncodingFault> {
        if reader.pull()? {
            return Ok(NodeKind::Fork);
        }
        let is_leaf = reader.pull()?;
        Ok(if is_leaf {
            NodeKind::Leaf
        } else {
            NodeKind::Cut
        })
    }
}

/// What the nodes of a shape need of the bytes behind it: a byte at least for each leaf, the digest
/// for each subtree that is left out, and a byte for each subtree that is still to come.
#[derive(Default)]
struct Backing {
    shown: usize,
    to_come: usize,
}

impl Backing {
    /// Adds a node, and checks that what all of them need is there.
    fn add<S: BytesSource>(
        &mut self,
        kind: NodeKind,
        reader: &mut BitReader<'_, S>,
    ) -> Result<(), EncodingFault> {
        match kind {
            NodeKind::Fork => self.to_come = self.to_come.saturating_add(1),
            NodeKind::Leaf => self.shown = self.shown.saturating_add(1),
            NodeKind::Cut => self.shown = self.shown.saturating_add(DIGEST_BYTES),
        }
        if kind != NodeKind::Fork {
            self.to_come = self.to_come.saturating_sub(1);
        }
        let needed = self.shown.saturating_add(self.to_come);
        if needed > reader.bytes_left().unwrap_or(usize::MAX) {
            return Err(EncodingFault::Truncated);
        }
        Ok(())
    }
}

/// Reads a leaf, whose key and value go behind those before.
fn read_leaf<S: BytesSource>(
    source: &mut S,
    bytes: &mut Vec<u8>,
) -> Result<LeafPlace, EncodingFault> {
    let form = match read_byte(source)? {
        ASKED => LeafForm::Asked,
        ASKED_VALUE_LEFT_OUT => LeafForm::AskedValueLeftOut,
        ENTRY => LeafForm::Entry,
        BOUNDARY => LeafForm::Boundary,
        _ => return Err(EncodingFault::UnknownLeafKind),
    };
    let start = bytes.len();
    let mut key_bytes = 0;
    if matches!(form, LeafForm::Entry | LeafForm::Boundary) {
        key_bytes = read_length(source)?;
        if key_bytes > KEY_BYTES_MAX {
            return Err(EncodingFault::OtherKeyTooLong);
        }
        read_bytes_onto(source, key_bytes, bytes)?;
    }
    let value_bytes = match form {
        LeafForm::Asked | LeafForm::Entry => read_length(source)?,
        LeafForm::Boundary => DIGEST_BYTES,
        LeafForm::AskedValueLeftOut => 0,
    };
    read_bytes_onto(source, value_bytes, bytes)?;
    Ok(LeafPlace::new(start, (key_bytes, value_bytes), form))
}
