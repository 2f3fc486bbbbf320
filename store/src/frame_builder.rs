//! Putting a frame together: nodes get their places, and what is no longer needed is counted.

use std::collections::BTreeMap;

use lockstep_state_trie::Leaf;

use crate::address::Address;
use crate::bytes::{Put, in_memory, length};
use crate::checksum::Seal;
use crate::frame::{
    FRAME_ALIGNMENT, FRAME_HEADER_BYTES, FRAME_TRAILER_BYTES, Frame, FrameHeader, LedgerPart,
    Released, SweepState,
};
use crate::node::NodeRef;

/// A frame that is being put together.
pub(crate) struct FrameBuilder {
    place: Address,
    seal: Seal,
    buffer: Vec<u8>,
    /// What is released from here on belongs to the replaced version alone.
    dropped_from: Option<Address>,
    stale: BTreeMap<u32, u64>,
    dropped: BTreeMap<u32, u64>,
    waste_bytes: u64,
}

/// What a frame had at some time.
pub(crate) struct Mark {
    buffer_bytes: usize,
    stale: BTreeMap<u32, u64>,
    dropped: BTreeMap<u32, u64>,
    waste_bytes: u64,
}

/// Leaves on their way into a frame, which are put together while its pages are.
pub(crate) struct LeafPart {
    place: Address,
    seal: Seal,
    bytes: Vec<u8>,
    /// The numbers of leaves that are not needed any more, and how many bytes they take.
    released: Vec<(u64, u64)>,
}

impl LeafPart {
    /// A part without leaves that will lie at a place.
    pub(crate) fn new(place: Address, seal: Seal) -> LeafPart {
        LeafPart {
            place,
            seal,
            bytes: Vec::new(),
            released: Vec::new(),
        }
    }

    /// Adds the next leaf.
    pub(crate) fn add(&mut self, leaf: &Leaf) {
        let place = self.place.plus(length(&self.bytes));
        NodeRef::Leaf(leaf).put(&mut self.bytes, place, self.seal);
    }

    /// Counts a leaf that the new version does not need.
    pub(crate) fn release(&mut self, number: u64, leaf: &Leaf) {
        let bytes = NodeRef::Leaf(leaf).stored_bytes();
        self.released.push((number, bytes));
    }
}

/// A frame that is ready to be written.
pub(crate) struct BuiltFrame {
    pub(crate) frame: Frame,
    pub(crate) bytes: Vec<u8>,
    pub(crate) checksum: u64,
}

impl FrameBuilder {
    /// A frame at `place`. If it replaces the version that it is made on, `replaced` is where that
    /// one's first frame begins.
    /// `buffer` is used for the bytes, so that each frame need not ask for memory again.
    pub(crate) fn new(
        place: Address,
        seal: Seal,
        replaced: Option<Address>,
        mut buffer: Vec<u8>,
    ) -> FrameBuilder {
        buffer.clear();
        buffer.resize(in_memory(FRAME_HEADER_BYTES), 0);
        FrameBuilder {
            place,
            seal,
            buffer,
            dropped_from: replaced,
            stale: BTreeMap::new(),
            dropped: BTreeMap::new(),
            waste_bytes: 0,
        }
    }

