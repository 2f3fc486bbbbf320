//! Looking after a store: giving up old versions, and compacting.

use std::ops::ControlFlow;

use lockstep_state_trie::NodeChanges;

use crate::error::StoreError;
use crate::frame::SweepState;
use crate::log_store::LogStore;
use crate::report::CompactProgress;
use crate::segment::SEGMENT_HEADER_BYTES;

/// How many bytes a compaction copies between two syncs.
const COMPACT_STEP_BYTES: u64 = 4 << 20;

impl LogStore {
    /// See [`Store::prune`](crate::Store::prune).
    pub(crate) fn prune(&mut self, keep: u64) -> Result<(), StoreError> {
        let first_kept = (self.last().number + 1).saturating_sub(keep.max(1));
        if first_kept > self.ledger.oldest() {
            self.write_prune(first_kept)?;
        }
        self.checkpoint_now()
    }

    /// See [`Store::compact`](crate::Store::compact).
    pub(crate) fn compact(
        &mut self,
        mut progress: impl FnMut(CompactProgress) -> ControlFlow<()>,
    ) -> Result<bool, StoreError> {
        self.begin_change()?;
        let bytes_expected = self.log_and_live_bytes().1;
        let begun = self.bytes_written;
        // If the last one has no frame yet, what is copied goes there. Of two without a frame, taking both
        // away could leave the later one alone.
        if self.log.end.offset() > SEGMENT_HEADER_BYTES {
            self.new_segment()?;
        }
        if self.last().number == 0 {
            self.checkpoint_now()?;
            return Ok(true);
        }
        self.ledger.sweep = Some(SweepState {
            floor: self.log.end,
            cursor: Vec::new(),
        });
        loop {
            self.compact_step()?;
            if self.ledger.sweep.is_none() {
                self.unswept = None;
                self.checkpoint_now()?;
                return Ok(true);
            }
            let done = CompactProgress {
                bytes_done: self.bytes_written - begun,
                bytes_expected,
            };
            if progress(done).is_break() {
                return Ok(false);
            }
        }
    }

    /// One step of a compaction: the last version again, with other places.
    fn compact_step(&mut self) -> Result<(), StoreError> {
        let last = self.ledger.last();
        let mut changes = NodeChanges::none(last.root, last.top);
        changes.record = self.record(last.number)?;
        self.commit(changes, COMPACT_STEP_BYTES)
    }
}
