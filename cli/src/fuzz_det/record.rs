//! The observer of an execution: host calls always, and where it is asked for the edges between
//! segments (coverage) or the segments of one transaction (to find where two worlds part).

use lockstep_abi::CodeHash;
use lockstep_vm::{
    FrameEnd, FrameStart, HostCallRecord, Observation, Observer, ProbeRecord, Recorder,
};

use super::coverage::Edges;

/// The most segments that are kept of one transaction.
const SEGMENTS_MAX: usize = 4_000_000;

/// What an execution is asked to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// The host calls.
    Calls,
    /// The host calls, and every segment of the transaction at this place: the position of its
    /// block after the history's snapshot, and its own position in the block.
    Segments {
        /// The block's position.
        block: usize,
        /// The transaction's position.
        transaction: usize,
    },
}

/// A segment that was begun, or an operand that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The code.
    pub code: CodeHash,
    /// The probe.
    pub number: u32,
    /// The operand, 0 at the beginning of a segment.
    pub operand: u32,
    /// How many frames were waiting below.
    pub depth: u32,
    /// How many host calls of the transaction were over.
    pub calls_before: usize,
}

/// Records one execution.
#[derive(Default)]
pub(super) struct Record {
    recorder: Recorder,
    codes: Vec<CodeHash>,
    /// Where coverage is counted, if it is.
    pub(super) edges: Option<Edges>,
    /// Whether the present transaction's segments are kept.
    pub(super) keep_segments: bool,
    /// The segments that were kept.
    pub(super) segments: Vec<Reached>,
}

impl Record {
    /// A record that counts coverage.
    pub(super) fn with_edges() -> Record {
        Record {
            edges: Some(Edges::new()),
            ..Record::default()
        }
    }

    /// Begins anew: the running hash of the host calls follows from one execution alone.
    pub(super) fn begin(&mut self) {
        self.recorder = Recorder::new();
        self.codes.clear();
    }

    /// Takes the host calls since the last time.
    pub(super) fn take_calls(&mut self) -> Vec<Observation> {
        self.codes.clear();
        self.recorder.take()
    }
}

impl Observer for Record {
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.codes.push(frame.code);
        if let Some(edges) = &mut self.edges {
            edges.enter(frame.code);
        }
    }

    fn frame_end(&mut self, _frame: &FrameEnd<'_>) {
        self.codes.pop();
        if let Some(edges) = &mut self.edges {
            edges.leave();
        }
    }

    fn probe(&mut self, probe: &ProbeRecord) {
        if let Some(edges) = &mut self.edges {
            edges.reach(probe.number);
        }
        if !self.keep_segments || self.segments.len() >= SEGMENTS_MAX {
            return;
        }
        if let Some(code) = self.codes.last() {
            self.segments.push(Reached {
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
