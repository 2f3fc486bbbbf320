//! Opening a store whose last commit has no frame: its changes are in the write-ahead log, and are made
//! again.
//!
//! The frame that comes of it is the one that is missing: nodes follow from the changes alone. It must
//! lead to the root that stands behind them, if that was written. The commit need not have been
//! acknowledged: its changes are durable before its root is known. If they lead to another root than the
//! one that was claimed, it was not, and is not made. Whoever opens a store only to read
//! writes nothing: the frame is kept in memory, as if it stood behind what the last segment's file has.
//! The same is done where the frame cannot be written, because the disk is full for example: the store can
//! then be read and not changed. If a node that the changes need is damaged or cannot be read, the store
//! opens at the version before, so that the rest can be read, and takes no changes either.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use lockstep_state_trie::{Digest, EMPTY_ROOT, Trie, TrieError};

use crate::bytes::{in_memory, length};
use crate::directory::WAL_NAME;
use crate::error::StoreError;
use crate::housekeeping::remove_all;
use crate::log_store::LogStore;
use crate::medium::{LockMode, MediumFile};
use crate::report::{Opening, TornTail};
use crate::wal::{Found, WalEntry};

impl LogStore {
    /// Makes the commit again whose frame is missing, if there is one, and completes the report.
    pub(crate) fn make_again(
        &mut self,
        found: Found,
        mut report: Opening,
    ) -> Result<Opening, StoreError> {
        match found {
            Found::Nothing => {}
            Found::Whole(entry) => match self.make_somewhere(&entry) {
                Ok(Made::Never) => self.take_away(entry.file_bytes, &mut report)?,
                made => {
                    // What is left of its frame is nothing that was lost.
                    report.torn_tail = None;
                    report.not_made = self.why_not_made(made.map(drop))?;
                    report.made_again = report.not_made.is_none();
                }
            },
            Found::Torn { bytes } => self.take_away(bytes, &mut report)?,
        }
        Ok(report)
    }

    /// Takes away a write-ahead log of so many bytes, whose entry is of no commit.
    fn take_away(&self, bytes: u64, report: &mut Opening) -> Result<(), StoreError> {
        let directory = &self.log.directory;
        let path = directory.join(WAL_NAME);
        if !self.read_only {
            // Whoever opens the store next makes that durable before the segment goes that the
            // entry is for. Without the segment it would look like one behind the end.
            remove_all(&*self.log.medium, directory, std::slice::from_ref(&path))?;
        }
        report.torn_tail.get_or_insert(TornTail {
            path,
            offset: 0,
            bytes,
        });
        Ok(())
    }

    /// Makes a commit again: in the log, or if nothing can be written there, in memory.
    fn make_somewhere(&mut self, entry: &WalEntry) -> Result<Made, StoreError> {
        if !self.read_only {
            match self.make(entry) {
                // The frame cannot be written. What follows is in memory, and so is the end of the log:
                // nothing may be built on that.
                Err(error @ StoreError::Io { .. }) if self.failed.take().is_some() => {
                    self.behind = Some(error);
                }
                other => return other,
            }
        }
        self.keep_in_memory();
        self.make(entry)
    }

    /// Why a commit could not be made again, if that is a segment that is damaged or cannot be read: the
    /// store is at the version before, and nothing may be built on that.
    fn why_not_made(&mut self, made: Result<(), StoreError>) -> Result<Option<String>, StoreError> {
        let wal = self.log.directory.join(WAL_NAME);
        match &made {
            // If nothing has failed to be written, what failed is a read.
            Err(error @ (StoreError::Damaged { path, .. } | StoreError::Io { path, .. }))
                if *path != wal && self.failed.is_none() =>
            {
                self.behind = Some(error.again());
                Ok(Some(error.to_string()))
            }
            _ => made.map(|()| None),
        }
    }

    fn make(&mut self, entry: &WalEntry) -> Result<Made, StoreError> {
        let path = self.log.directory.join(WAL_NAME);
        let damaged = |what: &str| StoreError::Damaged {
            path: path.clone(),
            offset: 0,
            what: what.to_string(),
        };
        let last = self.ledger.last();
        let is_next = entry.before == last.root && entry.version == last.number + 1;
        if !is_next || entry.first_kept > entry.version {
            return Err(damaged("its changes are not those of the next version"));
        }
        self.replaying = Some(entry.first_kept);
        let made = make_on(self, entry);
        self.replaying = None;
        made.map_err(|error| match error {
            TrieError::Store(error) => error,
            other => damaged(&format!("its changes cannot be made: {other}")),
        })?
        .ok_or_else(|| damaged("its changes do not lead to the root that it names"))
    }

    /// Has what is written to the last segment from now on stay in memory.
    fn keep_in_memory(&mut self) {
        let end = self.log.end;
        if let Some(segment) = self.log.segments.get_mut(&end.segment()) {
            segment.file = Arc::new(InMemory {
                file: Arc::clone(&segment.file),
                start: segment.bytes,
                written: Mutex::default(),
            });
        }
    }
}

/// What became of an entry.
enum Made {
    /// Its commit is made again.
    Again,
    /// Its commit was never made: it was not what somebody had claimed.
    Never,
}

/// Makes the changes of an entry. If they lead to another root than it has, none is made, and `None`
/// returned.
fn make_on(store: &mut LogStore, entry: &WalEntry) -> Result<Option<Made>, TrieError<StoreError>> {
    let mut trie = match entry.before == EMPTY_ROOT {
        true => Trie::new(store),
        false => Trie::open(store, entry.before)?,
    };
    let changes = entry.changes.iter();
    let changes = changes.map(|(key, value)| (key, value.as_ref()));
    let update = trie.prepare(changes, entry.record.clone())?;
    let is_not = |named: Digest| named != update.root();
    if entry.after.is_some_and(is_not) {
        return Ok(None);
    }
    if entry.claimed.is_some_and(is_not) {
        return Ok(Some(Made::Never));
    }
    trie.commit(update).map(|_| Some(Made::Again))
}

/// A file that is read up to some place, and goes on in memory.
#[derive(Debug)]
struct InMemory {
    file: Arc<dyn MediumFile>,
    start: u64,
    written: Mutex<Vec<u8>>,
}

impl MediumFile for InMemory {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let in_file = in_memory(self.start.saturating_sub(offset)).min(buffer.len());
        let (front, rest) = buffer.split_at_mut(in_file);
        let read = self.file.read_at(front, offset)?;
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = in_memory(offset.saturating_sub(self.start));
        let there = written.get(skipped..).unwrap_or_default();
        let count = there.len().min(rest.len());
        if read < in_file {
            return Ok(read);
        }
        for (to, from) in rest.iter_mut().zip(there) {
            *to = *from;
        }
        Ok(in_file + count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // A log is only ever written at its end.
        written.truncate(in_memory(offset.saturating_sub(self.start)));
        written.extend_from_slice(bytes);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.start.saturating_add(length(&written)))
    }

    fn set_length(&self, _length: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self, _mode: LockMode) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
