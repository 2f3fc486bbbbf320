//! The store as its users hold it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::cache::Cache;
use crate::checkpoint::has_checkpoint;
use crate::error::StoreError;
use crate::housekeeping::Housekeeping;
use crate::ledger::Ledger;
use crate::lock::Lock;
use crate::log::Log;
use crate::medium::Medium;
use crate::medium::disk::Disk;
use crate::open::{self, Opened};
use crate::report::{KeptVersion, Opening, Statistics};
use crate::settings::Settings;
use crate::version::Version;

/// What for a directory is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To make a store in a directory that is empty or not there.
    Create,
    /// To read and change the store that is there.
    Change,
    /// The same, and a store is made if the directory is empty or not there.
    ChangeOrCreate,
    /// To read only. Nothing is written, but for an empty `LOCK` if there is none and it may be made,
    /// and others may read at the same time.
    Read,
}

/// A durable [`NodeStore`](lockstep_state_trie::NodeStore) in a directory. See the crate's description.
///
/// The versions are in a line: a batch is made on the last one, and after a
/// [rollback](Store::rollback) on the one rolled back to.
pub struct Store {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) cache: Cache,
    pub(crate) settings: Settings,
    pub(crate) read_only: bool,
    /// Why the store takes no more changes.
    pub(crate) failed: Option<String>,
    pub(crate) housekeeping: Housekeeping,
    pub(crate) bytes_written: u64,
    /// The memory of the last frame, for the next one.
    pub(crate) frame_buffer: Vec<u8>,
    /// Keeps other processes away as long as it is open.
    pub(crate) lock: Lock,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("directory", &self.log.directory)
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Makes an empty store in a directory that is empty or not there.
    ///
    /// # Errors
    /// [`StoreError::AlreadyThere`], [`StoreError::NotAState`] for a directory with other files,
    /// [`StoreError::Locked`], [`StoreError::Io`].
    pub fn create(directory: &Path, settings: Settings) -> Result<Store, StoreError> {
        Store::on(Arc::new(Disk), directory, Access::Create, settings).map(|(store, _)| store)
    }

    /// Opens the store in a directory, and says what it came upon.
    ///
    /// # Errors
    /// [`StoreError::NotAState`], [`StoreError::ForeignFile`], [`StoreError::UnknownFormat`],
    /// [`StoreError::Damaged`], [`StoreError::Locked`], [`StoreError::Io`].
    pub fn open(directory: &Path, settings: Settings) -> Result<(Store, Opening), StoreError> {
        Store::on(Arc::new(Disk), directory, Access::Change, settings)
    }

    /// Whether a directory has the checkpoint of a store, good or damaged, so that nothing else may
    /// be put there. Nothing is opened but a regular file of that name.
    pub fn is_at(directory: &Path) -> bool {
        has_checkpoint(&Disk, directory)
    }

    /// Opens a directory of any medium.
    ///
    /// # Errors
    /// As [`Store::create`] and [`Store::open`].
    pub fn on(
        medium: Arc<dyn Medium>,
        directory: &Path,
        access: Access,
        settings: Settings,
    ) -> Result<(Store, Opening), StoreError> {
        let settings = settings.bounded();
        let Opened {
            log,
            ledger,
            lock,
            report,
            checkpointed,
        } = open::open(medium, directory, access)?;
        let store = Store {
            housekeeping: Housekeeping::new(checkpointed, report.frames_read),
            log,
            ledger,
            cache: Cache::new(settings.cache_bytes),
            settings,
            read_only: access == Access::Read,
            failed: None,
            bytes_written: 0,
            frame_buffer: Vec::new(),
            lock,
        };
        Ok((store, report))
    }

    /// Has the store keep so many versions from the next commit on, as
    /// [`Settings::kept_versions`] does from the first.
    pub fn keep_versions(&mut self, kept_versions: u32) {
        let settings = Settings {
            kept_versions,
            ..self.settings
        };
        self.settings = settings.bounded();
    }

    /// The last version.
    pub fn last(&self) -> KeptVersion {
        kept(self.ledger.last())
    }

    /// The versions that can be read, oldest first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = KeptVersion> {
        self.ledger.kept().map(kept)
    }

    /// The record that was given with a version; empty if there was none.
    ///
    /// # Errors
    /// [`StoreError::NotKept`], [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn record(&self, version: u64) -> Result<Vec<u8>, StoreError> {
        let version = self.kept_version(version)?;
        let Some(frame) = version.frames.last() else {
            return Ok(Vec::new());
        };
        let header = &frame.header;
        let place = frame.place.plus(header.record_start());
        let record = self.log.read(place, header.record_bytes)?;
        if self.log.seal.of(frame.place, &record) != header.record_checksum {
            return Err(self
                .log
                .damaged(place, "the checksum of a record does not match"));
        }
        Ok(record)
    }

    /// How full the store is.
    pub fn statistics(&self) -> Statistics {
        let cache = self.cache.counts();
        let segments = self.log.segments.values();
        Statistics {
            kept_versions: u64::try_from(self.ledger.kept_count()).unwrap_or(u64::MAX),
            entries: self.last().entries,
            segments: u64::try_from(self.log.segments.len()).unwrap_or(u64::MAX),
            log_bytes: segments.map(|segment| segment.bytes).sum(),
            live_bytes: self.ledger.live.values().sum(),
            is_miscounted: self.ledger.miscounted,
            sweeping: self.ledger.sweep.is_some(),
            bytes_written: self.bytes_written,
            cache_bytes: cache.bytes,
            cache_hits: cache.hits,
            cache_misses: cache.misses,
        }
    }

    /// How many bytes the segments that still matter have, and how many of them are needed.
    pub(crate) fn log_and_live_bytes(&self) -> (u64, u64) {
        let mut sums = (0, 0);
        for (index, segment) in &self.log.segments {
            let live = self.ledger.live_in(*index);
            if live > 0 || *index == self.log.end.segment() {
                sums.0 += segment.bytes;
                sums.1 += live;
            }
        }
        sums
    }

    /// A kept version.
    pub(crate) fn kept_version(&self, number: u64) -> Result<&Version, StoreError> {
        self.ledger.version(number).ok_or(StoreError::NotKept {
            version: number,
            oldest: self.ledger.oldest(),
            last: self.ledger.last().number,
        })
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // The lock must not be given back while a thread of this store still works there.
        self.housekeeping.finish();
        if self.check_changeable().is_ok() {
            // The log has everything; without the checkpoint the next opening reads a little more.
            let _ = self.checkpoint_now();
            // Zeros at the end of the log do no harm either.
            let _ = self.log.cut_off();
        }
    }
}

fn kept(version: &Version) -> KeptVersion {
    KeptVersion {
        number: version.number,
        root: version.root,
        entries: version.entries,
    }
}
