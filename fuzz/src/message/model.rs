//! What a state must hold, in plain maps, and what each change makes of it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::{PreparedModule, prepare};
use lockstep_vm::{Account, ContractRecord, Event};

use super::protocol;
use crate::script::codes;

/// What a checkpoint must bring back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) storage: BTreeMap<(AccountId, Vec<u8>), Vec<u8>>,
    pub(super) transient: BTreeMap<(AccountId, Vec<u8>), Vec<u8>>,
    /// Those that are not the default one.
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) events: Vec<Event>,
}

impl Model {
    /// The account; the default one when there is none.
    pub(super) fn account(&self, id: &AccountId) -> Account {
        self.accounts.get(id).cloned().unwrap_or_default()
    }

    /// What makes an account a contract.
    pub(super) fn record(&self, id: &AccountId) -> Option<&ContractRecord> {
        self.accounts.get(id)?.contract.as_ref()
    }

    /// Replaces an account.
    pub(super) fn set_account(&mut self, id: &AccountId, account: Account) {
        match account == Account::default() {
            true => self.accounts.remove(id),
            false => self.accounts.insert(*id, account),
        };
    }

    /// Moves an amount, or nothing when there is less.
    pub(super) fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> bool {
        let mut payer = self.account(from);
        let Some(rest) = payer.balance.checked_sub(amount) else {
            return false;
        };
        payer.balance = rest;
        self.set_account(from, payer);
        let mut payee = self.account(to);
        payee.balance = payee.balance.wrapping_add(amount);
        self.set_account(to, payee);
        true
    }

    /// The contract is one no more, and what it has goes to another account, which may be itself.
    pub(super) fn terminate(&mut self, id: &AccountId, beneficiary: &AccountId) {
        self.transfer(id, beneficiary, self.account(id).balance);
        let balance = self.account(id).balance;
        let account = Account {
            balance,
            ..Account::default()
        };
        self.set_account(id, account);
    }

    pub(super) fn get(&self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.storage.get(&(*contract, key.to_vec())).cloned()
    }

    pub(super) fn set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        self.storage.insert((*contract, key.to_vec()), value);
        self.count(contract);
    }

    /// Whether there was a value.
    pub(super) fn remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        let removed = self.storage.remove(&(*contract, key.to_vec()));
        self.count(contract);
        removed.is_some()
    }

    /// The first key at or after `from`.
    pub(super) fn next(&self, contract: &AccountId, from: &[u8]) -> Option<Vec<u8>> {
        let mut slots = self.storage.range((*contract, from.to_vec())..);
        let ((id, key), _) = slots.next()?;
        (id == contract).then(|| key.clone())
    }

    /// The last key before `before`, or of all.
    pub(super) fn previous(&self, contract: &AccountId, before: Option<&[u8]>) -> Option<Vec<u8>> {
        let keys = self.storage.keys();
        let mine = keys.filter(|(id, key)| {
            id == contract && before.is_none_or(|before| key.as_slice() < before)
        });
        mine.map(|(_, key)| key.clone()).next_back()
    }

    pub(super) fn transient_get(&self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.transient.get(&(*contract, key.to_vec())).cloned()
    }

    pub(super) fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        self.transient.insert((*contract, key.to_vec()), value);
    }

    /// Whether there was a value.
    pub(super) fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        let removed = self.transient.remove(&(*contract, key.to_vec()));
        removed.is_some()
    }

    /// Counts the items of a contract and their bytes.
    fn count(&mut self, contract: &AccountId) {
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

/// The codes that are there from the beginning, prepared.
pub(super) fn prepared_codes() -> &'static [(CodeHash, PreparedModule)] {
    static PREPARED: OnceLock<Vec<(CodeHash, PreparedModule)>> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let modules = codes().iter().filter_map(|(hash, code)| {
            let module = prepare(code, protocol()).ok()?;
            Some((*hash, module))
        });
        modules.collect()
    })
}

/// The code that was uploaded under a hash.
pub(super) fn uploaded(hash: &CodeHash) -> Option<&'static Vec<u8>> {
    let mut codes = codes().iter();
    codes.find(|(known, _)| known == hash).map(|(_, code)| code)
}
