//! Putting a frame together: nodes get their places, and what is no longer needed is counted.

use std::collections::BTreeMap;

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
