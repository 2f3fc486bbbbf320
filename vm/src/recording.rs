//! Taking note of what a block needs of the state, so that others can execute it without it.
//!
//! A [`Recording`] answers like the version of the state that it reads, and remembers the keys
//! whose values were asked for or are changed, the keys from which ordered iteration started, and
//! the keys that it found. It stores nothing: the root that the block leads to is computed and
//! forgotten. [`Recorded`] is what is left of it; [`Recorded::witness`] makes a witness of it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lockstep_abi::CodeHash;
use lockstep_state_trie::{Digest, MultiProof, NodeStore, Snapshot};

use crate::fatal::Fatal;
use crate::ledger::{Change, Ledger};
use crate::state_key::StateKey;

/// What one block, or several that follow each other, need of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The keys whose values were read or changed, present and absent ones.
    values: BTreeSet<Vec<u8>>,
    /// The keys that must be shown, with or without their values: those that iteration found, and
    /// those of the leaves at which a search ended.
    leaves: BTreeSet<Vec<u8>>,
}

impl Recorded {
    /// Adds what another block needs.
    pub fn merge(&mut self, other: Recorded) {
        self.values.extend(other.values);
        self.leaves.extend(other.leaves);
    }

    /// The witness for all that was recorded, from the state before the first of the blocks.
    ///
    /// # Errors
    /// [`Fatal::Store`] when the store fails.
    pub fn witness<S: NodeStore<Error: Send + Sync>>(
        &self,
        before: Snapshot<'_, S>,
    ) -> Result<MultiProof, Fatal> {
        before
            .witness_with(&self.values, &self.leaves)
            .map_err(Fatal::store)
    }
}

/// A version of the state that notes what is asked of it. See the module's text.
#[derive(Debug)]
pub struct Recording<'s, S> {
    state: Snapshot<'s, S>,
    notes: RefCell<Notes>,
    root: Digest,
}

#[derive(Debug, Default)]
struct Notes {
    values: BTreeSet<Vec<u8>>,
    /// Where iteration started.
    starts: BTreeSet<Vec<u8>>,
    /// What iteration found.
    found: BTreeSet<Vec<u8>>,
}

impl<'s, S: NodeStore<Error: Send + Sync>> Recording<'s, S> {
    /// A recording that has noted nothing yet.
    pub fn new(state: Snapshot<'s, S>) -> Recording<'s, S> {
        Recording {
            state,
            notes: RefCell::new(Notes::default()),
            root: state.root(),
        }
    }

    /// What was noted.
    ///
    /// # Errors
    /// [`Fatal::Store`] when the store fails.
    pub fn finish(self) -> Result<Recorded, Fatal> {
        let notes = self.notes.into_inner();
        let searched = notes.values.union(&notes.starts);
        let ends = self.state.search_ends(searched).map_err(Fatal::store)?;
        let mut leaves = notes.found;
        leaves.extend(ends);
        Ok(Recorded {
            values: notes.values,
            leaves,
        })
    }
}

impl<S: NodeStore<Error: Send + Sync>> Ledger for Recording<'_, S> {
    fn root(&self) -> Digest {
        self.root
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.notes.borrow_mut().values.insert(key.to_vec());
        self.state.get(key).map_err(Fatal::store)
    }

    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal> {
        self.notes.borrow_mut().values.insert(key.to_vec());
        self.state.value_length(key).map_err(Fatal::store)
    }

    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let key = self.state.next_key(from).map_err(Fatal::store)?;
        let mut notes = self.notes.borrow_mut();
        notes.starts.insert(from.to_vec());
        notes.found.extend(key.clone());
        Ok(key)
    }

    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let key = self.state.previous_key(before).map_err(Fatal::store)?;
        let mut notes = self.notes.borrow_mut();
        notes.starts.insert(before.to_vec());
        notes.found.extend(key.clone());
        Ok(key)
    }

    fn require_code(&self, code: &CodeHash) -> Result<(), Fatal> {
        let length = self.value_length(&StateKey::Code(*code).to_bytes())?;
        length.map(drop).ok_or_else(Fatal::no_code)
    }

    /// The root.
    type Prepared = Digest;

    fn prepare(&self, changes: Vec<Change>, _record: Vec<u8>) -> Result<(Digest, Digest), Fatal> {
        let keys = changes.iter().map(|(key, _)| key.clone());
        self.notes.borrow_mut().values.extend(keys);
        let root = self.state.root_after(changes).map_err(Fatal::store)?;
        Ok((root, root))
    }

    fn commit(&mut self, prepared: Digest) -> Result<(), Fatal> {
        self.root = prepared;
        Ok(())
    }
}
