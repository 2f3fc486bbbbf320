//! Faults in the state below the machine, hunted by programs on a watched state.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, Checkpoint, Event, Fatal, State};

use super::{Fault, Hunter, Verdict};
use crate::generators::Rng;
use crate::message::{CONTRACTS, Messages, Wrap};
use crate::script::top_message;

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "failed-frame-keeps-write",
            "the last write before a revert stays",
            "no trace",
            |seed, planted| hunter(seed, planted.then_some(keeps_write)),
        ),
        fault(
            "failed-frame-keeps-event",
            "an event of a failed frame stays",
            "no trace",
            |seed, planted| hunter(seed, planted.then_some(keeps_event)),
        ),
        fault(
            "event-of-before",
            "an event is the one before it once more",
            "no trace",
            |seed, planted| hunter(seed, planted.then_some(stale_event)),
        ),
        fault(
            "failed-frame-keeps-transient",
            "the last write to transient storage before a revert stays",
            "no trace",
            |seed, planted| hunter(seed, planted.then_some(keeps_transient)),
        ),
        fault(
            "supply-not-conserved",
            "a transfer of 50 or more gives one too many",
            "supply",
            |seed, planted| hunter(seed, planted.then_some(mints)),
        ),
        fault(
            "storage-of-another",
            "a key that is not there is looked up in another contract",
            "capability",
            |seed, planted| hunter(seed, planted.then_some(leaks)),
        ),
        fault(
            "scan-skips-first",
            "a scan leaves out the key that it begins at",
            "iteration",
            |seed, planted| hunter(seed, planted.then_some(skips)),
        ),
        fault(
            "scan-back-finds-itself",
            "a scan to the front begins at the key that it is to be before",
            "iteration",
            |seed, planted| hunter(seed, planted.then_some(repeats)),
        ),
    ]
}

fn fault(
    name: &'static str,
    about: &'static str,
    oracle: &'static str,
    hunter: fn(u64, bool) -> Hunter,
) -> Fault {
    Fault {
        name,
        about,
        oracle,
        budget: 2_000,
        hunter,
    }
}

/// Judges one generated program after the other.
fn hunter(seed: u64, wrap: Option<Wrap>) -> Hunter {
    let mut rng = Rng::new(seed);
    let mut messages = Messages::default();
    Box::new(move || {
        let message = top_message(&mut rng, &CONTRACTS);
        Verdict::of(messages.judge(&message, wrap))
    })
}

/// What the state does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    KeepsWrite,
    KeepsEvent,
    StaleEvent,
    Mints,
    Leaks,
    Skips,
    KeepsTransient,
    Repeats,
}

fn keeps_write<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::KeepsWrite)
}

fn keeps_event<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::KeepsEvent)
}

fn stale_event<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::StaleEvent)
}

fn mints<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::Mints)
}

fn leaks<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::Leaks)
}

fn skips<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::Skips)
}

fn keeps_transient<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::KeepsTransient)
}

fn repeats<'s>(inner: &'s mut (dyn State + 's)) -> Box<dyn State + 's> {
    FaultyState::boxed(inner, Kind::Repeats)
}

/// A state with a fault.
struct FaultyState<'s> {
    inner: &'s mut (dyn State + 's),
    kind: Kind,
    last_write: Option<(AccountId, Vec<u8>, Vec<u8>)>,
    last_event: Option<Event>,
}

impl<'s> FaultyState<'s> {
    fn boxed(inner: &'s mut (dyn State + 's), kind: Kind) -> Box<dyn State + 's> {
        Box::new(FaultyState {
            inner,
            kind,
            last_write: None,
            last_event: None,
        })
    }
}

impl State for FaultyState<'_> {
    fn checkpoint(&mut self) -> Checkpoint {
        self.inner.checkpoint()
    }

    fn revert(&mut self, checkpoint: Checkpoint) {
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
        self.inner.account(id)
    }

    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
        self.inner.set_account(id, account)
    }

    fn accounts_before(&self) -> Vec<(AccountId, Account)> {
        self.inner.accounts_before()
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
        let moved = self.inner.transfer(from, to, amount)?;
        if moved && self.kind == Kind::Mints && amount >= 50 {
            let mut account = self.inner.account(to)?;
            account.balance += 1;
            self.inner.set_account(to, account)?;
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
        self.inner.storage_set(contract, key, value)
    }

    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
        self.inner.storage_remove(contract, key)
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
        self.inner.transient_get(contract, key)
    }

    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        if self.kind == Kind::KeepsTransient {
            self.last_write = Some((*contract, key.to_vec(), value.clone()));
        }
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
