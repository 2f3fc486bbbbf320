//! Changing the store: one frame each, written and synced before it counts, unless the changes are
//! durable already (`ahead.rs`).

use lockstep_state_trie::{Digest, Link, NodeChanges};

use crate::address::Address;
use crate::error::StoreError;
use crate::frame::{FrameHeader, FrameKind, SweepState};
use crate::frame_builder::{BuiltFrame, FrameBuilder};
use crate::log_store::LogStore;
use crate::put::NewNodes;
use crate::version::Version;

/// The largest buffer that is kept for the next frame, in bytes.
pub(crate) const FRAME_BUFFER_BYTES_MAX: usize = 16 << 20;

/// What a frame says of the last version after it.
struct Outcome {
    kind: FrameKind,
    version: u64,
    first_kept: u64,
    entries: u64,
    top: Option<Link>,
    after: Digest,
    written: FrameWritten,
}

/// When the frame of a change is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameWritten {
    /// Before the change returns.
    AtOnce,
    /// By a thread, and maybe after the change has returned: what it changes is durable already.
    Later,
}

impl LogStore {
    /// Writes a batch as one frame. `sweep_bytes_min` is the least that is done for a sweep; if it is 0,
    /// the batch does without what a sweep cannot read.
    pub(crate) fn commit(
        &mut self,
        changes: NodeChanges,
        sweep_bytes_min: u64,
    ) -> Result<(), StoreError> {
        self.begin_change()?;
        self.check_base(changes.before)?;
        self.commit_here(changes, sweep_bytes_min, FrameWritten::AtOnce)
    }

    /// The oldest version that is kept when there is one with this number.
    pub(crate) fn first_kept_with(&self, version: u64) -> u64 {
        let kept = u64::from(self.settings.kept_versions);
        let first = self.replaying.unwrap_or((version + 1).saturating_sub(kept));
        first.max(self.ledger.oldest())
    }

    /// Refuses a batch that was not made on the last version.
    pub(crate) fn check_base(&self, given: Digest) -> Result<(), StoreError> {
        let last = self.ledger.last().root;
        match given == last {
            true => Ok(()),
            false => Err(StoreError::NotTheLast { given, last }),
        }
    }

    /// As [`LogStore::commit`], of a batch on the last version, where the log ends now.
    pub(crate) fn commit_here(
        &mut self,
        mut changes: NodeChanges,
        sweep_bytes_min: u64,
        written: FrameWritten,
    ) -> Result<(), StoreError> {
        let last = self.ledger.last();
        let (kind, version) = if changes.replaces_before {
            (FrameKind::Replace, last.number)
        } else {
            (FrameKind::Commit, last.number + 1)
        };
        let entries = (last.entries + count(changes.leaves.len()))
            .saturating_sub(count(changes.stale_leaves.len()));
        let first_kept = self.first_kept_with(version);
        let replaced = changes.replaces_before.then(|| last.start());
        let mut builder = self.new_frame(replaced);
        let mut outcome = Outcome {
            kind,
            version,
            first_kept,
            entries,
            top: None,
            after: changes.after,
            written,
        };
        let record = std::mem::take(&mut changes.record);
        self.cache.settle();
        let put = self.put_nodes(&mut builder, changes);
        let made = put.and_then(|(top, mut nodes)| {
            outcome.top = top;
            let top = &mut outcome.top;
            let sweep = self.sweep_on(&mut builder, top, &mut nodes, sweep_bytes_min)?;
            self.write(builder, outcome, sweep, &record, nodes)
        });
        if made.is_err() {
            // It may have nodes under numbers of which nothing is in the log.
            self.cache.clear();
        }
        made
    }

    /// Begins a frame at the end of the log.
    fn new_frame(&mut self, replaced: Option<Address>) -> FrameBuilder {
        let buffer = std::mem::take(&mut self.frame_buffer);
        FrameBuilder::new(self.log.end, self.log.seal, replaced, buffer)
    }

    /// See [`Store::rollback`](crate::Store::rollback).
    pub(crate) fn rollback(&mut self, number: u64) -> Result<(), StoreError> {
        self.begin_change()?;
        let target = self.kept_version(number)?;
        let outcome = Outcome::of(FrameKind::Rollback, target, self.ledger.oldest());
        let builder = self.new_frame(None);
        self.write(builder, outcome, None, &[], NewNodes::default())
    }

