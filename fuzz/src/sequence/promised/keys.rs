//! The keys that a dry run says, against those that the run uses.

use std::collections::BTreeSet;

use lockstep_vm::{DryRun, KeyUse, StateChange, StateKey};

use super::Outcome;
use super::asked::AskedKeys;
use super::used::UsedKeys;
use crate::oracles::Finding;

/// The keys that a run uses.
pub(super) struct Touched {
    /// By what the machine asked of the ledger.
    pub(super) asked: AskedKeys,
    /// Of storage, by what contracts asked of the host.
    pub(super) used: UsedKeys,
}

fn shown(key: &[u8]) -> String {
    format!("{:?}", StateKey::from_bytes(key))
}

/// The keys that are used in some way.
fn keys_of(said: &DryRun, is_meant: fn(&KeyUse) -> bool) -> BTreeSet<Vec<u8>> {
    let keys = said.keys.iter().filter(|key| is_meant(key));
    keys.map(|key| key.key.to_bytes()).collect()
}

/// Whether the keys that a dry run says are those that the run touches, with those that it changes as
/// written, and those of storage as read or written just as contracts read and wrote them.
pub(super) fn same_keys(
    said: &DryRun,
    outcome: &Outcome,
    touched: &Touched,
) -> Result<(), Finding> {
    let Ok(report) = outcome else {
        return match said.keys.is_empty() {
            true => Ok(()),
            false => Err("keys of what is not included".to_string()),
        };
    };
    let (keys, written) = (keys_of(said, |_| true), keys_of(said, |key| key.written));
    let changes = report.changes.iter().map(|change| match change {
        StateChange::Account { id, .. } => StateKey::Account(*id),
        StateChange::Storage { contract, key, .. } => StateKey::Storage(*contract, key.clone()),
        StateChange::Code { hash, .. } => StateKey::Code(*hash),
    });
    let mut changed = changes.map(|key| key.to_bytes());
    let asked = &touched.asked;
    if let Some(missing) = asked.values.difference(&keys).next() {
        return Err(format!("it did not say {}", shown(missing)));
    }
    let all: BTreeSet<Vec<u8>> = asked.values.union(&asked.found).cloned().collect();
    if let Some(other) = keys.difference(&all).next() {
        return Err(format!("nothing touches {}", shown(other)));
    }
    if let Some(key) = changed.find(|key| !written.contains(key)) {
        return Err(format!("it did not say that {} is written", shown(&key)));
    }
    same_storage(said, &touched.used)
}

/// The same of keys of storage.
fn same_storage(said: &DryRun, used: &UsedKeys) -> Result<(), Finding> {
    let is_storage = |key: &KeyUse| matches!(key.key, StateKey::Storage(..));
    let storage = said.keys.iter().filter(|key| is_storage(key));
    for key in storage.clone() {
        let bytes = key.key.to_bytes();
        let perhaps_found = match &key.key {
            StateKey::Storage(contract, _) => used.scanned.contains(contract),
            _ => false,
        };
        let perhaps_read = perhaps_found || used.perhaps_read.contains(&bytes);
        let (read, written) = (used.read.contains(&bytes), used.written.contains(&bytes));
        let is_right = key.written == written && (key.read == read || key.read && perhaps_read);
        if !is_right {
            return Err(format!("of {key:?} read is {read}, and written {written}"));
        }
    }
    let keys: BTreeSet<Vec<u8>> = storage.map(|key| key.key.to_bytes()).collect();
    let mut all = used.read.union(&used.written);
    match all.find(|key| !keys.contains(*key)) {
        Some(key) => Err(format!("it did not say {}", shown(key))),
        None => Ok(()),
    }
}
