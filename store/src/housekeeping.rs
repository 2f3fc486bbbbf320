//! Checkpoints and deleting, beside the commits.
//!
//! Neither is needed for a commit to be safe, so both wait for the beginning of a new segment, or for
//! some frames to have come together, and then run in a thread of their own. Segments are deleted
//! after the checkpoint that does without them is durable; if that fails, they stay, and the next
//! checkpoint deletes them, also if another process writes it. Nothing else syncs the directory meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::address::Address;
use crate::checkpoint::{Checkpoint, SegmentEntry, write_checkpoint};
use crate::directory::remove_if_there;
use crate::error::StoreError;
use crate::log_store::LogStore;
use crate::medium::Medium;

/// How many frames may come together behind a checkpoint before another is due. If a file loses its
/// end, what stands behind the last checkpoint can vanish without a sign, and not more.
const FRAMES_BEHIND_MAX: u64 = 64;
/// The same in bytes.
const BYTES_BEHIND_MAX: u64 = 64 << 20;

/// What is to be done, independent of the store.
struct Job {
    medium: Arc<dyn Medium>,
    directory: PathBuf,
    checkpoint: Vec<u8>,
    /// Where the log ended.
    end: Address,
    delete: Vec<PathBuf>,
}

impl Job {
    /// Does it and returns the end of the log at the checkpoint.
    fn run(&self) -> Result<Address, StoreError> {
        write_checkpoint(&*self.medium, &self.directory, &self.checkpoint)?;
        remove_all(&*self.medium, &self.directory, &self.delete)?;
        Ok(self.end)
    }
}

/// Deletes files, as far as they are there: an attempt before may have failed when some were deleted.
pub(crate) fn remove_all(
    medium: &dyn Medium,
    directory: &Path,
    paths: &[impl AsRef<Path>],
) -> Result<(), StoreError> {
    if paths.is_empty() {
        return Ok(());
    }
    for path in paths {
        remove_if_there(medium, path.as_ref())?;
    }
    medium
        .sync_directory(directory)
        .map_err(StoreError::sync(directory))
}

/// What is running, and what is to run.
#[derive(Debug)]
pub(crate) struct Housekeeping {
    running: Option<JoinHandle<Result<Address, StoreError>>>,
    /// Whether a new segment has begun since the last checkpoint, or enough frames have come together.
    pub(crate) is_due: bool,
    /// Whether the checkpoint is that of a creation which may have failed to make its name durable. No
    /// change is made before there is another.
    pub(crate) is_unsure: bool,
    /// Where the log ended at the last checkpoint.
    checkpointed: Address,
    /// Frames since the last checkpoint was begun.
    frames: u64,
    /// Their bytes, as far as this process has written them.
    bytes: u64,
    /// The files that the last job is to delete, or was to if it has failed: they are out of the log,
    /// and the next job has them to delete, too.
    undeleted: Vec<PathBuf>,
}

impl Housekeeping {
    /// Nothing is running, and the last checkpoint was made at this end of the log, with so many
    /// frames behind it. If there are files that it has not come to delete, another is due.
    pub(crate) fn new(checkpointed: Address, frames: u64, undeleted: Vec<PathBuf>) -> Housekeeping {
        Housekeeping {
            running: None,
            is_due: !undeleted.is_empty(),
            is_unsure: false,
            checkpointed,
            frames,
            bytes: 0,
            undeleted,
        }
    }

    /// Takes note of a frame of so many bytes.
    pub(crate) fn count(&mut self, bytes: u64) {
        self.frames += 1;
        self.bytes += bytes;
        self.is_due |= self.frames >= FRAMES_BEHIND_MAX || self.bytes >= BYTES_BEHIND_MAX;
    }

    /// Begins to count anew, because a checkpoint is begun.
    fn begin(&mut self) {
        (self.is_due, self.frames, self.bytes) = (false, 0, 0);
    }

    /// Takes note that a job has ended well, with a checkpoint at this end of the log.
    fn succeed(&mut self, end: Address) {
        self.checkpointed = self.checkpointed.max(end);
        self.is_unsure = false;
        self.undeleted.clear();
    }

    /// Waits for what is running. That is done before a file gets a name: of two threads that sync the
    /// directory, one may see a failure that has cost the other its name.
    pub(crate) fn finish(&mut self) {
        if let Some(job) = self.running.take() {
            self.conclude(job.join().ok().and_then(Result::ok));
        }
    }