    /// Gives up the versions before one.
    pub(crate) fn write_prune(&mut self, first_kept: u64) -> Result<(), StoreError> {
        self.begin_change()?;
        let outcome = Outcome::of(FrameKind::Prune, self.ledger.last(), first_kept);
        let builder = self.new_frame(None);
        let sweep = self.ledger.sweep.clone();
        self.write(builder, outcome, sweep, &[], NewNodes::default())
    }

    /// Completes a frame, makes it durable while its nodes go into the cache, and takes note of it.
    fn write(
        &mut self,
        mut builder: FrameBuilder,
        outcome: Outcome,
        sweep: Option<SweepState>,
        record: &[u8],
        nodes: NewNodes,
    ) -> Result<(), StoreError> {
        let written = outcome.written;
        let (previous, previous_checksum) = self.ledger.last_frame;
        let header = FrameHeader {
            kind: outcome.kind,
            total_bytes: 0,
            sequence: self.ledger.sequence,
            version: outcome.version,
            first_kept: outcome.first_kept,
            entries: outcome.entries,
            top: outcome.top,
            before: self.ledger.last().root,
            after: outcome.after,
            node_bytes: 0,
            ledger_bytes: 0,
            record_bytes: 0,
            ledger_checksum: 0,
            record_checksum: 0,
            previous,
            previous_checksum,
        };
        if header.ends_copying(sweep.as_ref()) {
            let spent = self
                .ledger
                .last()
                .spent_frames(builder.place(), &builder.dropped());
            builder.add_stale(self.ledger.stale_of(spent));
        }
        let built = builder.finish(header, sweep, record);
        self.check_size(&built)?;
        let BuiltFrame {
            frame,
            bytes,
            checksum,
        } = built;
        match written {
            FrameWritten::AtOnce => self.append(bytes, nodes)?,
            FrameWritten::Later => {
                nodes.put(&mut self.cache);
                let segment_bytes = self.settings.segment_bytes;
                self.log.append_later(bytes, segment_bytes, &self.threads)?;
            }
        }
        self.bytes_written += frame.header.total_bytes;
        self.housekeeping.count(frame.header.total_bytes);
        let place = frame.place;
        if let Err(why) = self.ledger.absorb(frame, checksum) {
            let error = self.log.damaged(place, why);
            return Err(self.fail(error));
        }
        if written == FrameWritten::AtOnce {
            self.housekeep();
        }
        Ok(())
    }

    /// Writes a frame and syncs it, while its nodes go into the cache.
    fn append(&mut self, bytes: Vec<u8>, nodes: NewNodes) -> Result<(), StoreError> {
        let (log, cache) = (&mut self.log, &mut self.cache);
        let segment_bytes = self.settings.segment_bytes;
        let ((), appended) = self
            .threads
            .both(|| nodes.put(cache), || log.append(&bytes, segment_bytes));
        if let Err(error) = appended {
            return Err(self.fail(error));
        }
        self.keep_buffer(bytes);
        Ok(())
    }

    /// Keeps the memory of a frame that is written for the next one.
    pub(crate) fn keep_buffer(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= FRAME_BUFFER_BYTES_MAX {
            self.frame_buffer = buffer;
        }
    }

    /// Refuses a frame that does not fit into a segment file.
    fn check_size(&self, built: &BuiltFrame) -> Result<(), StoreError> {
        let bytes = built.frame.header.total_bytes;
        let limit = Address::SEGMENT_BYTES_MAX - self.log.end.offset() - 1;
        if bytes > limit {
            return Err(StoreError::TooLarge { bytes, limit });
        }
        Ok(())
    }
}

impl Outcome {
    /// The outcome that a kept version is the last one.
    fn of(kind: FrameKind, version: &Version, first_kept: u64) -> Outcome {
        Outcome {
            kind,
            version: version.number,
            first_kept,
            entries: version.entries,
            top: version.top,
            after: version.root,
            written: FrameWritten::AtOnce,
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
