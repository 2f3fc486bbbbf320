//! A ledger that notes what is asked of it and keeps nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lockstep_abi::CodeHash;
use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_vm::{Change, Fatal, Ledger, StateKey};

/// The keys of the trie that were asked for or changed.
#[derive(Debug, Default)]
pub(super) struct AskedKeys {
    /// Those whose values were, and those of the code that ran.
    pub(super) values: BTreeSet<Vec<u8>>,
    /// Those that iteration found. Some of them are beyond what a contract asked for.
    pub(super) found: BTreeSet<Vec<u8>>,
}

/// See the module's text.
pub(super) struct Asked<'t> {
    trie: &'t Trie<MemoryStore>,
    touched: RefCell<AskedKeys>,
}

impl<'t> Asked<'t> {
    /// Of this trie nothing was asked yet.
    pub(super) fn of(trie: &'t Trie<MemoryStore>) -> Asked<'t> {
        Asked {
            trie,
            touched: RefCell::default(),
        }
    }

    /// What was noted.
    pub(super) fn into_asked_keys(self) -> AskedKeys {
        self.touched.into_inner()
    }

    fn value(&self, key: &[u8]) {
        self.touched.borrow_mut().values.insert(key.to_vec());
    }

    fn found(&self, key: Option<Vec<u8>>) -> Option<Vec<u8>> {
        self.touched.borrow_mut().found.extend(key.clone());
        key
    }
}

impl Ledger for Asked<'_> {
    fn root(&self) -> Digest {
        self.trie.root()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.value(key);
        Ledger::get(self.trie, key)
    }

    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal> {
        self.value(key);
        Ledger::value_length(self.trie, key)
    }

    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Ok(self.found(Ledger::next_key(self.trie, from)?))
    }

    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        Ok(self.found(Ledger::previous_key(self.trie, before)?))
    }

    fn require_code(&self, code: &CodeHash) -> Result<(), Fatal> {
        self.value(&StateKey::Code(*code).to_bytes());
        Ok(())
    }

    type Prepared = ();

    fn prepare(&self, changes: Vec<Change>, _record: Vec<u8>) -> Result<(Digest, ()), Fatal> {
        for (key, _) in &changes {
            self.value(key);
        }
        Ok((self.trie.root(), ()))
    }

    fn commit(&mut self, (): ()) -> Result<(), Fatal> {
        Ok(())
    }
}
