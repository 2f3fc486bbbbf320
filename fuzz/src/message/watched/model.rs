//! What a state must hold, in plain maps.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, Event};

/// What a checkpoint must bring back.
#[derive(Clone, Default)]
pub(super) struct Model {
    pub(super) storage: BTreeMap<(AccountId, Vec<u8>), Vec<u8>>,
    pub(super) transient: BTreeMap<(AccountId, Vec<u8>), Vec<u8>>,
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) codes: BTreeMap<CodeHash, Vec<u8>>,
    pub(super) events: Vec<Event>,
}

impl Model {
    /// Counts the items of a contract and their bytes.
    pub(super) fn count(&mut self, contract: &AccountId) {
        let slots = self.storage.range((*contract, Vec::new())..);
        let mine = slots.take_while(|((id, _), _)| id == contract);
        let (mut items, mut bytes) = (0, 0);
        for ((_, key), value) in mine {
            items += 1;
            bytes += (key.len() + value.len()) as u64;
        }
        let account = self.accounts.get_mut(contract);
        if let Some(record) = account.and_then(|account| account.contract.as_mut()) {
            record.storage_items = items;
            record.storage_bytes = bytes;
        }
    }
}
