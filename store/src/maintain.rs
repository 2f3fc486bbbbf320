//! Looking after a store: going back, giving up, compacting, closing.

use std::ops::ControlFlow;

use lockstep_state_trie::NodeChanges;

use crate::error::StoreError;
use crate::frame::SweepState;
use crate::report::CompactProgress;
use crate::store::Store;

/// How many bytes a compaction copies between two syncs.
const COMPACT_STEP_BYTES: u64 = 4 << 20;

impl Store {
    /// Makes a version that is kept the last one, durably. Those after it are given up. A trie on
    /// the store has to be opened again on its root.
    ///
    /// # Errors
    /// [`StoreError::NotKept`], [`StoreError::ReadOnly`], [`StoreError::Failed`],
    /// [`StoreError::Locked`], [`StoreError::Io`]: nothing was done then.
    pub fn rollback(&mut self, version: u64) -> Result<(), StoreError> {
        self.write_rollback(version)
    }

    /// Gives up all but the last `keep` versions, at least one. What only those needed is deleted
    /// as far as whole segment files are concerned; [`Store::compact`] does the rest.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], [`StoreError::Failed`], [`StoreError::Locked`], and
    /// [`StoreError::Io`] when nothing was given up. [`StoreError::NoCheckpoint`] when the versions
    /// are given up and nothing was deleted.
    pub fn prune(&mut self, keep: u64) -> Result<(), StoreError> {
        let first_kept = (self.last().number + 1).saturating_sub(keep.max(1));
        if first_kept > self.ledger.oldest() {
            self.write_prune(first_kept)?;
        }
        self.checkpoint()
    }

    /// Writes all nodes of the last version anew, so that the segment files before can be deleted
    /// as soon as no older version needs them. `progress` is called between two steps and may
    /// break off: what is done stays done, and later commits go on with it. Returns whether all is
    /// done.
    ///
    /// # Errors
    /// As [`Store::prune`], and [`StoreError::Damaged`].
    pub fn compact(
        &mut self,
        mut progress: impl FnMut(CompactProgress) -> ControlFlow<()>,
    ) -> Result<bool, StoreError> {
        self.begin_change()?;
        let bytes_expected = self.log_and_live_bytes().1;
        let begun = self.bytes_written;
        self.new_segment()?;
        if self.last().number == 0 {
            self.checkpoint()?;
            return Ok(true);
        }
        self.ledger.sweep = Some(SweepState {
            floor: self.log.end,
            cursor: Vec::new(),
        });
        loop {
            self.compact_step()?;
            if self.ledger.sweep.is_none() {
                self.checkpoint()?;
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

    /// Writes a checkpoint, so that opening has nothing to read behind it, and deletes the segment
    /// files that nothing needs. If the counts of needed bytes are wrong
    /// ([`Statistics::is_miscounted`](crate::Statistics::is_miscounted)), nothing is done.
    ///
    /// # Errors
    /// [`StoreError::NoCheckpoint`], [`StoreError::ReadOnly`], [`StoreError::Failed`],
    /// [`StoreError::Locked`].
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.checkpoint_now()
    }

    /// Ends work on the store with a checkpoint. Dropping the store does the same and cannot say
    /// if it fails; either way nothing acknowledged can be lost.
    ///
    /// # Errors
    /// As [`Store::checkpoint`].
    pub fn close(mut self) -> Result<(), StoreError> {
        if self.read_only {
            return Ok(());
        }
        self.checkpoint_now()
    }
}
