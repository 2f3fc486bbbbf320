//! The log: all segments, reading anywhere in it, and appending at its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_state_trie::{Leaf, Page};

use crate::address::Address;
use crate::bytes::{Take, in_memory, length};
use crate::checksum::{IDENTITY_BYTES, Seal};
use crate::error::StoreError;
use crate::frame::{FRAME_HEADER_BYTES, Frame, FrameHeader, LedgerPart};
use crate::medium::Medium;
use crate::node::{Contents, NODE_HEADER_BYTES, Node, NodeHeader};
use crate::segment::{SEGMENT_HEADER_BYTES, Segment};
use crate::threads::Threads;
use crate::writing::Writing;

/// How many bytes are read at once for a node: a page with seventeen children has 698 with its
/// header. A longer node takes a second read.
const NODE_READ_BYTES: usize = 704;

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
    /// The last frame, while it is being written.
    pub(crate) writing: Option<Writing>,
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
            writing: None,
        }
    }

    /// The index of the segment after the last one, if there is another.
    pub(crate) fn next_segment(&self) -> Result<u32, StoreError> {
        let limit = Address::SEGMENT_MAX;
        let next = self.end.segment().checked_add(1);
        let next = next.filter(|index| *index <= limit);
        next.ok_or(StoreError::NoMoreSegments { limit })
    }

    /// Begins the segment of an index. The last one is closed, if there is one.
    pub(crate) fn begin_segment(&mut self, index: u32) -> Result<(), StoreError> {
        if let Some(last) = self.segments.get_mut(&self.end.segment()) {
            last.close()?;
        }
        let segment = Segment::create(&*self.medium, &self.directory, &self.identity, index)?;
        self.end = Address::new(index, segment.bytes);
        self.segments.insert(index, segment);
        Ok(())
    }

    /// Takes the last segment out of the log if its file has nothing but the header, and says which file
    /// that is. The log ends with the segment before, which must be there.
    pub(crate) fn take_unused(&mut self) -> Option<PathBuf> {
        let is_unused = |segment: &Segment| segment.file_bytes == SEGMENT_HEADER_BYTES;
        let index = self.end.segment();
        self.segments.get(&index).filter(|last| is_unused(last))?;
        let (before, segment) = self.segments.range(..index).next_back()?;
        self.end = Address::new(*before, segment.bytes);
        self.segments.remove(&index).map(|unused| unused.path)
    }

    /// Writes a frame at the end and returns when it is durable. `segment_bytes` is how long a
    /// segment becomes before another begins.
    pub(crate) fn append(&mut self, frame: &[u8], segment_bytes: u64) -> Result<(), StoreError> {
        let end = self.end;
        self.segment_mut(end)?.append(frame, segment_bytes)?;
        self.end = end.plus(length(frame));
        Ok(())
    }

    /// Has a thread write a frame at the end. It counts as written at once, and whoever wants what only
    /// the file has waits for it.
    pub(crate) fn append_later(
        &mut self,
        frame: Vec<u8>,
        segment_bytes: u64,
        threads: &Threads,
    ) -> Result<(), StoreError> {
        let start = self.end;
        let segment = self.segment_mut(start)?;
        segment.append_later(length(&frame), segment_bytes);
        let end = start.plus(length(&frame));
        let writing = Writing::begin(frame, start, segment, threads);
        (self.end, self.writing) = (end, Some(writing));
        Ok(())
    }

    /// Says where the last segment ends that was read, whatever is behind that in its file.
    pub(crate) fn set_valid_end(&mut self, end: Address) -> Result<(), StoreError> {
        self.segment_mut(end)?.bytes = end.offset();
        Ok(())
    }

    /// Cuts off what the last file was made longer in advance.
    pub(crate) fn cut_off(&mut self) -> Result<(), StoreError> {
        self.segment_mut(self.end)?.cut_off()
    }

    /// Reads bytes that must be there.
    pub(crate) fn read(&self, place: Address, bytes: u64) -> Result<Vec<u8>, StoreError> {
        let segment = self.segment_to_read(place)?;
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
        let (mut buffer, mut long) = ([0; NODE_READ_BYTES], Vec::new());
        let contents = self.read_contents(place, &mut buffer, &mut long)?;
        self.node(place, &contents)
    }

    /// Reads the node that is to be written to a place from the bytes that begin with it.
    pub(crate) fn node_ahead(&self, place: Address, bytes: &[u8]) -> Result<Node, StoreError> {
        let mut take = Take(bytes);
        let header = NodeHeader::take(&mut take);
        let contents = header.and_then(|header| {
            let contents = take.slice(in_memory(header.content_bytes))?;
            header.read(contents, place, self.seal).ok()
        });
        let contents = contents.ok_or_else(|| self.damaged(place, "there is no node"))?;
        self.node(place, &contents)
    }

    /// Makes a node of its contents and, if it is a difference, of its basis.
    fn node(&self, place: Address, contents: &Contents<'_>) -> Result<Node, StoreError> {
        let damaged = |what: &str| self.damaged(place, what);
        match *contents {
            Contents::Leaf(bytes) => {
                let leaf = Leaf::from_bytes(bytes).map(|leaf| Node::Leaf(Arc::new(leaf)));
                leaf.ok_or_else(|| damaged("a leaf is not formed like one"))
            }
            Contents::Page(bytes) => {
                let page = Page::from_bytes(bytes).map(|page| Node::Page(Arc::new(page), None));
                page.ok_or_else(|| damaged("a page is not formed like one"))
            }
            Contents::Difference(basis, children) => {
                let (mut buffer, mut long) = ([0; NODE_READ_BYTES], Vec::new());
                let at = Address::from_number(basis.number);
                let Contents::Page(whole) = self.read_contents(at, &mut buffer, &mut long)? else {
                    return Err(damaged("its basis is not a whole page"));
                };
                let page = Page::from_bytes_and_children(whole, basis.children, children);
                page.map(|page| Node::Page(Arc::new(page), Some(basis)))
                    .ok_or_else(|| damaged("a difference does not fit its basis"))
            }
        }
    }

    /// Reads what stands at a place into one of two buffers.
    fn read_contents<'b>(
        &self,
        place: Address,
        buffer: &'b mut [u8; NODE_READ_BYTES],
        long: &'b mut Vec<u8>,
    ) -> Result<Contents<'b>, StoreError> {
        let segment = self.segment_to_read(place)?;
        let read = segment
            .file
            .read_at(buffer, place.offset())
            .map_err(StoreError::io("read", &segment.path))?;
        let mut take = Take(buffer.get(..read).unwrap_or_default());
        let header = NodeHeader::take(&mut take);
        let header = header.ok_or_else(|| self.damaged(place, "there is no node"))?;
        let contents = match take.slice(in_memory(header.content_bytes)) {
            Some(bytes) => header.read(bytes, place, self.seal),
            None => {
                *long = self.read(place.plus(NODE_HEADER_BYTES), header.content_bytes)?;
                header.read(long, place, self.seal)
            }
        };
        contents.map_err(|what| self.damaged(place, what))
    }

    /// The segment that a place is in, when what is there is written.
    fn segment_to_read(&self, place: Address) -> Result<&Segment, StoreError> {
        if let Some(writing) = &self.writing {
            writing.wait_for(place)?;
        }
        self.segment(place)
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
