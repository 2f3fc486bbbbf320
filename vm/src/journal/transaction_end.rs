//! The end of a transaction: what it changed is told from the undo log, and all that lives only
//! as long as a transaction is dropped.

use std::collections::BTreeMap;

use super::change::StateChange;
use super::{Journal, Undo};
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::receipt::Event;
use crate::state::State;
use crate::state_key::StateKey;

impl<L: Ledger> Journal<L> {
    /// Ends the transaction. Returns its events and what it changed: accounts by id, then
    /// storage by contract and key, then code by hash.
    pub fn end_transaction(&mut self) -> Result<(Vec<Event>, Vec<StateChange>), Fatal> {
        let changes = self.changes()?;
        self.undo.clear();
        self.transient.clear();
        Ok((std::mem::take(&mut self.events), changes))
    }

    /// What [`end_transaction`](Journal::end_transaction) would return now.
    pub(crate) fn transaction_so_far(&self) -> Result<(Vec<Event>, Vec<StateChange>), Fatal> {
        Ok((self.events.clone(), self.changes()?))
    }

    fn changes(&self) -> Result<Vec<StateChange>, Fatal> {
        let mut changes = self.account_changes()?;
        changes.extend(self.byte_changes()?);
        Ok(changes)
    }

    fn account_changes(&self) -> Result<Vec<StateChange>, Fatal> {
        let mut changes = Vec::new();
        for (id, before) in self.accounts_before() {
            let entry = self
                .accounts
                .get(&id)
                .ok_or_else(|| Fatal::Internal("a changed account is gone"))?;
            let after = entry.current.clone();
            if after != before {
                changes.push(StateChange::Account { id, before, after });
            }
        }
        Ok(changes)
    }

    fn byte_changes(&self) -> Result<Vec<StateChange>, Fatal> {
        let mut first: BTreeMap<StateKey, &Option<Vec<u8>>> = BTreeMap::new();
        for record in &self.undo {
            if let Undo::Bytes { key, before } = record {
                let key = StateKey::from_bytes(key)
                    .ok_or_else(|| Fatal::Internal("a changed key has no meaning"))?;
                first.entry(key).or_insert(before);
            }
        }
        let mut changes = Vec::new();
        for (key, before) in first {
            let after = self.read_bytes(&key.to_bytes())?;
            if after != *before {
                changes.push(byte_change(key, before.clone(), after)?);
            }
        }
        Ok(changes)
    }
}

fn byte_change(
    key: StateKey,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
) -> Result<StateChange, Fatal> {
    match key {
        StateKey::Storage(contract, key) => Ok(StateChange::Storage {
            contract,
            key,
            before,
            after,
        }),
        StateKey::Code(hash) => Ok(StateChange::Code {
            hash,
            length: u64::try_from(after.map_or(0, |code| code.len()))
                .map_err(|_| Fatal::Internal("code longer than u64"))?,
        }),
        StateKey::Account(_) => Err(Fatal::Internal("an account was changed as bytes")),
    }
}