    /// What the frame has so far.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            buffer_bytes: self.buffer.len(),
            stale: self.stale.clone(),
            dropped: self.dropped.clone(),
            waste_bytes: self.waste_bytes,
        }
    }

    /// Forgets what was added and counted since.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.buffer.truncate(mark.buffer_bytes);
        self.stale = mark.stale;
        self.dropped = mark.dropped;
        self.waste_bytes = mark.waste_bytes;
    }

    /// Where the frame will begin.
    pub(crate) fn place(&self) -> Address {
        self.place
    }

    /// How many bytes the nodes take so far.
    pub(crate) fn node_bytes(&self) -> u64 {
        length(&self.buffer).saturating_sub(FRAME_HEADER_BYTES)
    }

    /// Adds a node and returns its number.
    pub(crate) fn add(&mut self, node: NodeRef<'_>) -> u64 {
        let place = self.place.plus(length(&self.buffer));
        node.put(&mut self.buffer, place, self.seal);
        place.number()
    }

    /// Leaves room for some leaves and returns their numbers.
    pub(crate) fn reserve(&mut self, leaves: &[Leaf]) -> Vec<u64> {
        let mut end = length(&self.buffer);
        let numbers = leaves.iter().map(|leaf| {
            let place = self.place.plus(end);
            end = end.saturating_add(NodeRef::Leaf(leaf).stored_bytes());
            place.number()
        });
        let numbers = numbers.collect();
        self.buffer.resize(in_memory(end), 0);
        numbers
    }

    /// Puts leaves where there is room for them, and counts those that the new version does not
    /// need.
    pub(crate) fn fill(&mut self, leaves: &LeafPart) {
        let start = in_memory(leaves.place.number().saturating_sub(self.place.number()));
        let end = start.saturating_add(leaves.bytes.len());
        if let Some(room) = self.buffer.get_mut(start..end) {
            room.copy_from_slice(&leaves.bytes);
        }
        for (number, bytes) in &leaves.released {
            self.release_bytes(*number, *bytes);
        }
    }

    /// What begins with the node of a number, if that is one of this frame.
    pub(crate) fn bytes_from(&self, number: u64) -> Option<&[u8]> {
        let offset = number.checked_sub(self.place.number())?;
        self.buffer.get(in_memory(offset)..)
    }

    /// Counts a node that the new version does not need, and its basis.
    pub(crate) fn release(&mut self, number: u64, node: NodeRef<'_>) {
        self.release_bytes(number, node.stored_bytes());
        if let Some(basis) = node.basis() {
            self.release_bytes(basis.number, u64::from(basis.stored_bytes));
        }
    }

    /// Counts what the new version does not need at one place.
    pub(crate) fn release_bytes(&mut self, number: u64, bytes: u64) {
        let place = Address::from_number(number);
        if place >= self.place {
            self.waste_bytes += bytes;
            return;
        }
        let list = match self.dropped_from {
            Some(start) if place >= start => &mut self.dropped,
            _ => &mut self.stale,
        };
        *list.entry(place.segment()).or_default() += bytes;
    }

    /// What only the replaced version needed, as far as it is counted yet.
    pub(crate) fn dropped(&self) -> Released {
        self.dropped.clone().into_iter().collect()
    }

    /// Counts what earlier frames of the replaced version have made stale, because they are given up.
    pub(crate) fn add_stale<'a>(&mut self, stale: impl Iterator<Item = &'a (u32, u64)>) {
        for (segment, bytes) in stale {
            *self.stale.entry(*segment).or_default() += bytes;
        }
    }

    /// Completes the frame. Of `header`, the lengths and checksums of the parts are filled in here.
    pub(crate) fn finish(
        mut self,
        mut header: FrameHeader,
        sweep: Option<SweepState>,
        record: &[u8],
    ) -> BuiltFrame {
        let ledger = LedgerPart {
            stale: self.stale.into_iter().collect::<Released>(),
            dropped: self.dropped.into_iter().collect::<Released>(),
            waste_bytes: self.waste_bytes,
            sweep,
        };
        let part = ledger.to_bytes();
        header.node_bytes = length(&self.buffer).saturating_sub(FRAME_HEADER_BYTES);
        header.ledger_bytes = length(&part);
        header.record_bytes = length(record);
        header.ledger_checksum = self.seal.of(self.place, &part);
        header.record_checksum = self.seal.of(self.place, record);
        self.buffer.extend_from_slice(&part);
        self.buffer.extend_from_slice(record);
        let padded = self
            .buffer
            .len()
            .next_multiple_of(in_memory(FRAME_ALIGNMENT));
        self.buffer.resize(padded, 0);
        header.total_bytes = length(&self.buffer).saturating_add(FRAME_TRAILER_BYTES);
        let mut front = Vec::with_capacity(in_memory(FRAME_HEADER_BYTES));
        header.put(&mut front, self.place, self.seal);
        if let Some(place) = self.buffer.get_mut(..front.len()) {
            place.copy_from_slice(&front);
        }
        let checksum = self.seal.of(self.place, &self.buffer);
        self.buffer.put_u64(checksum);
        BuiltFrame {
            frame: Frame {
                place: self.place,
                header,
                ledger,
            },
            bytes: self.buffer,
            checksum,
        }
    }
}
