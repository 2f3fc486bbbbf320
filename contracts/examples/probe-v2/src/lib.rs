//! The code that `probe` is upgraded to: it keeps the notes and adds a field to the storage.
#![no_std]

use lockstep_sdk::prelude::*;

/// The storage of `probe`, and since when the contract has this code.
#[derive(Storage)]
pub struct Probe {
    notes: OrderedMap<u64, String>,
    upgraded_at: Item<u64>,
}

/// The second version of the probe.
#[contract]
impl Probe {
    /// Remembers the block of the upgrade.
    pub fn upgraded(&mut self) {
        self.upgraded_at.set(&context::block_height());
    }

    /// The last notes, the largest key first, as the first version wrote them.
    pub fn latest(&self, count: u32) -> Vec<(u64, String)> {
        self.notes.iter().rev().take(count as usize).collect()
    }

    /// The block of the upgrade.
    pub fn upgraded_at(&self) -> Option<u64> {
        self.upgraded_at.get()
    }

    /// Which code this is.
    pub fn version(&self) -> u32 {
        2
    }
}
