//! A state that is compared with a plain model at every step; all of it in `compare`, and who may do
//! what in `rights`.
//!
//! What is there when it begins must be what was there before the transaction (`begun`), and what it tells
//! of that at the end as well (`told`).
//!
//! The model follows what the host asks of the state. It is shared with the engine between host and
//! guests, which knows what guests asked for and compares.

mod begin;
mod compare;
mod rights;
mod told;

use std::collections::BTreeSet;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, Checkpoint, Event, Fatal, State};

pub(super) use self::begin::accounts_of;
pub(super) use self::told::changes;
use super::SENDER;
use super::asked::AskedFrames;
use super::frames::Frames;
use super::model::{Model, uploaded};
use crate::oracles::Finding;

/// A key of a contract.
pub(super) type Slot = (AccountId, Vec<u8>);

/// A state, and the model of what it must be.
pub(super) struct Watched<'s> {
    inner: &'s mut dyn State,
    checkpoints: Vec<(Checkpoint, Model)>,
    /// Every account whose balance could have changed, whatever became of that.
    met: BTreeSet<AccountId>,
    /// Every key of transient storage that was ever written.
    transient_keys: BTreeSet<Slot>,
    supply: u128,
    /// What there was before the transaction (see `begin`).
    begun: Model,
    frames: Frames,
    asked: AskedFrames,
    finding: Option<Finding>,
}

impl<'s> Watched<'s> {
    /// The events that the transaction must have now.
    ///
    /// # Errors
    /// The first thing that was wrong, or that is wrong at the end.
    pub(super) fn finish(mut self) -> Result<Vec<Event>, Finding> {
        self.check_begun();
        self.compare("at the end");
        self.check_accounts_before();
        match self.sum() {
            Ok(supply) if supply == self.supply => {}
            Ok(supply) => self.find("supply", format!("{} became {supply}", self.supply)),
            Err(fatal) => self.find("state", fatal.to_string()),
        }
        let finding = self.finding.or_else(|| self.asked.finding());
        finding.map_or(Ok(self.asked.model().events.clone()), Err)
    }

    /// Notes a finding of a kind; the first one counts.
    fn find(&mut self, kind: &str, what: String) {
        if self.finding.is_none() {
            self.finding = Some(format!("{kind}: {what}"));
        }
    }

    /// The balances of all accounts that were met.
    fn sum(&mut self) -> Result<u128, Fatal> {
        let accounts = self.met.iter();
        accounts
            .map(|id| self.inner.account(id).map(|account| account.balance))
            .sum()
    }
}

impl State for Watched<'_> {
    fn checkpoint(&mut self) -> Checkpoint {
        let checkpoint = self.inner.checkpoint();
        let model = self.asked.model().clone();
        self.checkpoints.push((checkpoint, model));
        checkpoint
    }

    fn revert(&mut self, checkpoint: Checkpoint) {
        self.check_begun();
        self.asked.change();
        self.inner.revert(checkpoint);
        let known = self
            .checkpoints
            .iter()
            .rposition(|(at, _)| *at == checkpoint);
        if let Some(position) = known {
            self.checkpoints.truncate(position + 1);
            *self.asked.model() = self.checkpoints[position].1.clone();
        }
        self.compare("after a revert");
    }

    fn account(&mut self, id: &AccountId) -> Result<Account, Fatal> {
        let found = self.inner.account(id)?;
        let expected = self.asked.model().account(id);
        if found != expected {
            self.find("account", format!("{id} is {found:?}, not {expected:?}"));
        }
        Ok(found)
    }

    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
        self.check_begun();
        self.must_write("an account");
        self.may_become(id, &account);
        self.met.insert(*id);
        self.asked.model().set_account(id, account.clone());
        self.inner.set_account(id, account)
    }

    fn accounts_before(&self) -> Vec<(AccountId, Account)> {
        self.inner.accounts_before()
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
        self.must_act(from);
        self.must_write("a balance");
        let moved = self.inner.transfer(from, to, amount)?;
        self.met.extend([*from, *to]);
        let could = self.asked.model().transfer(from, to, amount);
        if moved != could {
            let what = format!("to move {amount} of {from} came to {moved}, not {could}");
            self.find("account", what);
        }
        if moved {
            let supply = self.sum()?;
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
        let found = self.inner.code(hash)?;
        if found.as_ref() != uploaded(hash) {
            let what = format!("what is found under {hash} is not what was uploaded");
            self.find("code", what);
        }
        Ok(found)
    }

    fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal> {
        let found = self.inner.code_length(hash)?;
        let length = uploaded(hash).map(|code| u32::try_from(code.len()).unwrap_or(u32::MAX));
        if found != length {
            let what = format!("the length of {hash} is {found:?}, and was {length:?}");
            self.find("code", what);
        }
        Ok(found)
    }

    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal> {
        self.must_be_uploaded(hash);
        self.inner.require_code(hash)
    }

    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal> {
        // Only a transaction of its own uploads.
        self.find("capability", format!("a message uploads the code {hash}"));
        self.inner.put_code(hash, bytes)
    }

    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.must_act(contract);
        let found = self.inner.storage_get(contract, key)?;
        let expected = self.asked.model().get(contract, key);
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
        self.must_act(contract);
        self.must_write("storage");
        self.asked.model().set(contract, key, value.clone());
        self.inner.storage_set(contract, key, value)
    }

    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
        self.must_act(contract);
        self.must_write("storage");
        self.asked.model().remove(contract, key);
        self.inner.storage_remove(contract, key)
    }

    fn storage_next(
        &mut self,
        contract: &AccountId,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, Fatal> {
        self.must_act(contract);
        let found = self.inner.storage_next(contract, from)?;
        let expected = self.asked.model().next(contract, from);
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
        self.must_act(contract);
        let found = self.inner.storage_previous(contract, before)?;
        let expected = self.asked.model().previous(contract, before);
        if found != expected {
            let what = format!("before {before:?} comes {found:?}, not {expected:?}");
            self.find("iteration", what);
        }
        Ok(found)
    }

    fn transient_get(&mut self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.must_act(contract);
        let found = self.inner.transient_get(contract, key);
        let expected = self.asked.model().transient_get(contract, key);
        if found != expected {
            let what = format!("{contract} reads {found:?} at {key:?}, and kept {expected:?}");
            self.find("capability", what);
        }
        found
    }

    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        self.must_act(contract);
        self.must_write("transient storage");
        self.transient_keys.insert((*contract, key.to_vec()));
        let mut model = self.asked.model();
        model.transient_set(contract, key, value.clone());
        drop(model);
        self.inner.transient_set(contract, key, value);
    }

    fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        self.must_act(contract);
        self.must_write("transient storage");
        self.asked.model().transient_remove(contract, key);
        self.inner.transient_remove(contract, key)
    }

    fn push_event(&mut self, event: Event) {
        self.must_act(&event.contract);
        self.must_write("the list of events");
        self.asked.model().events.push(event.clone());
        self.inner.push_event(event);
    }

    fn event_count(&self) -> usize {
        self.inner.event_count()
    }
}
