//! Where a block's state is: one small trait between the journal and what lies below it.
//!
//! A block runs the same on each of these: a [`Trie`] over a store, which is the database; a
//! [`Recording`](crate::Recording), which takes note of what the block needs; and a [`Witness`],
//! which is what such notes come to, without the database. The trait speaks of the trie's keys and
//! of bytes; what they mean is the journal's business.

use lockstep_abi::CodeHash;
use lockstep_state_trie::{Digest, NodeStore, PreparedUpdate, ProofError, Trie, Witness};

use crate::fatal::Fatal;
use crate::state_key::StateKey;

/// A change of one key: its new value, or `None` to remove it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// An ordered map under a root, as a block sees it before and changes it at its end.
///
/// Implement it to keep the state elsewhere; [`BlockBuilder::new`](crate::BlockBuilder::new) takes any.
/// Every method fails with [`Fatal::Store`] when the store does ([`Fatal::store`] makes it), and a
/// witness with [`Fatal::NotInWitness`] where it does not cover what is asked for.
pub trait Ledger {
    /// The root of the present contents.
    fn root(&self) -> Digest;

    /// The value at a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal>;

    /// The length in bytes of the value at a key, which is not copied. It needs what
    /// [`get`](Ledger::get) needs: a witness must show the value.
    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal>;

    /// The smallest key that is `from` or greater.
    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal>;

    /// The greatest key that is less than `before`.
    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal>;

    /// The block runs code that the machine has ready, and so does not read it. What a block
    /// needs of the state must not depend on that, nor may what it comes to: code that is absent is
    /// [`Fatal::Internal`], as it is where the machine has to read it. A database does not look: every
    /// state that blocks led to has the code of its contracts.
    fn require_code(&self, code: &CodeHash) -> Result<(), Fatal>;

    /// A batch that is worked out and not applied yet. To drop it changes nothing.
    type Prepared;

    /// Works out a batch of changes, in ascending order of their keys or not, and the root that it
    /// leads to, and changes nothing. A store that keeps records keeps `record` with the new root;
    /// nothing else looks at it.
    fn prepare(
        &self,
        changes: Vec<Change>,
        record: Vec<u8>,
    ) -> Result<(Digest, Self::Prepared), Fatal>;

    /// Applies what was prepared on the present contents. When this fails nothing is changed.
    fn commit(&mut self, prepared: Self::Prepared) -> Result<(), Fatal>;

    /// Both in one step, for who need not look at the root in between. Returns the new root. When this
    /// fails nothing is changed.
    fn update(&mut self, changes: Vec<Change>, record: Vec<u8>) -> Result<Digest, Fatal> {
        let (root, prepared) = self.prepare(changes, record)?;
        self.commit(prepared)?;
        Ok(root)
    }

    /// The same, if the new root is the claimed one. The inner error is the root that it is instead; then,
    /// and when this fails, nothing is changed.
    fn update_to(
        &mut self,
        changes: Vec<Change>,
        record: Vec<u8>,
        claimed: Digest,
    ) -> Result<Result<(), Digest>, Fatal> {
        let (root, prepared) = self.prepare(changes, record)?;
        if root != claimed {
            return Ok(Err(root));
        }
        self.commit(prepared)?;
        Ok(Ok(()))
    }
}

