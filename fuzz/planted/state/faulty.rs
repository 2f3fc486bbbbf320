//! The state with the faults: the real one, with what is asked of it and what it answers changed.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, Checkpoint, Event, Fatal, State};

use super::lingering::{Lingering, Transients};
use crate::message::{CONTRACTS, Frames, Place, SENDER, Wrap};
use crate::script::Code;

/// What the state, or the host above it, does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    KeepsWrite,
    KeepsEvent,
    StaleEvent,
    Mints,
    Leaks,
    Skips,
    KeepsTransient,
    Repeats,
    CallerPays,
    CallerUpgrades,
    CodeOfAnother,
    CodeUnderAnother,
    Uncounted,
    SwallowsRevert,
    KeepsValue,
    PaysSender,
    NeighbourKey,
    RemoveSaysYes,
    LeavesOut,
    Lingers,
}

/// A state with a fault.
struct FaultyState<'s> {
    inner: &'s mut (dyn State + 's),
    kind: Kind,
    frames: Frames,
    last_write: Option<(AccountId, Vec<u8>, Vec<u8>)>,
    last_event: Option<Event>,
    /// What is found of earlier transactions.
    transients: Transients,
}

impl Wrap for Kind {
    fn place(&self) -> Place {
        match self {
            Kind::CallerPays
            | Kind::CallerUpgrades
            | Kind::CodeOfAnother
            | Kind::SwallowsRevert
            | Kind::KeepsValue
            | Kind::PaysSender
            | Kind::NeighbourKey
            | Kind::RemoveSaysYes => Place::Host,
            _ => Place::Journal,
        }
    }

    fn around<'s>(&self, inner: &'s mut (dyn State + 's), frames: Frames) -> Box<dyn State + 's> {
        Box::new(FaultyState::new(inner, *self, frames))
    }
}

impl Wrap for Lingering {
    fn place(&self) -> Place {
        Place::Journal
    }

    fn around<'s>(&self, inner: &'s mut (dyn State + 's), frames: Frames) -> Box<dyn State + 's> {
        let transients = self.next_transaction();
        let state = FaultyState::new(inner, Kind::Lingers, frames);
        Box::new(FaultyState {
            transients,
            ..state
        })
    }
}

impl<'s> FaultyState<'s> {
    fn new(inner: &'s mut (dyn State + 's), kind: Kind, frames: Frames) -> FaultyState<'s> {
        FaultyState {
            inner,
            kind,
            frames,
            last_write: None,
            last_event: None,
            transients: Transients::default(),
        }
    }
}

/// The other of the two codes that there are.
fn other(code: &CodeHash) -> CodeHash {
    match *code == Code::First.hash() {
        true => Code::Second.hash(),
        false => Code::First.hash(),
    }
}

