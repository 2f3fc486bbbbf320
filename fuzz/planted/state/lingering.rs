//! Transient storage that outlives its transaction, but not its block.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use lockstep_abi::AccountId;

/// Transient values by contract and key.
type Slots = BTreeMap<(AccountId, Vec<u8>), Vec<u8>>;

/// Puts the fault around the states of one block.
#[derive(Default)]
pub(super) struct Lingering(Rc<RefCell<Slots>>);

impl Lingering {
    /// What a transaction finds of those before it, and keeps for those behind it.
    pub(super) fn next_transaction(&self) -> Transients {
        Transients {
            earlier: self.0.borrow().clone(),
            kept: Some(Rc::clone(&self.0)),
        }
    }
}

/// What a transaction finds and keeps: nothing by default.
#[derive(Default)]
pub(super) struct Transients {
    earlier: Slots,
    kept: Option<Rc<RefCell<Slots>>>,
}

impl Transients {
    pub(super) fn found(&self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.earlier.get(&(*contract, key.to_vec())).cloned()
    }

    pub(super) fn keep(&mut self, slot: (AccountId, Vec<u8>), value: &[u8]) {
        if let Some(kept) = &self.kept {
            kept.borrow_mut().insert(slot, value.to_vec());
        }
    }
}
