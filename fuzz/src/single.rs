//! One input for one oracle, for programs that make the inputs themselves: bytes for the oracles of
//! [`ORACLES`](crate::ORACLES), and the seed of a generator for those of [`SEEDED`].

use std::cell::RefCell;

use crate::control_flow::{module, recursive_module};
use crate::engine_agreement::EngineJudge;
use crate::exactness;
use crate::generators::Rng;
use crate::message::{CONTRACTS, Messages};
use crate::mutant::MutantJudge;
use crate::oracles::{Finding, ORACLES};
use crate::script::top_message;
use crate::sequence::SequenceJudge;

/// An oracle whose input is the seed of a generator.
pub struct Seeded {
    /// Its name, for reports and for choosing it.
    pub name: &'static str,
    /// Judges the input of a seed. `Ok(true)` means that it did more than fail at once.
    pub judge: fn(u64) -> Result<bool, Finding>,
}

/// Every oracle whose input is the seed of a generator.
pub const SEEDED: [Seeded; 5] = [
    Seeded {
        name: "message",
        judge: message,
    },
    Seeded {
        name: "sequence",
        judge: sequence,
    },
    Seeded {
        name: "engines",
        judge: engines,
    },
    Seeded {
        name: "exactness",
        judge: exactness,
    },
    Seeded {
        name: "mutant",
        judge: mutant,
    },
];

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

/// Gives a seed to the oracle of that name.
///
/// # Panics
/// With what the oracle found, and when there is no such oracle.
pub fn judge_seed(oracle: &str, seed: u64) {
    let known = SEEDED.iter().find(|known| known.name == oracle);
    let known = known.unwrap_or_else(|| panic!("there is no oracle {oracle}"));
    if let Err(finding) = (known.judge)(seed) {
        panic!("{oracle}: seed {seed}: {finding}");
    }
}

/// A message with a program, on a watched state.
fn message(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static MESSAGES: RefCell<Messages> = RefCell::default();
    }
    let message = top_message(&mut Rng::new(seed), &CONTRACTS);
    MESSAGES.with_borrow_mut(|messages| {
        let before = messages.work.working;
        let judged = messages.judge(&message, None);
        judged.map_err(|finding| format!("{finding}: {message:?}"))?;
        Ok(messages.work.working > before)
    })
}

/// A chain, in several worlds and on every engine.
fn sequence(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<SequenceJudge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| judge.seed(seed))
}

/// A generated module, on every engine that is built in.
fn engines(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<EngineJudge> = RefCell::new(
            EngineJudge::new().expect("every engine that is built in works here"),
        );
    }
    let module = match seed % 4 {
        3 => recursive_module(seed),
        _ => module(seed),
    };
    JUDGE.with_borrow_mut(|judge| {
        let before = judge.agreement.host_calls;
        judge.judge(seed, &module)?;
        Ok(judge.agreement.host_calls > before)
    })
}

/// The gas of a generated module, against the independent interpreter.
fn exactness(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<exactness::Judge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| match judge.seed(seed) {
        Ok(()) => Ok(true),
        Err(mismatch) => Err(format!("{}\n{}", mismatch.what_remains, mismatch.text)),
    })
}

/// A real contract with some operators changed.
fn mutant(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<MutantJudge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| judge.seed(seed))
}

#[cfg(test)]
mod tests {
    use crate::corpus::built_in;

    #[test]
    fn inputs_without_a_finding_pass() {
        for seed in built_in() {
            super::judge(seed.oracle, &seed.bytes);
        }
        for oracle in &super::SEEDED {
            for seed in 0..6 {
                super::judge_seed(oracle.name, seed);
            }
        }
    }
}
