//! The log: all segments, reading anywhere in it, and appending at its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::bytes::{Take, in_memory, length};
use crate::checksum::{IDENTITY_BYTES, Seal};
use crate::error::StoreError;
use crate::frame::{FRAME_HEADER_BYTES, Frame, FrameHeader, LedgerPart};
use crate::medium::Medium;
use crate::node::{NODE_HEADER_BYTES, Node, NodeHeader};
use crate::segment::Segment;

/// How many bytes are read at once for a node: a page with sixteen children has 1,138 with its
/// header. A longer node takes a second read.
const NODE_READ_BYTES: usize = 1_152;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) medium: Arc<dyn Medium>,
    pub(crate) directory: PathBuf,
    pub(crate) identity: [u8; IDENTITY_BYTES],
    pub(crate) seal: Seal,
    pub(crate) segments: BTreeMap<u32, Segment>,
    /// Where the next frame goes.
    pub(crate) end: Address,
}

impl Log {
    /// A log without segments.
    pub(crate) fn new(
        medium: Arc<dyn Medium>,
        directory: &Path,
        identity: [u8; IDENTITY_BYTES],
    ) -> Log {
        Log {
            medium,
            directory: directory.to_path_buf(),
            identity,
            seal: Seal::new(&identity),
            segments: BTreeMap::new(),
            end: Address::START,
        }
    }

    /// Begins a new segment after the last one.
    pub(crate) fn begin_segment(&mut self) -> Result<(), StoreError> {
        let index = self.end.segment() + 1;
        let segment = Segment::create(&*self.medium, &self.directory, &self.identity, index)?;
        self.end = Address::new(index, segment.bytes);
        self.segments.insert(index, segment);
        Ok(())
    }

    /// Writes a frame at the end and returns when it is durable.
    pub(crate) fn append(&mut self, frame: &[u8]) -> Result<(), StoreError> {
        let end = self.end;
        let segment = self.segment_mut(end)?;
        segment
            .file
            .write_at(frame, end.offset())
            .map_err(StoreError::io("write", &segment.path))?;
        segment
            .file
            .sync()
            .map_err(StoreError::io("sync", &segment.path))?;
        let after = end.plus(length(frame));
        segment.bytes = after.offset();
        self.end = after;
        Ok(())
    }

    /// Reads bytes that must be there.
    pub(crate) fn read(&self, place: Address, bytes: u64) -> Result<Vec<u8>, StoreError> {
        let segment = self.segment(place)?;
        let available = segment.bytes.saturating_sub(place.offset());
        if bytes > available {
            return Err(self.damaged(place, "the file ends early"));
        }
        let mut buffer = vec![0; in_memory(bytes)];
        let read = segment
            .file
            .read_at(&mut buffer, place.offset())
            .map_err(StoreError::io("read", &segment.path))?;
        if read < buffer.len() {
            return Err(self.damaged(place, "the file ends early"));
        }
        Ok(buffer)
    }

    /// Reads header and ledger part of the frame at a place.
    pub(crate) fn read_frame(&self, place: Address) -> Result<Frame, StoreError> {
        let header = self.read(place, FRAME_HEADER_BYTES)?;
        let header = FrameHeader::read(&header, place, self.seal)
            .ok_or_else(|| self.damaged(place, "there is no frame, but a version needs it"))?;
        let at = place.plus(header.ledger_start());
        let part = self.read(at, header.ledger_bytes)?;
        let is_good = self.seal.of(place, &part) == header.ledger_checksum;
        let ledger = LedgerPart::from_bytes(&part).filter(|_| is_good);
        let ledger =
            ledger.ok_or_else(|| self.damaged(at, "the ledger part of a frame does not match"))?;
        Ok(Frame {
            place,
            header,
            ledger,
        })
    }

    /// Reads the node at a place.
    pub(crate) fn read_node(&self, place: Address) -> Result<Node, StoreError> {
        let segment = self.segment(place)?;
        let mut buffer = [0; NODE_READ_BYTES];
        let read = segment
            .file
            .read_at(&mut buffer, place.offset())
            .map_err(StoreError::io("read", &segment.path))?;
        let mut take = Take(buffer.get(..read).unwrap_or_default());
        let header = NodeHeader::take(&mut take);
        let header = header.ok_or_else(|| self.damaged(place, "the log ends within a node"))?;
        let node = match take.slice(in_memory(header.content_bytes)) {
            Some(contents) => header.node(contents, place, self.seal),
            None => {
                let contents = self.read(place.plus(NODE_HEADER_BYTES), header.content_bytes)?;
                header.node(&contents, place, self.seal)
            }
        };
        node.map_err(|what| self.damaged(place, what))
    }

    /// How many bytes the node at a place takes, by its header.
    pub(crate) fn stored_bytes(&self, place: Address) -> Result<u64, StoreError> {
        let header = self.read(place, NODE_HEADER_BYTES)?;
        let header = NodeHeader::take(&mut Take(&header));
        let header = header.ok_or_else(|| self.damaged(place, "the log ends within a node"))?;
        Ok(NODE_HEADER_BYTES.saturating_add(header.content_bytes))
    }

    /// The segment that a place is in.
    pub(crate) fn segment(&self, place: Address) -> Result<&Segment, StoreError> {
        let segment = self.segments.get(&place.segment());
        segment.ok_or_else(|| self.damaged(place, "the file is not there"))
    }

    fn segment_mut(&mut self, place: Address) -> Result<&mut Segment, StoreError> {
        if !self.segments.contains_key(&place.segment()) {
            return Err(self.damaged(place, "the file is not there"));
        }
        let segment = self.segments.get_mut(&place.segment());
        segment.ok_or_else(|| StoreError::Failed {
            why: "the last segment is not open".to_string(),
        })
    }

    /// That something at a place is not as it was written.
    pub(crate) fn damaged(&self, place: Address, what: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            path: crate::directory::segment_path(&self.directory, place.segment()),
            offset: place.offset(),
            what: what.into(),
        }
    }
}
