//! The store as its users hold it.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use lockstep_state_trie::{Digest, EMPTY_ROOT, Leaf, Link, NodeChanges, NodeStore, Page};

use crate::address::Address;
use crate::cache::Cache;
use crate::error::StoreError;
use crate::frame::SweepState;
use crate::housekeeping::Housekeeping;
use crate::ledger::{Ledger, Version};
use crate::log::Log;
use crate::medium::disk::Disk;
use crate::medium::{Medium, MediumFile};
use crate::node::Node;
use crate::open::{self, Opened};
use crate::report::{CompactProgress, KeptVersion, Opening, Statistics};
use crate::settings::Settings;

/// How many bytes a compaction copies between two syncs.
const COMPACT_STEP_BYTES: u64 = 4 << 20;

/// What for a directory is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To make a store in a directory that is empty or not there.
    Create,
    /// To read and change the store that is there.
    Change,
    /// The same, and a store is made if the directory is empty or not there.
    ChangeOrCreate,
    /// To read only. Nothing is written, and others may read at the same time.
    Read,
}

/// A durable [`NodeStore`] in a directory. See the crate's description.
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
    /// Keeps other processes away as long as it is open.
    _lock: Arc<dyn MediumFile>,
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
    /// [`StoreError::NotAState`], [`StoreError::UnknownFormat`], [`StoreError::Damaged`],
    /// [`StoreError::Locked`], [`StoreError::Io`].
    pub fn open(directory: &Path, settings: Settings) -> Result<(Store, Opening), StoreError> {
        Store::on(Arc::new(Disk), directory, Access::Change, settings)
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
            housekeeping: Housekeeping::new(checkpointed),
            log,
            ledger,
            cache: Cache::new(settings.cache_bytes),
            settings,
            read_only: access == Access::Read,
            failed: None,
            bytes_written: 0,
            _lock: lock,
        };
        store.check_top()?;
        Ok((store, report))
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

    /// Makes a version that is kept the last one, durably. Those after it are given up. A trie on
    /// the store has to be opened again on its root.
    ///
    /// # Errors
    /// [`StoreError::NotKept`], [`StoreError::ReadOnly`], [`StoreError::Failed`],
    /// [`StoreError::Io`].
    pub fn rollback(&mut self, version: u64) -> Result<(), StoreError> {
        self.write_rollback(version)
    }

    /// Gives up all but the last `keep` versions, at least one. What only those needed is deleted
    /// as far as whole segment files are concerned; [`Store::compact`] does the rest.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], [`StoreError::Failed`], [`StoreError::Io`].
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
        if self.last().entries == 0 {
            self.checkpoint()?;
            return Ok(true);
        }
        let bytes_expected = self.log_and_live_bytes().1;
        let begun = self.bytes_written;
        self.new_segment()?;
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
        let changes = NodeChanges {
            before: last.root,
            after: last.root,
            root: last.top,
            replaces_before: true,
            leaves: Vec::new(),
            pages: Vec::new(),
            stale_leaves: Vec::new(),
            stale_pages: Vec::new(),
            record: self.record(last.number)?,
        };
        self.commit(changes, COMPACT_STEP_BYTES)
    }

    /// Writes a checkpoint, so that opening has nothing to read behind it, and deletes the segment
    /// files that nothing needs.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::ReadOnly`], [`StoreError::Failed`].
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

    /// How many bytes a node takes in the log.
    pub(crate) fn stored_bytes(&self, number: u64) -> Result<u64, StoreError> {
        match self.cache.peek(number) {
            Some(node) => Ok(node.stored_bytes()),
            None => self.log.stored_bytes(Address::from_number(number)),
        }
    }

    fn node(&self, number: u64) -> Result<Node, StoreError> {
        if let Some(node) = self.cache.get(number) {
            return Ok(node);
        }
        let node = self.log.read_node(Address::from_number(number))?;
        self.cache.insert(number, node.clone());
        Ok(node)
    }

    /// Checks that the last version begins with the node that its root names.
    fn check_top(&self) -> Result<(), StoreError> {
        let last = self.ledger.last();
        let Some(Link::Page(number) | Link::Leaf(number)) = last.top else {
            return Ok(());
        };
        let digest = match self.node(number)? {
            Node::Page(page) if page.check() => page.digest(),
            Node::Page(_) => EMPTY_ROOT,
            Node::Leaf(leaf) => leaf.digest(),
        };
        if digest != last.root {
            let place = Address::from_number(number);
            let what = format!("the node is not the one that the root {} names", last.root);
            return Err(self.log.damaged(place, what));
        }
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if !self.read_only && self.failed.is_none() {
            // The log has everything; without the checkpoint the next opening reads a little more.
            let _ = self.checkpoint_now();
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

impl NodeStore for Store {
    type Error = StoreError;
    type Ref<'s, T: 's> = Arc<T>;

    fn root(&self, root: &Digest) -> Result<Option<Link>, StoreError> {
        Ok(self
            .ledger
            .version_with(root)
            .and_then(|version| version.top))
    }

    fn page(&self, number: u64) -> Result<Option<Arc<Page>>, StoreError> {
        Ok(self.node(number)?.page())
    }

    fn leaf(&self, number: u64) -> Result<Option<Arc<Leaf>>, StoreError> {
        Ok(self.node(number)?.leaf())
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), StoreError> {
        self.commit(changes, 0)
    }
}
