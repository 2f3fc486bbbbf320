//! Frames: the log is a row of them, one for each change of the store.
//!
//! A frame is a header, the new nodes, the ledger part, the caller's record, zeros up to a multiple
//! of eight bytes, and eight bytes of checksum over all before. The header has a checksum of its
//! own, so that a frame's length can be believed before the frame is read, and the ledger part and
//! the record have theirs in the header, so that they can be read alone. Each frame names the one
//! before it by place and checksum.
//!
//! The ledger part says what the frame does to the counts of needed bytes. `docs/store.md` has the
//! bytes.

use lockstep_state_trie::{Digest, Link};

use crate::address::Address;
use crate::bytes::{Put, Take, in_memory, length};
use crate::checksum::Seal;
use crate::node::{link_number, link_of};

/// What a frame begins with.
pub(crate) const FRAME_MAGIC: [u8; 8] = *b"LKSFRAME";
/// Length of the header in bytes, its checksum included.
pub(crate) const FRAME_HEADER_BYTES: u64 = 192;
/// Length of the checksum at the end.
pub(crate) const FRAME_TRAILER_BYTES: u64 = 8;
/// Frames begin and end at multiples of this.
pub(crate) const FRAME_ALIGNMENT: u64 = 8;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// A batch: a new last version.
    Commit = 1,
    /// A batch that takes the place of the version that it was made on.
    Replace = 2,
    /// A kept version becomes the last one.
    Rollback = 3,
    /// Old versions are given up.
    Prune = 4,
}

/// The header of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) kind: FrameKind,
    /// The length of the whole frame.
    pub(crate) total_bytes: u64,
    /// How many frames came before.
    pub(crate) sequence: u64,
    /// The last version after this frame.
    pub(crate) version: u64,
    /// The oldest version that is kept after this frame.
    pub(crate) first_kept: u64,
    /// How many entries the last version has.
    pub(crate) entries: u64,
    /// Where the tree of the last version begins.
    pub(crate) top: Option<Link>,
    pub(crate) before: Digest,
    pub(crate) after: Digest,
    pub(crate) node_bytes: u64,
    pub(crate) ledger_bytes: u64,
    pub(crate) record_bytes: u64,
    pub(crate) ledger_checksum: u64,
    pub(crate) record_checksum: u64,
    pub(crate) previous: Address,
    pub(crate) previous_checksum: u64,
}

impl FrameHeader {
    /// Appends the header of a frame at `place`.
    pub(crate) fn put(&self, buffer: &mut Vec<u8>, place: Address, seal: Seal) {
        let start = buffer.len();
        buffer.extend_from_slice(&FRAME_MAGIC);
        for number in [
            match self.kind {
                FrameKind::Commit => 1,
                FrameKind::Replace => 2,
                FrameKind::Rollback => 3,
                FrameKind::Prune => 4,
            },
            self.total_bytes,
            self.sequence,
            self.version,
            self.first_kept,
            self.entries,
            link_number(self.top),
        ] {
            buffer.put_u64(number);
        }
        buffer.put_digest(&self.before);
        buffer.put_digest(&self.after);
        for number in [
            self.node_bytes,
            self.ledger_bytes,
            self.record_bytes,
            self.ledger_checksum,
            self.record_checksum,
            self.previous.number(),
            self.previous_checksum,
        ] {
            buffer.put_u64(number);
        }
        buffer.resize(start + in_memory(FRAME_HEADER_BYTES - 8), 0);
        let checksum = seal.of(place, buffer.get(start..).unwrap_or_default());
        buffer.put_u64(checksum);
    }

    /// Reads the header of a frame at `place`; `None` if there is none.
    pub(crate) fn read(bytes: &[u8], place: Address, seal: Seal) -> Option<FrameHeader> {
        let (header, checksum) = bytes.split_at_checked(in_memory(FRAME_HEADER_BYTES - 8))?;
        let mut take = Take(header);
        if take.array()? != FRAME_MAGIC || Take(checksum).u64()? != seal.of(place, header) {
            return None;
        }
        let kind = match take.u64()? {
            1 => FrameKind::Commit,
            2 => FrameKind::Replace,
            3 => FrameKind::Rollback,
            4 => FrameKind::Prune,
            _ => return None,
        };
        let header = FrameHeader {
            kind,
            total_bytes: take.u64()?,
            sequence: take.u64()?,
            version: take.u64()?,
            first_kept: take.u64()?,
            entries: take.u64()?,
            top: link_of(take.u64()?),
            before: take.digest()?,
            after: take.digest()?,
            node_bytes: take.u64()?,
            ledger_bytes: take.u64()?,
            record_bytes: take.u64()?,
            ledger_checksum: take.u64()?,
            record_checksum: take.u64()?,
            previous: Address::from_number(take.u64()?),
            previous_checksum: take.u64()?,
        };
        (header.total_bytes == header.expected_bytes()?).then_some(header)
    }

    /// The length of the frame by the lengths of its parts.
    pub(crate) fn expected_bytes(&self) -> Option<u64> {
        FRAME_HEADER_BYTES
            .checked_add(self.node_bytes)?
            .checked_add(self.ledger_bytes)?
            .checked_add(self.record_bytes)?
            .checked_next_multiple_of(FRAME_ALIGNMENT)?
            .checked_add(FRAME_TRAILER_BYTES)
    }

