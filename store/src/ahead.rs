//! Commits that are acknowledged when their changes are durable.
//!
//! First the changes go into the write-ahead log (`wal.rs`), and the commit returns. Then a thread makes
//! the nodes and puts them into the cache, and another writes their frame (`writing.rs`); the store can be
//! read again before that is done, and changed when it is. If it is never done, opening the store
//! makes up for it (`replay.rs`).

use lockstep_state_trie::NodeChanges;

use crate::commit::FrameWritten;
use crate::error::StoreError;
use crate::log_store::LogStore;
use crate::wal::{ENTRY_BYTES_MAX, Wal, entry_bytes};
use crate::writing::Writing;

impl LogStore {
    /// Whether a batch is acknowledged before its frame is written: a new version, and not so large
    /// that writing its changes twice costs more than waiting.
    pub(crate) fn goes_ahead(&self, changes: &NodeChanges) -> bool {
        self.threads.are_there()
            && !changes.replaces_before
            && entry_bytes(changes) <= ENTRY_BYTES_MAX
    }

    /// Makes the changes of a batch durable. Its frame comes next, where the log ends now.
    pub(crate) fn write_ahead(&mut self, changes: &NodeChanges) -> Result<(), StoreError> {
        self.begin_change()?;
        self.check_base(changes)?;
        let (place, seal) = (self.log.end, self.log.seal);
        let version = self.ledger.last().number + 1;
        let versions = (version, self.first_kept_with(version));
        let opened = match self.wal.take() {
            Some(wal) => Ok(wal),
            None => {
                self.housekeeping.finish();
                Wal::open(&*self.log.medium, &self.log.directory)
            }
        };
        let written = opened.and_then(|mut wal| {
            wal.write(changes, versions, &self.log.identity, place, seal)?;
            Ok(wal)
        });
        self.wal = Some(written.map_err(|error| self.fail(error))?);
        Ok(())
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
