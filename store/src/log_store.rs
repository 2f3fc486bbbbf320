//! The log store: the log, what is known of it, and a cache. A change is one frame, synced before the
//! change returns, unless [`Store`](crate::Store), which is what users hold, has made the changes
//! durable in the write-ahead log before (`ahead.rs`).

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::ahead::ComingEntry;
use crate::cache::Cache;
use crate::error::StoreError;
use crate::housekeeping::{Housekeeping, remove_all};
use crate::ledger::Ledger;
use crate::lock::Lock;
use crate::log::Log;
use crate::medium::Medium;
use crate::open::{self, Opened};
use crate::report::{KeptVersion, Opening, Statistics};
use crate::settings::Settings;
use crate::store::Access;
use crate::threads::Threads;
use crate::version::Version;
use crate::wal::Wal;

/// See the module's description.
pub(crate) struct LogStore {
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    pub(crate) cache: Cache,
    pub(crate) settings: Settings,
    pub(crate) threads: Arc<Threads>,
    pub(crate) read_only: bool,
    /// Why the store takes no more changes.
    pub(crate) failed: Option<String>,
    pub(crate) housekeeping: Housekeeping,
    pub(crate) bytes_written: u64,
    /// The memory of the last frame, for the next one.
    pub(crate) frame_buffer: Vec<u8>,
    /// The write-ahead log, once something was written there, unless it is with `announced`.
    pub(crate) wal: Option<Wal>,
    /// The batch that is worked out now, on its way to the write-ahead log.
    pub(crate) announced: Option<ComingEntry>,
    /// The oldest version that is kept by the commit that is being made again.
    pub(crate) replaying: Option<u64>,
    /// Why it does not have the version that was acknowledged last, or has it in memory alone. It takes no
    /// changes then.
    pub(crate) behind: Option<StoreError>,
    /// Why commits do not go on with a sweep.
    pub(crate) unswept: Option<StoreError>,
    /// Keeps other processes away as long as it is open.
    pub(crate) lock: Lock,
}

impl fmt::Debug for LogStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogStore")
            .field("directory", &self.log.directory)
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}

impl LogStore {
    /// Opens a directory of a medium, and makes the commit again whose frame is missing.
    pub(crate) fn on(
        medium: Arc<dyn Medium>,
        directory: &Path,
        access: Access,
        settings: Settings,
    ) -> Result<(LogStore, Opening), StoreError> {
        let settings = settings.bounded();
        let Opened {
            log,
            ledger,
            lock,
            report,
            checkpointed,
            left_over,
            found,
        } = open::open(medium, directory, access)?;
        let mut housekeeping = Housekeeping::new(checkpointed, report.frames_read, left_over);
        housekeeping.is_unsure = ledger.sequence == 0 && !report.created;
        let mut store = LogStore {
            housekeeping,
            log,
            ledger,
            cache: Cache::new(settings.cache_bytes),
            threads: Arc::new(Threads::new(settings.background)),
            settings,
            read_only: access == Access::Read,
            failed: None,
            bytes_written: 0,
            frame_buffer: Vec::new(),
            wal: None,
            announced: None,
            replaying: None,
            behind: None,
            unswept: None,
            lock,
        };
        match store.make_again(found, report) {
            Ok(report) => Ok((store, report)),
            Err(error) => {
                // Nothing is written to a directory that is refused.
                store.behind = Some(error.again());
                Err(error)
            }
        }
    }

    /// See [`Store::keep_versions`](crate::Store::keep_versions).
    pub(crate) fn keep_versions(&mut self, kept_versions: u32) {
        let settings = Settings {
            kept_versions,
            ..self.settings
        };
        self.settings = settings.bounded();
    }

    /// The last version.
    pub(crate) fn last(&self) -> KeptVersion {
        kept(self.ledger.last())
    }

    /// The versions that can be read, oldest first.
    pub(crate) fn versions(&self) -> impl DoubleEndedIterator<Item = KeptVersion> {
        self.ledger.kept().map(kept)
    }

    /// The record that was given with a version; empty if there was none.
    pub(crate) fn record(&self, version: u64) -> Result<Vec<u8>, StoreError> {
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
    pub(crate) fn statistics(&self) -> Statistics {
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
            is_sweep_stopped: self.unswept.is_some(),
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

impl Drop for LogStore {
    fn drop(&mut self) {
        // The lock must not be given back while a thread of this store still works there.
        self.withdraw();
        let _ = self.finish_writing();
        self.housekeeping.finish();
        if self.check_changeable().is_ok() {
            // The log has everything; without the checkpoint the next opening reads a little more.
            let is_checkpointed = self.checkpoint_now().is_ok();
            if let Some(path) = self.wal.as_ref().and_then(Wal::spoiled_path)
                && is_checkpointed
            {
                // The next opening would tell of it as of a change that was interrupted.
                let path = std::slice::from_ref(&path);
                let _ = remove_all(&*self.log.medium, &self.log.directory, path);
            }
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