    /// Whether a frame with this sweep is the last step of a compaction: the version that it replaces
    /// has the same entries.
    pub(crate) fn ends_copying(&self, sweep: Option<&SweepState>) -> bool {
        self.kind == FrameKind::Replace && self.before == self.after && sweep.is_none()
    }

    /// Where the ledger part begins in the frame.
    pub(crate) fn ledger_start(&self) -> u64 {
        FRAME_HEADER_BYTES.saturating_add(self.node_bytes)
    }

    /// Where the record begins in the frame.
    pub(crate) fn record_start(&self) -> u64 {
        self.ledger_start().saturating_add(self.ledger_bytes)
    }

    /// What the frame has beside its nodes.
    pub(crate) fn overhead_bytes(&self) -> u64 {
        self.total_bytes.saturating_sub(self.node_bytes)
    }
}

/// How many bytes of which segments nothing needs any more: pairs of a segment's index and a number.
pub(crate) type Released = Vec<(u32, u64)>;

/// How far the copying of old nodes has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SweepState {
    /// Nodes before this are copied.
    pub(crate) floor: Address,
    /// All nodes to the left of this key are done.
    pub(crate) cursor: Vec<u8>,
}

/// The ledger part of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LedgerPart {
    /// What the version before needs and this one does not, by segment: free when the version
    /// before is given up.
    pub(crate) stale: Released,
    /// In a frame that replaces the version before: what only that one needed, free at once.
    pub(crate) dropped: Released,
    /// Bytes of this frame's own nodes that were replaced before it was written.
    pub(crate) waste_bytes: u64,
    /// The sweep after this frame.
    pub(crate) sweep: Option<SweepState>,
}

impl LedgerPart {
    /// The bytes in the frame.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut buffer = Vec::new();
        for list in [&self.stale, &self.dropped] {
            buffer.put_u32(u32::try_from(list.len()).unwrap_or(u32::MAX));
            for (segment, bytes) in list {
                buffer.put_u32(*segment);
                buffer.put_u64(*bytes);
            }
        }
        buffer.put_u64(self.waste_bytes);
        let floor = self.sweep.as_ref().map_or(0, |sweep| sweep.floor.number());
        buffer.put_u64(floor);
        let cursor = self.sweep.as_ref().map(|sweep| sweep.cursor.as_slice());
        buffer.extend_from_slice(cursor.unwrap_or_default());
        buffer
    }

    /// The inverse of [`LedgerPart::to_bytes`]; `None` if the bytes are none.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<LedgerPart> {
        let mut take = Take(bytes);
        let mut list = || {
            let count = take.u32()?;
            let entries = (0..count).map(|_| Some((take.u32()?, take.u64()?)));
            entries.collect::<Option<Released>>()
        };
        let (stale, dropped) = (list()?, list()?);
        let (waste_bytes, floor) = (take.u64()?, take.u64()?);
        let sweep = (floor != 0).then(|| SweepState {
            floor: Address::from_number(floor),
            cursor: take.0.to_vec(),
        });
        Some(LedgerPart {
            stale,
            dropped,
            waste_bytes,
            sweep,
        })
    }
}

/// A frame as the ledger keeps it in memory: where it is, and all but nodes and record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) place: Address,
    pub(crate) header: FrameHeader,
    pub(crate) ledger: LedgerPart,
}

impl Frame {
    /// Where the next frame begins.
    pub(crate) fn end(&self) -> Address {
        self.place.plus(self.header.total_bytes)
    }

    /// What is needed of it while nothing of it is given up.
    pub(crate) fn needed_bytes(&self) -> u64 {
        self.header
            .total_bytes
            .saturating_sub(self.ledger.waste_bytes)
    }

    /// The same of its nodes.
    pub(crate) fn needed_node_bytes(&self) -> u64 {
        self.header
            .node_bytes
            .saturating_sub(self.ledger.waste_bytes)
    }

    /// Takes header and ledger part of a whole frame at `place`, or says what is wrong with it.
    pub(crate) fn read_whole(
        bytes: &[u8],
        place: Address,
        seal: Seal,
    ) -> Result<(Frame, u64), &'static str> {
        let header = FrameHeader::read(bytes, place, seal).ok_or("there is no frame")?;
        if header.total_bytes != length(bytes) {
            return Err("the frame is cut off");
        }
        let at = bytes.len().saturating_sub(in_memory(FRAME_TRAILER_BYTES));
        let (content, trailer) = bytes.split_at_checked(at).ok_or("the frame is cut off")?;
        let checksum = Take(trailer).u64().ok_or("the frame is cut off")?;
        if checksum != seal.of(place, content) {
            return Err("the checksum of the frame does not match");
        }
        let start = in_memory(header.ledger_start());
        let part = bytes.get(start..in_memory(header.record_start()));
        let ledger = part.and_then(LedgerPart::from_bytes);
        let ledger = ledger.ok_or("the ledger part of the frame is malformed")?;
        let frame = Frame {
            place,
            header,
            ledger,
        };
        Ok((frame, checksum))
    }
}
