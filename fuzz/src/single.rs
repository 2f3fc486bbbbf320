//! One input for one oracle, for fuzzers that make the inputs themselves: a finding is a panic.

use std::cell::RefCell;

use crate::exactness::Judge;
use crate::generators::Rng;
use crate::message::{CONTRACTS, Messages};
use crate::oracles::ORACLES;
use crate::script::program;

/// Gives bytes to the oracle of that name.
///
/// # Panics
/// With what the oracle found, and when there is no such oracle.
pub fn judge(oracle: &str, bytes: &[u8]) {
    let known = ORACLES.iter().find(|known| known.name == oracle);
    let known = known.unwrap_or_else(|| panic!("there is no oracle {oracle}"));
    if let Err(finding) = (known.judge)(bytes) {
        panic!("{oracle}: {finding}");
    }
}

/// Runs the program of a seed on a watched state.
///
/// # Panics
/// With what was found.
pub fn judge_message(seed: u64) {
    thread_local! {
        static MESSAGES: RefCell<Messages> = RefCell::default();
    }
    let program = program(&mut Rng::new(seed), &CONTRACTS);
    MESSAGES.with_borrow_mut(|messages| {
        if let Err(finding) = messages.judge(&program, None) {
            panic!("seed {seed}: {finding}: {program:?}");
        }
    });
}

/// Compares the gas of the module of a seed with the independent interpreter.
///
/// # Panics
/// With what differs, and the module cut down.
pub fn judge_exactness(seed: u64) {
    thread_local! {
        static JUDGE: RefCell<Judge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| {
        if let Err(mismatch) = judge.seed(seed) {
            panic!("seed {seed}: {}\n{}", mismatch.what_remains, mismatch.text);
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::corpus::built_in;

    #[test]
    fn inputs_without_a_finding_pass() {
        for seed in built_in() {
            super::judge(seed.oracle, &seed.bytes);
        }
        for seed in 0..20 {
            super::judge_message(seed);
            super::judge_exactness(seed);
        }
    }
}