impl<S: NodeStore<Error: Send + Sync>> Ledger for Trie<S> {
    fn root(&self) -> Digest {
        Trie::root(self)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Trie::get(self, key).map_err(Fatal::store)
    }

    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal> {
        Trie::value_length(self, key).map_err(Fatal::store)
    }

    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Trie::next_key(self, from).map_err(Fatal::store)
    }

    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Trie::previous_key(self, before).map_err(Fatal::store)
    }

    fn require_code(&self, _code: &CodeHash) -> Result<(), Fatal> {
        Ok(())
    }

    type Prepared = PreparedUpdate;

    fn prepare(
        &self,
        changes: Vec<Change>,
        record: Vec<u8>,
    ) -> Result<(Digest, PreparedUpdate), Fatal> {
        let update = Trie::prepare(self, changes, record).map_err(Fatal::store)?;
        Ok((update.root(), update))
    }

    fn commit(&mut self, prepared: PreparedUpdate) -> Result<(), Fatal> {
        Trie::commit(self, prepared).map(drop).map_err(Fatal::store)
    }

    /// A store makes the changes durable while the root is computed.
    fn update(&mut self, changes: Vec<Change>, record: Vec<u8>) -> Result<Digest, Fatal> {
        Trie::update_with_record(self, changes, record).map_err(Fatal::store)
    }

    /// So it does here.
    fn update_to(
        &mut self,
        changes: Vec<Change>,
        record: Vec<u8>,
        claimed: Digest,
    ) -> Result<Result<(), Digest>, Fatal> {
        Trie::update_to(self, changes, record, claimed).map_err(Fatal::store)
    }
}

impl Ledger for Witness {
    fn root(&self) -> Digest {
        Witness::root(self)
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Witness::get(self, key).map_err(|error| uncovered(error, key))
    }

    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal> {
        Witness::value_length(self, key).map_err(|error| uncovered(error, key))
    }

    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Witness::next_key(self, from).map_err(|error| uncovered(error, from))
    }

    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Witness::previous_key(self, before).map_err(|error| uncovered(error, before))
    }

    fn require_code(&self, code: &CodeHash) -> Result<(), Fatal> {
        let length = Ledger::value_length(self, &StateKey::Code(*code).to_bytes())?;
        length.map(drop).ok_or_else(Fatal::no_code)
    }

    type Prepared = Witness;

    /// Changes a copy.
    fn prepare(&self, changes: Vec<Change>, record: Vec<u8>) -> Result<(Digest, Witness), Fatal> {
        let mut after = self.clone();
        let root = Ledger::update(&mut after, changes, record)?;
        Ok((root, after))
    }

    fn commit(&mut self, prepared: Witness) -> Result<(), Fatal> {
        *self = prepared;
        Ok(())
    }

    /// Without the copy.
    fn update(&mut self, changes: Vec<Change>, _record: Vec<u8>) -> Result<Digest, Fatal> {
        // The witness does not say which key it lacks.
        let keys = changes.iter().map(|(key, _)| key);
        let missing = keys
            .filter(|key| !self.covers(key))
            .min()
            .cloned()
            .unwrap_or_default();
        Witness::update(self, changes).map_err(|error| uncovered(error, &missing))
    }
}

/// A fault of a witness that was asked about a key.
fn uncovered(error: ProofError, key: &[u8]) -> Fatal {
    match error {
        ProofError::NotCovered => Fatal::NotInWitness { key: key.to_vec() },
        other => Fatal::store(other),
    }
}

impl<L: Ledger + ?Sized> Ledger for &mut L {
    fn root(&self) -> Digest {
        (**self).root()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        (**self).get(key)
    }

    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal> {
        (**self).value_length(key)
    }

    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        (**self).next_key(from)
    }

    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        (**self).previous_key(before)
    }

    fn require_code(&self, code: &CodeHash) -> Result<(), Fatal> {
        (**self).require_code(code)
    }

    type Prepared = L::Prepared;

    fn prepare(
        &self,
        changes: Vec<Change>,
        record: Vec<u8>,
    ) -> Result<(Digest, L::Prepared), Fatal> {
        (**self).prepare(changes, record)
    }

    fn commit(&mut self, prepared: L::Prepared) -> Result<(), Fatal> {
        (**self).commit(prepared)
    }

    fn update(&mut self, changes: Vec<Change>, record: Vec<u8>) -> Result<Digest, Fatal> {
        (**self).update(changes, record)
    }

    fn update_to(
        &mut self,
        changes: Vec<Change>,
        record: Vec<u8>,
        claimed: Digest,
    ) -> Result<Result<(), Digest>, Fatal> {
        (**self).update_to(changes, record, claimed)
    }
}
