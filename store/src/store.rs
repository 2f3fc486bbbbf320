//! The store as its users hold it: a [`LogStore`], which a thread may be busy with.
//!
//! A commit returns when its changes are durable (`ahead.rs`), and its nodes are made behind it. The
//! thread that does so has the whole of the log store meanwhile. Whoever wants anything of it waits for
//! the thread, which gives it back: so it is at rest until the next commit, and lends what it has
//! without a lock.

use std::fmt;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use lockstep_state_trie::{ComingBatch, Digest, Leaf, Link, NodeChanges, NodeStore, Page};

use crate::checkpoint::has_checkpoint;
use crate::error::StoreError;
use crate::lent::Lent;
use crate::log_store::LogStore;
use crate::medium::Medium;
use crate::medium::disk::Disk;
use crate::report::{CompactProgress, KeptVersion, Opening, Statistics};
use crate::settings::Settings;

/// What a directory is opened for.
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

/// A durable [`NodeStore`] in a directory. See the crate's description.
///
/// The versions are in a line: a batch is made on the last one, and after a
/// [rollback](Store::rollback) on the one rolled back to.
///
/// With [`Settings::background`], a batch is acknowledged when its changes and its record are durable,
/// which [`Trie::update`](lockstep_state_trie::Trie::update) has done while it computes the root. Its nodes
/// are made behind that, which whatever is asked of the store next waits for, and
/// written while the store is read. If they cannot be written, every further change fails, and reads do
/// of what is not in memory; opening the store again makes the nodes from the changes.
pub struct Store {
    /// The log store at rest; empty while its nodes are being made.
    at_rest: OnceLock<Box<LogStore>>,
    /// Where the thread that makes them gives the log store back.
    busy: Mutex<Option<Receiver<Box<LogStore>>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(self.at_rest()).finish()
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
        let (store, opening) = LogStore::on(medium, directory, access, settings)?;
        let store = Store {
            at_rest: OnceLock::from(Box::new(store)),
            busy: Mutex::default(),
        };
        Ok((store, opening))
    }

    /// Has the store keep so many versions from the next commit on, as
    /// [`Settings::kept_versions`] does from the first.
    pub fn keep_versions(&mut self, kept_versions: u32) {
        self.at_rest_mut().keep_versions(kept_versions);
    }

    /// The last version. It is the one before that which was acknowledged last if the nodes of that could
    /// not be made, which every change says then.
    pub fn last(&self) -> KeptVersion {
        self.at_rest().last()
    }

    /// The versions that can be read, oldest first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = KeptVersion> {
        self.at_rest().versions()
    }

    /// The record that was given with a version; empty if there was none.
    ///
    /// # Errors
    /// [`StoreError::NotKept`], [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn record(&self, version: u64) -> Result<Vec<u8>, StoreError> {
        self.at_rest().record(version)
    }

    /// How full the store is.
    pub fn statistics(&self) -> Statistics {
        self.at_rest().statistics()
    }

    /// Makes a version that is kept the last one, durably. Those after it are given up. A trie on
    /// the store has to be opened again on its root.
    ///
    /// # Errors
    /// [`StoreError::NotKept`], [`StoreError::ReadOnly`], [`StoreError::Failed`],
    /// [`StoreError::Locked`], [`StoreError::Io`]: nothing was done then, unless it was the sync of the log
    /// that failed. In that case opening the store again may find it done.
    pub fn rollback(&mut self, version: u64) -> Result<(), StoreError> {
        self.at_rest_mut().rollback(version)
    }

    /// Gives up all but the last `keep` versions, at least one. What only those needed is deleted
    /// as far as whole segment files are concerned; [`Store::compact`] does the rest.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`], [`StoreError::Failed`], [`StoreError::Locked`], and
    /// [`StoreError::Io`] when nothing was given up, but for what [`Store::rollback`] says of a sync that
    /// fails. [`StoreError::NoCheckpoint`] when the versions are given up and not all was deleted that only
    /// they needed, which the next checkpoint makes up for.
    pub fn prune(&mut self, keep: u64) -> Result<(), StoreError> {
        self.at_rest_mut().prune(keep)
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
        progress: impl FnMut(CompactProgress) -> ControlFlow<()>,
    ) -> Result<bool, StoreError> {
        self.at_rest_mut().compact(progress)
    }

    /// Writes a checkpoint, so that opening has nothing to read behind it, and deletes the segment
    /// files that nothing needs. If the counts of needed bytes are wrong
    /// ([`Statistics::is_miscounted`](crate::Statistics::is_miscounted)), nothing is done.
    ///
    /// # Errors
    /// [`StoreError::NoCheckpoint`], [`StoreError::ReadOnly`], [`StoreError::Failed`],
    /// [`StoreError::Locked`], and [`StoreError::Io`] if the nodes of the last batch could not be written.
    /// [`StoreError::Damaged`] or [`StoreError::Io`] when all is done, and nodes were not copied that would
    /// have been: one of them is damaged or cannot be read
    /// ([`Statistics::is_sweep_stopped`](crate::Statistics::is_sweep_stopped)).
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        let store = self.at_rest_mut();
        store.checkpoint_now()?;
        store.check_swept()
    }

    /// Ends work on the store with a checkpoint. Dropping the store does the same and cannot say
    /// if it fails; either way nothing acknowledged can be lost.
    ///
    /// # Errors
    /// As [`Store::checkpoint`].
    pub fn close(mut self) -> Result<(), StoreError> {
        let store = self.at_rest_mut();
        match store.read_only {
            true => Ok(()),
            false => self.checkpoint(),
        }
    }

    /// The log store, when it is at rest.
    fn at_rest(&self) -> &LogStore {
        self.at_rest.get_or_init(|| {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            let given_back = busy.take().and_then(|busy| busy.recv().ok());
            let panicked = || resume_unwind(Box::new("the thread that makes nodes has panicked"));
            given_back.unwrap_or_else(panicked)
        })
    }

    fn at_rest_mut(&mut self) -> &mut LogStore {
        self.at_rest();
        match self.at_rest.get_mut() {
            Some(store) => store,
            None => resume_unwind(Box::new("the log store is not at rest")),
        }
    }

    /// Has a thread make the nodes of a batch whose changes are durable.
    fn follow_up(&mut self, changes: NodeChanges) {
        let Some(mut store) = self.at_rest.take() else {
            resume_unwind(Box::new("the log store is not at rest"));
        };
        let (give, take) = channel();
        self.busy = Mutex::new(Some(take));
        Arc::clone(&store.threads).begin(move || {
            store.follow_up(changes);
            // Whoever wants something of the store waits for it, and so does dropping that.
            let _ = give.send(store);
        });
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let busy = self.busy.get_mut().unwrap_or_else(PoisonError::into_inner);
        // If the thread panicked, the next opening makes up for what it was to make.
        drop(busy.take().map(|busy| busy.recv()));
    }
}

impl NodeStore for Store {
    type Error = StoreError;
    type Ref<'s, T: 's> = Lent<'s, T>;

    fn root(&self, root: &Digest) -> Result<Option<Link>, StoreError> {
        self.at_rest().root(root)
    }

    fn page(&self, number: u64) -> Result<Option<Lent<'_, Page>>, StoreError> {
        self.at_rest().page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<Lent<'_, Leaf>>, StoreError> {
        self.at_rest().leaf(number)
    }

    fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        self.at_rest().fetch_ahead(from, keys);
    }

    fn both<A, B: Send>(
        &self,
        first: impl FnOnce() -> A,
        second: impl FnMut() -> B + Send,
    ) -> (A, B) {
        self.at_rest().both(first, second)
    }

    fn announce(&mut self, batch: &ComingBatch<'_>) -> Result<(), StoreError> {
        self.at_rest_mut().announce(batch)
    }

    fn withdraw(&mut self) {
        self.at_rest_mut().withdraw();
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), StoreError> {
        let store = self.at_rest_mut();
        if !store.go_ahead(&changes)? {
            return store.apply(changes);
        }
        self.follow_up(changes);
        Ok(())
    }
}
