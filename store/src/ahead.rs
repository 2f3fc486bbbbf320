//! Commits that are acknowledged when their changes are durable.
//!
//! When a batch is announced, the thread that writes puts its changes into the write-ahead log
//! (`wal.rs`), behind the frame of the batch before if that is still on its way. The root is computed
//! meanwhile, and when both is done, the commit returns. Then a thread makes the nodes and puts them into
//! the cache, and another writes their frame (`writing.rs`); the store can be read again before that is
//! done, and changed when it is. If it is never done, opening the store makes up for it (`replay.rs`). A
//! batch that cannot be worked out is taken out of the write-ahead log again, and so is one that leads to
//! another root than it has to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lockstep_state_trie::{ComingBatch, Digest, NodeChanges};

use crate::address::Address;
use crate::commit::FrameWritten;
use crate::error::StoreError;
use crate::log_store::LogStore;
use crate::threads::{Coming, Threads};
use crate::wal::{ENTRY_BYTES_MAX, Wal, entry_bytes};
use crate::writing::Writing;

/// An entry on its way to the write-ahead log.
#[derive(Debug)]
pub(crate) struct ComingEntry {
    /// The root that its batch is made on.
    before: Digest,
    /// The root that its batch has to lead to.
    claimed: Option<Digest>,
    /// Where the frame of its batch will begin.
    place: Address,
    /// Whether the frame of the batch before was still on its way.
    is_behind_frame: bool,
    /// The write-ahead log when the entry is durable, or why it is not.
    coming: Coming<Wal>,
}

impl ComingEntry {
    /// Has the thread that writes write the entry, unless the frame before turns out not to be durable.
    fn begin(
        mut wal: Wal,
        batch: &ComingBatch<'_>,
        place: Address,
        frame_before: Option<Arc<AtomicBool>>,
        threads: &Threads,
    ) -> ComingEntry {
        let is_behind_frame = frame_before.is_some();
        let coming = threads.begin_writing(move || {
            let is_next = frame_before.is_none_or(|frame| frame.load(Ordering::Acquire));
            match is_next {
                true => wal.write().map(|()| wal),
                false => Err(StoreError::Failed {
                    why: "the frame before is not written".to_string(),
                }),
            }
        });
        ComingEntry {
            before: batch.before,
            claimed: batch.claimed,
            place,
            is_behind_frame,
            coming,
        }
    }

    /// Whether it is of this batch.
    fn is_of(&self, changes: &NodeChanges) -> bool {
        let is_as_claimed = self.claimed.is_none_or(|claimed| claimed == changes.after);
        !changes.replaces_before && self.before == changes.before && is_as_claimed
    }
}

impl LogStore {
    /// See [`NodeStore::announce`](lockstep_state_trie::NodeStore::announce). Nothing is done for a batch
    /// that is so large that writing its changes twice costs more than waiting.
    pub(crate) fn announce(&mut self, batch: &ComingBatch<'_>) -> Result<(), StoreError> {
        if !self.threads.are_there() || entry_bytes(batch) > ENTRY_BYTES_MAX {
            return Ok(());
        }
        self.begin_ahead()?;
        self.check_base(batch.before)?;
        let (place, seal) = (self.log.end, self.log.seal);
        let version = self.ledger.last().number + 1;
        let versions = (version, self.first_kept_with(version));
        let mut wal = match self.wal.take() {
            Some(wal) => wal,
            None => {
                self.housekeeping.finish();
                let opened = Wal::open(&*self.log.medium, &self.log.directory);
                opened.map_err(|error| self.fail(error))?
            }
        };
        wal.fill(batch, versions, &self.log.identity, place, seal);
        let frame_before = self.log.writing.as_ref().map(Writing::is_durable);
        let entry = ComingEntry::begin(wal, batch, place, frame_before, &self.threads);
        self.announced = Some(entry);
        Ok(())
    }

    /// As [`LogStore::begin_change`], but waits for a frame that is on its way only if something has to be
    /// done between it and the entry.
    fn begin_ahead(&mut self) -> Result<(), StoreError> {
        let is_segment_full = self.log.end.offset() >= self.settings.segment_bytes;
        if self.log.writing.is_none() || self.wal.is_none() || is_segment_full {
            return self.begin_change();
        }
        self.check_changeable()
    }

    /// See [`NodeStore::withdraw`](lockstep_state_trie::NodeStore::withdraw).
    pub(crate) fn withdraw(&mut self) {
        let Some(announced) = self.announced.take() else {
            return;
        };
        let spoiled = announced.coming.wait().and_then(|mut wal| {
            self.lock.check()?;
            wal.spoil().map(|()| wal)
        });
        match spoiled {
            Ok(wal) => self.wal = Some(wal),
            Err(error) => {
                self.fail(error);
            }
        }
    }

    /// Returns when the changes of a batch are durable, so that its nodes and its frame can follow: those
    /// of one that was announced, and others that are written now. Returns `false` for a batch that is no
    /// new version or is large: it is to be written as a frame at once.
    pub(crate) fn go_ahead(&mut self, changes: &NodeChanges) -> Result<bool, StoreError> {
        let is_announced = |entry: &ComingEntry| entry.is_of(changes);
        if !changes.replaces_before && !self.announced.as_ref().is_some_and(is_announced) {
            let set = changes.leaves.iter();
            let set = set.map(|leaf| (leaf.key(), Some(leaf.value())));
            let removed = changes.removed.iter().map(|key| (key.as_slice(), None));
            self.announce(&ComingBatch {
                before: changes.before,
                changes: &set.chain(removed).collect::<Vec<_>>(),
                record: &changes.record,
                claimed: None,
            })?;
        }
        let Some(announced) = self.announced.take_if(|entry| is_announced(entry)) else {
            return Ok(false);
        };
        let (place, is_behind_frame) = (announced.place, announced.is_behind_frame);
        let written = announced.coming.wait();
        self.finish_writing()?;
        let wal = written.map_err(|error| self.fail(error))?;
        // Computing the root takes long enough for somebody to take the lock.
        self.lock.check()?;
        wal.write_root(&changes.after, place, self.log.seal);
        self.wal = Some(wal);
        if is_behind_frame {
            // What was left out when it began.
            self.housekeep();
        }
        Ok(true)
    }

    /// Makes the nodes of a batch that is durable, and has a thread write their frame. If it fails,
    /// nothing more can be done with the store: it does not have the version that was acknowledged.
    pub(crate) fn follow_up(&mut self, changes: NodeChanges) {
        // If it panics, nothing may be built on what is left.
        self.behind = Some(StoreError::Failed {
            why: "the thread that makes nodes has panicked".to_string(),
        });
        self.behind = self.commit_here(changes, 0, FrameWritten::Later).err();
    }

    /// Waits for the frame that is being written, if there is one. If it could not be, the store takes
    /// no more changes.
    pub(crate) fn finish_writing(&mut self) -> Result<(), StoreError> {
        match self.log.writing.take_if(|writing| writing.is_written()) {
            Some(writing) => {
                self.keep_buffer(writing.into_buffer());
            }
            None => {
                let failure = self.log.writing.as_ref().and_then(Writing::failure);
                self.behind = self.behind.take().or(failure);
            }
        }
        match &self.behind {
            Some(why) => Err(why.again()),
            None => Ok(()),
        }
    }
}
