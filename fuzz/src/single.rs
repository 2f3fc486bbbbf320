//! One input for one oracle, for programs that make the inputs themselves: bytes for the oracles of
//! [`ORACLES`], and the seed of a generator for those of [`SEEDED`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use lockstep_cli::base_engine;
use lockstep_gas_meter::{Protocol, prepare};

use crate::control_flow::{module, recursive_module};
use crate::engine_agreement::EngineJudge;
use crate::exactness;
use crate::generators::Rng;
use crate::message::{CONTRACTS, InBlock, Messages};
use crate::mutant::MutantJudge;
use crate::one_cache::OneCacheJudge;
use crate::oracles::{Finding, ORACLES};
use crate::rewritten::{module_of, padded_is_plain, prepared_twice};
use crate::script::top_message;
use crate::sequence::SequenceJudge;
use crate::sequence::promised::PromiseJudge;
use crate::smith::SmithJudge;

/// An oracle whose input is the seed of a generator.
pub struct Seeded {
    /// Its name, for reports and for choosing it.
    pub name: &'static str,
    /// Judges the input of a seed. `Ok(true)` means that it did more than fail at once.
    pub judge: fn(u64) -> Result<bool, Finding>,
}

/// Every oracle whose input is the seed of a generator.
pub const SEEDED: [Seeded; 15] = [
    seeded("message", message),
    seeded("sequence", sequence),
    seeded("cache", |seed| chain("cache", seed)),
    seeded("observed", |seed| chain("observed", seed)),
    seeded("dry-run", dry_run),
    seeded("witness-replay", |seed| chain("witness-replay", seed)),
    seeded("instance", |seed| chain("instance", seed)),
    seeded("order", |seed| chain("order", seed)),
    seeded("padded", padded),
    seeded("one-cache", one_cache),
    seeded("prepared-twice", prepared_twice),
    seeded("engines", engines),
    seeded("exactness", exactness),
    seeded("smith", smith),
    seeded("mutant", mutant),
];

const fn seeded(name: &'static str, judge: fn(u64) -> Result<bool, Finding>) -> Seeded {
    Seeded { name, judge }
}

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

/// A message with a program, on a watched state, and for half of the seeds a block of others.
fn message(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static MESSAGES: RefCell<Messages> = RefCell::default();
    }
    let mut rng = Rng::new(seed);
    let message = top_message(&mut rng, &CONTRACTS);
    let block = rng.chance(50).then(|| InBlock::draw(&mut rng));
    MESSAGES.with_borrow_mut(|messages| {
        let before = messages.work.working;
        let judged = messages.judge(&message, None);
        judged.map_err(|finding| format!("{finding}: {message:?}"))?;
        if let Some(block) = block {
            let judged = messages.judge_block(&block, None);
            judged.map_err(|finding| format!("{finding}: {block:?}"))?;
        }
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

/// A chain, in the base world and in the worlds of an oracle.
fn chain(oracle: &'static str, seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGES: RefCell<BTreeMap<&'static str, SequenceJudge>> = RefCell::default();
    }
    JUDGES.with_borrow_mut(|judges| {
        let new = || SequenceJudge::of(oracle, base_engine());
        judges.entry(oracle).or_insert_with(new).seed(seed)
    })
}

/// A chain with dry runs, and what these promise beside.
fn dry_run(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<PromiseJudge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| judge.seed(seed))?;
    chain("dry-run", seed)
}

/// A chain, under several protocols and engines with one cache of code.
fn one_cache(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<OneCacheJudge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| judge.seed(seed))
}

/// A generated module with padded numbers beside the module itself, and a chain whose codes are padded.
fn padded(seed: u64) -> Result<bool, Finding> {
    let protocol = Protocol::v1();
    let accepted = padded_is_plain(&module_of(seed), &|bytes| prepare(bytes, &protocol))?;
    Ok(chain("padded", seed)? && accepted)
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
    JUDGE.with_borrow_mut(|judge| {
        let before = judge.coverage.working;
        let judged = judge.seed(seed);
        judged.map_err(|mismatch| format!("{}\n{}", mismatch.what_remains, mismatch.text))?;
        Ok(judge.coverage.working > before)
    })
}

/// A module of `wasm-smith`.
fn smith(seed: u64) -> Result<bool, Finding> {
    thread_local! {
        static JUDGE: RefCell<SmithJudge> = RefCell::default();
    }
    JUDGE.with_borrow_mut(|judge| judge.seed(seed))
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
