//! A store that knows which batch comes next, while that is worked out.

use crate::digest::Digest;
use crate::error::TrieError;
use crate::snapshot::Snapshot;
use crate::store::{ComingBatch, NodeStore};

/// A store to which a batch is announced. If this is dropped before the batch [comes](Announcement::comes),
/// be it by an error or by a panic, the batch is withdrawn.
pub(crate) struct Announcement<'s, S: NodeStore> {
    store: &'s mut S,
    /// Whether the batch comes.
    comes: bool,
}

impl<'s, S: NodeStore> Announcement<'s, S> {
    /// Announces a batch.
    pub(crate) fn begin(
        store: &'s mut S,
        batch: &ComingBatch<'_>,
    ) -> Result<Self, TrieError<S::Error>> {
        store.announce(batch).map_err(TrieError::Store)?;
        Ok(Self {
            store,
            comes: false,
        })
    }

    /// The contents under a root, for reading.
    pub(crate) fn at(&self, root: Digest) -> Snapshot<'_, S> {
        Snapshot::new(self.store, root)
    }

    /// The batch is worked out, and given to the store next.
    pub(crate) fn comes(mut self) {
        self.comes = true;
    }
}

impl<S: NodeStore> Drop for Announcement<'_, S> {
    fn drop(&mut self) {
        if !self.comes {
            self.store.withdraw();
        }
    }
}
