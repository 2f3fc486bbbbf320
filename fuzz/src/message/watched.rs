//! A state that is compared with a plain model at every step.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, Checkpoint, Event, Fatal, State};

use super::{CONTRACTS, SENDER};
use crate::oracles::Finding;

/// What a checkpoint must bring back.
#[derive(Clone, Default)]
struct Model {
    storage: BTreeMap<(AccountId, Vec<u8>), Vec<u8>>,
    accounts: BTreeMap<AccountId, Account>,
    events: Vec<Event>,
}

/// A state, and the model of what it must be.
pub(super) struct Watched<'s> {
    inner: &'s mut dyn State,
    model: Model,
    checkpoints: Vec<(Checkpoint, Model)>,
    supply: u128,
    finding: Option<Finding>,
}

impl<'s> Watched<'s> {
    /// Watches from here on. The contracts' storage is empty.
    pub(super) fn new(inner: &'s mut dyn State) -> Result<Watched<'s>, Fatal> {
        let mut watched = Watched {
            inner,
            model: Model::default(),
            checkpoints: Vec::new(),
            supply: 0,
            finding: None,
        };
        for id in watched_accounts() {
            let account = watched.inner.account(&id)?;
            watched.supply += account.balance;
            watched.model.accounts.insert(id, account);
        }
        Ok(watched)
    }

    /// The first thing that was wrong, or that is wrong at the end.
    pub(super) fn finish(mut self) -> Result<(), Finding> {
        self.compare("at the end");
        let mut supply = 0_u128;
        for id in watched_accounts() {
            match self.inner.account(&id) {
                Ok(account) => supply += account.balance,
                Err(fatal) => self.find("state", fatal.to_string()),
            }
        }
        if supply != self.supply {
            self.find("supply", format!("{} became {supply}", self.supply));
        }
        self.finding.map_or(Ok(()), Err)
    }

    /// Notes a finding of a kind; the first one counts.
    fn find(&mut self, kind: &str, what: String) {
        if self.finding.is_none() {
            self.finding = Some(format!("{kind}: {what}"));
        }
    }

    /// Compares everything that can be seen with the model.
    fn compare(&mut self, when: &str) {
        if let Err(fatal) = self.try_compare(when) {
            self.find("state", fatal.to_string());
        }
    }

    fn try_compare(&mut self, when: &str) -> Result<(), Fatal> {
        for contract in CONTRACTS {
            let mut found = BTreeMap::new();
            let mut from = Vec::new();
            while let Some(key) = self.inner.storage_next(&contract, &from)? {
                let value = self.inner.storage_get(&contract, &key)?;
                from.clone_from(&key);
                from.push(0);
                found.insert((contract, key), value.unwrap_or_default());
            }
            let expected: BTreeMap<_, _> = self
                .model
                .storage
                .iter()
                .filter(|((id, _), _)| *id == contract)
                .map(|(slot, value)| (slot.clone(), value.clone()))
                .collect();
            if found != expected {
                self.find(
                    "trace",
                    format!("{when} the storage is {found:?}, not {expected:?}"),
                );
            }
        }
        for id in watched_accounts() {
            let account = self.inner.account(&id)?;
            let expected = self.model.accounts.get(&id).cloned().unwrap_or_default();
            // Item and byte counts follow from the storage, which was compared.
            if account.balance != expected.balance || account.nonce != expected.nonce {
                self.find(
                    "trace",
                    format!("{when} {id} is {account:?}, not {expected:?}"),
                );
            }
        }
        if self.inner.event_count() != self.model.events.len() {
            let (found, expected) = (self.inner.event_count(), self.model.events.len());
            self.find(
                "trace",
                format!("{when} there are {found} events, not {expected}"),
            );
        }
        Ok(())
    }
}

/// Every account that programs can change the balance of.
fn watched_accounts() -> impl Iterator<Item = AccountId> {
    CONTRACTS.into_iter().chain([SENDER])
}

impl State for Watched<'_> {
    fn checkpoint(&mut self) -> Checkpoint {
        let checkpoint = self.inner.checkpoint();
        self.checkpoints.push((checkpoint, self.model.clone()));
        checkpoint
    }

    fn revert(&mut self, checkpoint: Checkpoint) {
        self.inner.revert(checkpoint);
        let known = self
            .checkpoints
            .iter()
            .rposition(|(at, _)| *at == checkpoint);
        if let Some(position) = known {
            self.checkpoints.truncate(position + 1);
            self.model = self.checkpoints[position].1.clone();
        }
        self.compare("after a revert");
    }

    fn account(&mut self, id: &AccountId) -> Result<Account, Fatal> {
        self.inner.account(id)
    }

    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
        self.model.accounts.insert(*id, account.clone());
        self.inner.set_account(id, account)
    }

    fn accounts_before(&self) -> Vec<(AccountId, Account)> {
        self.inner.accounts_before()
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
        let moved = self.inner.transfer(from, to, amount)?;
        if moved {
            let mut move_by = |id: &AccountId, balance: &dyn Fn(u128) -> u128| {
                let account = self.model.accounts.entry(*id).or_default();
                account.balance = balance(account.balance);
            };
            move_by(from, &|balance| balance.wrapping_sub(amount));
            move_by(to, &|balance| balance.wrapping_add(amount));
            let supply = watched_accounts()
                .map(|id| self.inner.account(&id).map(|account| account.balance))
                .sum::<Result<u128, Fatal>>()?;
            if supply != self.supply {
                self.find(
                    "supply",
                    format!("{} became {supply} in a transfer", self.supply),
                );
            }
        }
        Ok(moved)
    }

    fn code(&mut self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal> {
        self.inner.code(hash)
    }

    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal> {
        self.inner.require_code(hash)
    }

    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal> {
        self.inner.put_code(hash, bytes)
    }

    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.inner.storage_get(contract, key)?;
        let expected = self.model.storage.get(&(*contract, key.to_vec())).cloned();
        if found != expected {
            let what = format!("{contract} reads {found:?} at {key:?}, and wrote {expected:?}");
            self.find("capability", what);
        }
        Ok(found)
    }

    fn storage_set(
        &mut self,
        contract: &AccountId,
        key: &[u8],
        value: Vec<u8>,
    ) -> Result<(), Fatal> {
        let slot = (*contract, key.to_vec());
        self.model.storage.insert(slot, value.clone());
        self.inner.storage_set(contract, key, value)
    }

    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
        self.model.storage.remove(&(*contract, key.to_vec()));
        self.inner.storage_remove(contract, key)
    }

    fn storage_next(
        &mut self,
        contract: &AccountId,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.inner.storage_next(contract, from)?;
        let slots = self.model.storage.range((*contract, from.to_vec())..);
        let expected = slots
            .take_while(|((id, _), _)| id == contract)
            .map(|((_, key), _)| key.clone())
            .next();
        if found != expected {
            let what = format!("after {from:?} comes {found:?}, not {expected:?}");
            self.find("iteration", what);
        }
        Ok(found)
    }

    fn storage_previous(
        &mut self,
        contract: &AccountId,
        before: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Fatal> {
        self.inner.storage_previous(contract, before)
    }

    fn transient_get(&mut self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.inner.transient_get(contract, key)
    }

    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        self.inner.transient_set(contract, key, value);
    }

    fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        self.inner.transient_remove(contract, key)
    }

    fn push_event(&mut self, event: Event) {
        self.model.events.push(event.clone());
        self.inner.push_event(event);
    }

    fn event_count(&self) -> usize {
        self.inner.event_count()
    }
}