    /// Waits for what is running if it has ended.
    fn finish_if_ended(&mut self) {
        if self.running.as_ref().is_some_and(JoinHandle::is_finished) {
            self.finish();
        }
    }

    /// Takes note that a job has ended, with a checkpoint at an end of the log if it succeeded. If not,
    /// the log still has everything, and the next job makes up for it.
    fn conclude(&mut self, end: Option<Address>) {
        match end {
            Some(end) => self.succeed(end),
            None => self.is_due = true,
        }
    }
}

impl LogStore {
    /// Starts what is due. That an earlier checkpoint failed is no reason to fail a commit: the
    /// log has everything, and the next checkpoint makes up for it.
    pub(crate) fn housekeep(&mut self) {
        self.housekeeping.finish_if_ended();
        let waits = !self.housekeeping.is_due || self.housekeeping.running.is_some();
        if waits || self.ledger.miscounted || !self.is_on_medium() {
            return;
        }
        self.housekeeping.begin();
        let job = self.job();
        if self.settings.background {
            let thread = std::thread::Builder::new().name("lockstep-store".to_string());
            // Without a thread the checkpoint is left to the next time.
            match thread.spawn(move || job.run()) {
                Ok(running) => self.housekeeping.running = Some(running),
                Err(_) => self.housekeeping.is_due = true,
            }
        } else {
            self.housekeeping.conclude(job.run().ok());
        }
    }

    /// Whether what the store knows of is in the log, as far as is known.
    fn is_on_medium(&self) -> bool {
        !self.read_only && self.failed.is_none() && self.behind.is_none()
    }

    /// Writes the checkpoint of a creation once more if its name may not be durable.
    pub(crate) fn make_sure(&mut self) -> Result<(), StoreError> {
        if self.housekeeping.is_unsure {
            let end = self.job().run()?;
            self.housekeeping.succeed(end);
        }
        Ok(())
    }

    /// Waits for what is running, and makes a checkpoint if there is anything new.
    pub(crate) fn checkpoint_now(&mut self) -> Result<(), StoreError> {
        self.finish_writing()?;
        self.check_changeable()?;
        // What failed before is done again now.
        self.housekeeping.finish();
        let is_new = self.housekeeping.checkpointed != self.log.end;
        let deletes = !self.housekeeping.undeleted.is_empty() || !self.dead_segments().is_empty();
        // Without a checkpoint the next opening finds the wrong counts again.
        if (is_new || deletes) && !self.ledger.miscounted {
            let end = self.job().run();
            let end = end.map_err(|error| StoreError::NoCheckpoint {
                source: Box::new(error),
            })?;
            self.housekeeping.succeed(end);
        }
        self.housekeeping.begin();
        Ok(())
    }

    /// The segments that nothing needs.
    fn dead_segments(&self) -> Vec<u32> {
        if self.ledger.miscounted {
            return Vec::new();
        }
        let closed = self.log.segments.range(..self.log.end.segment());
        closed
            .map(|(index, _)| *index)
            .filter(|index| self.ledger.live_in(*index) == 0)
            .collect()
    }

    /// Takes the dead segments out of the log and says what is to be done on the medium, with what a job
    /// before has left.
    fn job(&mut self) -> Job {
        for index in self.dead_segments() {
            self.ledger.live.remove(&index);
            let segment = self.log.segments.remove(&index);
            let path = segment.map(|segment| segment.path);
            self.housekeeping.undeleted.extend(path);
        }
        Job {
            medium: Arc::clone(&self.log.medium),
            directory: self.log.directory.clone(),
            checkpoint: self.present().to_bytes(),
            end: self.log.end,
            delete: self.housekeeping.undeleted.clone(),
        }
    }

    /// The checkpoint of the present.
    fn present(&self) -> Checkpoint {
        let entry = |(index, segment): (&u32, &crate::segment::Segment)| {
            let entry = SegmentEntry {
                bytes: segment.bytes,
                live: self.ledger.live_in(*index),
            };
            (*index, entry)
        };
        Checkpoint {
            identity: self.log.identity,
            end: self.log.end,
            sequence: self.ledger.sequence,
            last_frame: self.ledger.last_frame,
            sweep: self.ledger.sweep.clone(),
            versions: self
                .ledger
                .kept()
                .map(|version| version.frames.iter().map(|frame| frame.place).collect())
                .collect(),
            segments: self.log.segments.iter().map(entry).collect(),
        }
    }
}
