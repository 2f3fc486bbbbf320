//! The observer of an execution: host calls and what frames leave behind always, and where it is
//! asked for the edges between segments (coverage), or the segments of one transaction or what its
//! operators compute (to find where two worlds part).

use blake2::{Blake2b256, Digest};
use lockstep_abi::CodeHash;
use lockstep_vm::{
    FinalState, FrameEnd, FrameStart, HostCallRecord, Observer, ProbeRecord, Recorder,
};
use serde::{Deserialize, Serialize};

use super::coverage::Edges;
use super::execution::{Bytes, FrameOutcome, Observed};
use super::way::{Reached, WayRecord};

/// The parts of a memory that are looked at one by one. Those of zeros are left out of the hash.
const PART_BYTES: usize = 1 << 12;

/// What an execution is asked to record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The host calls.
    #[default]
    Calls,
    /// The host calls, and the segments of the transaction at this place: the position of its
    /// block after the history's snapshot, and its own position in the block.
    Segments {
        /// The block's position.
        block: usize,
        /// The transaction's position.
        transaction: usize,
        /// The stretch of its way whose places are kept, from 0.
        #[serde(default)]
        stretch: usize,
    },
    /// The host calls, and what the operators of the transaction at this place compute.
    Results {
        /// The block's position.
        block: usize,
        /// The transaction's position.
        transaction: usize,
        /// The stretch of its way whose places are kept, from 0.
        #[serde(default)]
        stretch: usize,
    },
}

impl Watch {
    /// The position of the watched transaction's block after the history's snapshot, its own in the
    /// block, and the stretch whose places are kept.
    pub(super) fn kept(self) -> Option<(usize, usize, usize)> {
        match self {
            Watch::Calls => None,
            Watch::Segments {
                block,
                transaction,
                stretch,
            }
            | Watch::Results {
                block,
                transaction,
                stretch,
            } => Some((block, transaction, stretch)),
        }
    }

    /// The same for whoever executes so many blocks before those of the history's snapshot, too.
    pub(super) fn behind(mut self, before: usize) -> Watch {
        if let Watch::Segments { block, .. } | Watch::Results { block, .. } = &mut self {
            *block = block.saturating_add(before);
        }
        self
    }
}

/// Records one execution.
#[derive(Default)]
pub(super) struct Record {
    recorder: Recorder,
    codes: Vec<CodeHash>,
    frames: Vec<FrameOutcome>,
    /// Over what the frame that ends next has left.
    left: Bytes,
    /// The running hash of the host calls before those that the recorder still has.
    trace: Bytes,
    /// Where coverage is counted, if it is.
    pub(super) edges: Option<Edges>,
    /// The way of the watched transaction, if one is.
    pub(super) way: Option<WayRecord>,
    /// Whether the present transaction is the watched one.
    pub(super) is_watched: bool,
}

impl Record {
    /// A record that counts coverage.
    pub(super) fn with_edges() -> Record {
        Record {
            edges: Some(Edges::new()),
            ..Record::default()
        }
    }

    /// A record that keeps the way that is asked for.
    pub(super) fn with_way(watch: Watch) -> Record {
        let kept = watch.kept();
        Record {
            way: kept.map(|(.., stretch)| WayRecord::keeping(stretch)),
            ..Record::default()
        }
    }

    /// Begins anew: the running hash of the host calls follows from one execution alone.
    pub(super) fn begin(&mut self) {
        self.recorder = Recorder::new();
        self.codes.clear();
        self.frames.clear();
        (self.left, self.trace) = (Bytes::default(), Bytes::default());
    }

    /// Takes what was observed since the last time.
    pub(super) fn take(&mut self) -> Observed {
        self.trace = self.trace();
        self.codes.clear();
        Observed {
            calls: self.recorder.take(),
            frames: std::mem::take(&mut self.frames),
        }
    }

    /// The running hash of the host calls.
    fn trace(&self) -> Bytes {
        let last = self.recorder.observations().last();
        last.map_or(self.trace.clone(), |last| Bytes(last.hash.to_vec()))
    }
}

/// A hash over a memory and globals.
fn digest(left: FinalState<'_>) -> Bytes {
    let mut hasher = Blake2b256::new();
    for value in left.globals {
        hasher.update(value.to_le_bytes());
    }
    for (position, part) in (0_u64..).zip(left.memory.chunks(PART_BYTES)) {
        if part.iter().any(|byte| *byte != 0) {
            hasher.update(position.to_le_bytes());
            hasher.update(part);
        }
    }
    Bytes(hasher.finalize().to_vec())
}

impl Observer for Record {
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.codes.push(frame.code);
        if let Some(edges) = &mut self.edges {
            edges.enter(frame.code);
        }
    }

    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.codes.pop();
        self.frames.push(FrameOutcome {
            depth: frame.depth,
            calls_before: self.recorder.observations().len(),
            status: frame.status.code(),
            gas_left: frame.gas_left,
            memory_pages: frame.memory_pages,
            left: std::mem::take(&mut self.left),
            trace: self.trace(),
        });
        if let Some(edges) = &mut self.edges {
            edges.leave();
        }
    }

    fn wants_final_state(&self) -> bool {
        true
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.left = digest(left);
    }

    fn probe(&mut self, probe: &ProbeRecord) {
        if let Some(edges) = &mut self.edges {
            edges.reach(probe.number);
        }
        let way = self.way.as_mut().filter(|_| self.is_watched);
        if let (Some(way), Some(code)) = (way, self.codes.last()) {
            way.reach(Reached {
                code: *code,
                number: probe.number,
                operand: probe.operand,
                depth: probe.depth,
                calls_before: self.recorder.observations().len(),
            });
        }
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.recorder.host_call(call);
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.recorder.guest_read(address, bytes);
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.recorder.guest_write(address, bytes);
    }
}
