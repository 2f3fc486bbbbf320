//! A counter that only its owner may reset: the first contract of the README.
#![no_std]

use lockstep_sdk::prelude::*;

#[derive(Storage)]
pub struct Counter {
    owner: Item<AccountId>,
    count: Item<u64>,
}

/// Why a counter was not reset.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum CounterError {
    NotTheOwner { owner: AccountId },
}

/// Counts.
#[contract]
impl Counter {
    /// Makes the caller the owner.
    pub fn init(&mut self) {
        self.owner.set(&context::caller());
    }

    /// Adds to the count and returns it. An overflow panics, which undoes the call.
    pub fn add(&mut self, amount: u64) -> u64 {
        let count = self.count.get_or_default() + amount;
        self.count.set(&count);
        count
    }

    /// The count.
    pub fn count(&self) -> u64 {
        self.count.get_or_default()
    }

    /// Back to zero, by the owner only.
    pub fn reset(&mut self) -> Result<(), CounterError> {
        let owner = self.owner.get_or_default();
        if context::caller() != owner {
            return Err(CounterError::NotTheOwner { owner });
        }
        self.count.set(&0);
        Ok(())
    }
}
