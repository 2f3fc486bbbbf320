//! Edge coverage: which segment of a contract's code was reached from which.
//!
//! The probes of the metering pass report every segment that begins. A pair of segments that
//! followed one another in a frame is an edge. Loops report the same edges again and again, so a
//! small table of the edges seen last keeps most of them away from the set.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::CodeHash;

/// The entries of the table of edges seen last; a power of two.
const FILTER_ENTRIES: usize = 4_096;
/// What stands in front of a frame's first segment.
const FRAME_START: u32 = 0x00ff_ffff;

/// The edges of one execution. Codes are numbered in the order in which a campaign meets them.
#[derive(Debug)]
pub(super) struct Edges {
    codes: BTreeMap<CodeHash, u16>,
    frames: Vec<(u16, u32)>,
    filter: Vec<u64>,
    reached: BTreeSet<u64>,
}

impl Edges {
    /// None reached yet.
    pub(super) fn new() -> Edges {
        Edges {
            codes: BTreeMap::new(),
            frames: Vec::new(),
            filter: vec![u64::MAX; FILTER_ENTRIES],
            reached: BTreeSet::new(),
        }
    }

    /// A frame begins.
    pub(super) fn enter(&mut self, code: CodeHash) {
        let next = u16::try_from(self.codes.len()).unwrap_or(u16::MAX);
        let number = *self.codes.entry(code).or_insert(next);
        self.frames.push((number, FRAME_START));
    }

    /// The frame that began last ends.
    pub(super) fn leave(&mut self) {
        self.frames.pop();
    }

    /// The running frame reaches a segment.
    pub(super) fn reach(&mut self, segment: u32) {
        let Some((code, before)) = self.frames.last_mut() else {
            return;
        };
        let edge = u64::from(*code) << 48 | u64::from(*before & FRAME_START) << 24;
        let edge = edge | u64::from(segment & FRAME_START);
        *before = segment;
        let mixed = edge.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        let slot = &mut self.filter[mixed as usize % FILTER_ENTRIES];
        if *slot != edge {
            *slot = edge;
            self.reached.insert(edge);
        }
    }

    /// Takes the edges reached since the last time. A frame that was left open by a failure of the
    /// machine is forgotten.
    pub(super) fn take(&mut self) -> BTreeSet<u64> {
        self.frames.clear();
        self.filter.fill(u64::MAX);
        std::mem::take(&mut self.reached)
    }
}

#[cfg(test)]
mod tests {
    use super::Edges;
    use lockstep_abi::CodeHash;

    #[test]
    fn an_edge_counts_once_and_its_direction_counts() {
        let mut edges = Edges::new();
        edges.enter(CodeHash([1; 32]));
        for segment in [0, 1, 2, 1, 2, 1, 2] {
            edges.reach(segment);
        }
        edges.enter(CodeHash([2; 32]));
        edges.reach(0);
        edges.leave();
        edges.reach(2);
        // start-0, 0-1, 1-2, 2-1, then start-0 of the other code, then 2-2.
        assert_eq!(edges.take().len(), 6);
        assert!(edges.take().is_empty());
    }
}
