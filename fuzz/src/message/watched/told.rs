//! What a state tells of the transaction, against the models before and after it.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::AccountId;
use lockstep_vm::{Account, StateChange};

use super::super::model::Model;
use super::Watched;

impl Watched<'_> {
    /// Every account that the transaction changed is told as it was before, and in order; deposits
    /// follow from that.
    pub(super) fn check_accounts_before(&mut self) {
        let told = self.inner.accounts_before();
        if !told.is_sorted_by(|(one, _), (other, _)| one < other) {
            self.find("told", format!("the accounts are not in order: {told:?}"));
        }
        let told: BTreeMap<_, _> = told.into_iter().collect();
        for id in self.met.clone() {
            let before = self.begun.account(&id);
            let is_right = match told.get(&id) {
                Some(account) => *account == before,
                None => self.asked.model().account(&id) == before,
            };
            if !is_right {
                let told = told.get(&id);
                let what = format!("{id} was {before:?}, and not {told:?}");
                self.find("told", what);
            }
        }
    }
}

/// What must be told of a transaction that led from one model to the other.
pub(in crate::message) fn changes(before: &Model, after: &Model) -> Vec<StateChange> {
    let ids: BTreeSet<&AccountId> = before
        .accounts
        .keys()
        .chain(after.accounts.keys())
        .collect();
    let accounts = ids.into_iter().filter_map(|id| {
        let (before, after): (Account, Account) = (before.account(id), after.account(id));
        let id = *id;
        (before != after).then_some(StateChange::Account { id, before, after })
    });
    let slots: BTreeSet<_> = before.storage.keys().chain(after.storage.keys()).collect();
    let storage = slots.into_iter().filter_map(|slot| {
        let (before, after) = (before.storage.get(slot), after.storage.get(slot));
        let (contract, key) = slot.clone();
        (before != after).then(|| StateChange::Storage {
            contract,
            key,
            before: before.cloned(),
            after: after.cloned(),
        })
    });
    accounts.chain(storage).collect()
}
