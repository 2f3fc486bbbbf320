//! A contract that does on purpose what others do by mistake, for scenarios and tests: it traps,
//! runs without end, recurses without end, fails after it changed state, and replaces its code.
//! Beside that it keeps notes in an ordered map.
#![no_std]

use core::hint::black_box;

use lockstep_sdk::prelude::*;

/// What the probe stores. Its successor `probe-v2` reads the same.
#[derive(Storage)]
pub struct Probe {
    notes: OrderedMap<u64, String>,
    visits: Item<u32>,
}

/// A note was written.
#[derive(Event)]
pub struct Noted {
    #[topic]
    pub key: u64,
    pub text: String,
}

/// The error of methods that always fail.
#[data]
pub enum ProbeError {
    OnPurpose { code: u32 },
}

/// Misbehaves on demand.
#[contract(events(Noted))]
impl Probe {
    pub fn init(&mut self) {}

    /// Ends with the trap `unreachable`.
    pub fn trap(&mut self) {
        self.visits.set(&1);
        context::trap()
    }

    /// Ends with a panic when `divisor` is 0.
    pub fn divide(&self, dividend: u64, divisor: u64) -> u64 {
        dividend / divisor
    }

    /// Changes state, then reverts with `code`.
    pub fn fail(&mut self, code: u32) -> Result<(), ProbeError> {
        self.visits.set(&code);
        Err(ProbeError::OnPurpose { code })
    }

    /// Runs until the gas is used up.
    pub fn run_forever(&self) -> u64 {
        let mut turns = 0_u64;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    /// Recurses `depth` times; far enough, the metered stack ends it.
    pub fn recurse(&self, depth: u64) -> u64 {
        // Not a tail call, nor a sum that the compiler could turn into a loop.
        if depth == 0 {
            1
        } else {
            self.recurse(depth - 1).wrapping_mul(3) ^ depth
        }
    }

    /// Calls itself through the machine, allowing re-entry, `depth` times.
    pub fn reenter(&mut self, depth: u32) -> Result<u32, ProbeError> {
        let visits = self.visits.get_or_default() + 1;
        self.visits.set(&visits);
        if depth > 0 {
            let own = Remote::at(context::self_id()).allow_reentry();
            let result: Result<u32, CallError<ProbeError>> = own.call("reenter", &(depth - 1,));
            return result.map_err(|_| ProbeError::OnPurpose { code: depth });
        }
        Ok(visits)
    }

    /// Writes a note.
    pub fn note(&mut self, key: u64, text: String) {
        self.notes.insert(&key, &text);
        Noted { key, text }.emit();
    }

    /// Removes a note; whether there was one.
    pub fn forget(&mut self, key: u64) -> bool {
        self.notes.remove(&key)
    }

    /// The notes with keys from `from` up to and not including `to`, in order.
    pub fn notes(&self, from: u64, to: u64) -> Vec<(u64, String)> {
        self.notes.range(from..to).collect()
    }

    /// The last notes, the largest key first.
    pub fn latest(&self, count: u32) -> Vec<(u64, String)> {
        self.notes.iter().rev().take(count as usize).collect()
    }

    /// Runs `version` of other code on this contract's storage.
    pub fn version_of(&mut self, code: CodeHash) -> Result<u32, ProbeError> {
        let flags = lockstep_sdk::CallFlags::NONE;
        call::delegate_call(&code, "version", &(), u64::MAX, flags)
            .map_err(|_: CallError| ProbeError::OnPurpose { code: 2 })
    }

    /// Replaces this contract's code.
    pub fn upgrade_to(&mut self, code: CodeHash) -> Result<(), ProbeError> {
        call::upgrade(&code, &(), u64::MAX)
            .map_err(|_: CallError| ProbeError::OnPurpose { code: 3 })
    }

    /// Which code this is.
    pub fn version(&self) -> u32 {
        1
    }
}