impl State for FaultyState<'_> {
    fn checkpoint(&mut self) -> Checkpoint {
        self.inner.checkpoint()
    }

    fn revert(&mut self, checkpoint: Checkpoint) {
        if self.kind == Kind::SwallowsRevert {
            return;
        }
        self.inner.revert(checkpoint);
        match (self.kind, self.last_write.take(), self.last_event.take()) {
            (Kind::KeepsWrite, Some((contract, key, value)), _) => {
                // A failure of the store would show in what follows.
                let _ = self.inner.storage_set(&contract, &key, value);
            }
            (Kind::KeepsTransient, Some((contract, key, value)), _) => {
                self.inner.transient_set(&contract, &key, value);
            }
            (Kind::KeepsEvent, _, Some(event)) => self.inner.push_event(event),
            _ => {}
        }
    }

    fn account(&mut self, id: &AccountId) -> Result<Account, Fatal> {
        let mut account = self.inner.account(id)?;
        let running = self.frames.running();
        if let (Kind::CodeOfAnother, Some(record)) = (self.kind, &mut account.contract)
            && running.is_some_and(|running| running != *id)
        {
            record.code = other(&record.code);
        }
        Ok(account)
    }

    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
        match (self.kind, self.frames.caller(), &account.contract) {
            (Kind::CallerUpgrades, Some(caller), Some(record))
                if self.frames.running() == Some(*id) =>
            {
                let mut callers = self.inner.account(&caller)?;
                if let Some(callers) = &mut callers.contract {
                    callers.code = record.code;
                }
                self.inner.set_account(&caller, callers)
            }
            _ => self.inner.set_account(id, account),
        }
    }

    fn accounts_before(&self) -> Vec<(AccountId, Account)> {
        let mut told = self.inner.accounts_before();
        if self.kind == Kind::LeavesOut {
            told.pop();
        }
        told
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
        let caller = self.frames.caller().unwrap_or(*from);
        let from = match self.kind {
            Kind::CallerPays => &caller,
            _ => from,
        };
        let to = match self.kind {
            Kind::KeepsValue => return Ok(true),
            Kind::PaysSender => &SENDER,
            _ => to,
        };
        let moved = self.inner.transfer(from, to, amount)?;
        if moved && self.kind == Kind::Mints && amount >= 50 {
            let mut account = self.inner.account(to)?;
            account.balance += 1;
            self.inner.set_account(to, account)?;
        }
        Ok(moved)
    }

    fn code(&mut self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal> {
        match self.kind {
            Kind::CodeUnderAnother if *hash == Code::Second.hash() => self.inner.code(&other(hash)),
            _ => self.inner.code(hash),
        }
    }

    fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal> {
        self.inner.code_length(hash)
    }

    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal> {
        self.inner.require_code(hash)
    }

    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal> {
        self.inner.put_code(hash, bytes)
    }

    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.inner.storage_get(contract, key)?;
        match (self.kind, found) {
            (Kind::Leaks, None) if *contract != CONTRACTS[0] => {
                self.inner.storage_get(&CONTRACTS[0], key)
            }
            (_, found) => Ok(found),
        }
    }

    fn storage_set(
        &mut self,
        contract: &AccountId,
        key: &[u8],
        value: Vec<u8>,
    ) -> Result<(), Fatal> {
        if self.kind == Kind::KeepsWrite {
            self.last_write = Some((*contract, key.to_vec(), value.clone()));
        }
        let length = value.len();
        let mut key = key.to_vec();
        if let (Kind::NeighbourKey, Some(last)) = (self.kind, key.last_mut()) {
            *last ^= 1;
        }
        self.inner.storage_set(contract, &key, value)?;
        let mut account = self.inner.account(contract)?;
        if let (Kind::Uncounted, Some(record)) = (self.kind, &mut account.contract)
            && length > 30
        {
            record.storage_bytes -= 1;
            self.inner.set_account(contract, account)?;
        }
        Ok(())
    }

    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
        let removed = self.inner.storage_remove(contract, key)?;
        Ok(removed || self.kind == Kind::RemoveSaysYes)
    }

    fn storage_next(
        &mut self,
        contract: &AccountId,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.inner.storage_next(contract, from)?;
        match found {
            Some(key) if self.kind == Kind::Skips && key == from => {
                let mut after = key;
                after.push(0);
                self.inner.storage_next(contract, &after)
            }
            found => Ok(found),
        }
    }

    fn storage_previous(
        &mut self,
        contract: &AccountId,
        before: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Fatal> {
        match (self.kind, before) {
            (Kind::Repeats, Some(before))
                if self.inner.storage_get(contract, before)?.is_some() =>
            {
                Ok(Some(before.to_vec()))
            }
            _ => self.inner.storage_previous(contract, before),
        }
    }

    fn transient_get(&mut self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        let found = self.inner.transient_get(contract, key);
        found.or_else(|| self.transients.found(contract, key))
    }

    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        if self.kind == Kind::KeepsTransient {
            self.last_write = Some((*contract, key.to_vec(), value.clone()));
        }
        self.transients.keep((*contract, key.to_vec()), &value);
        self.inner.transient_set(contract, key, value);
    }

    fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        self.inner.transient_remove(contract, key)
    }

    fn push_event(&mut self, event: Event) {
        let before = self.last_event.replace(event.clone());
        match before {
            Some(before) if self.kind == Kind::StaleEvent => self.inner.push_event(before),
            _ => self.inner.push_event(event),
        }
    }

    fn event_count(&self) -> usize {
        self.inner.event_count()
    }
}
