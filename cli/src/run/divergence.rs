//! A difference between engines as a bundle, for `lockstep replay --engine NAME,NAME`.
//!
//! The block in which engines differ is dropped, so what the bundle says comes from another run: up to
//! that transaction, on wasmi alone. A replay on the two engines that differ compares them as the run
//! did, and finds the difference again. That an engine fails where wasmi comes to a result is a
//! difference, too.
//!
//! A difference that is far behind its transaction's begin is found with about its place; a replay of
//! the bundle then finds the exact one ([`Diverged::exactly`]).

use std::path::Path;

use lockstep_engines::{Divergence, EngineKind, SideBySide, SideBySideReplayError};
use lockstep_state_trie::{MemoryStore, NodeStore, Trie};
use lockstep_vm::{
    BlockBuilder, BlockEnvironment, Bundle, BundleBlock, Machine, NoObserver, Recording,
    SignedTransaction,
};

use super::bundling::{bundle, reference};
use super::{Bundled, DryRuns, EngineChoice, StepPlace, run_and_bundle};
use crate::exit::Exit;
use crate::output_file::write_atomically;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::Scenario;
use crate::shell_word::shell_word;
use crate::state_failure::machine_failure;

/// Where engines differ, and what `--engine` takes to compare them again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diverged {
    place: StepPlace,
    pub(super) engines: String,
    /// Whether what was said of it names its exact place.
    pub(super) exact: bool,
}

impl Diverged {
    /// The two engines of a difference.
    pub(super) fn new(place: StepPlace, divergence: &Divergence) -> Diverged {
        let (first, second) = (divergence.first.name, divergence.second.name);
        Diverged {
            place,
            engines: format!("{first},{second}"),
            exact: divergence.is_exact(),
        }
    }

    /// The failure with what these two engines differ about when they replay the bundle; as it is if
    /// they do not there.
    pub(super) fn exactly(
        &self,
        mut failure: Failure,
        bundle: &[u8],
        (machine, beside): (&mut Machine, &mut SideBySide),
    ) -> Failure {
        let Ok(bundle) = Bundle::from_bytes(bundle) else {
            return failure;
        };
        if let Err(SideBySideReplayError::Diverged { divergence, .. }) =
            beside.replay(&bundle, machine)
        {
            let exact = difference(self.place, &divergence, "");
            for problem in &mut failure.problems {
                problem.message.clone_from(&exact.message);
            }
        }
        failure
    }

    /// An engine that failed, with nothing to compare it with but wasmi.
    pub(super) fn from_reference(place: StepPlace, engine: &str) -> Diverged {
        Diverged {
            place,
            engines: format!("{},{engine}", EngineKind::default()),
            exact: true,
        }
    }
}

/// A difference in words: the block, the transaction in it, and what two engines made of it.
pub(crate) fn difference(
    place: StepPlace,
    divergence: &Divergence,
    help: impl Into<String>,
) -> Problem {
    let message = format!("{place}: {divergence}");
    Problem::new(ProblemCode::EnginesDiverged, message, help)
}

/// Writes the bundle and names it in the failure. When it cannot be written, says why in its place:
/// the difference is still what ends the command.
pub(super) fn with_bundle(
    mut failure: Failure,
    bundle: Result<Vec<u8>, Failure>,
    diverged: &Diverged,
    file: &Path,
) -> Failure {
    let bytes = match bundle {
        Ok(bytes) => bytes,
        Err(other) => return without_bundle(failure, &other),
    };
    failure.exit = Exit::Mismatch;
    for problem in &mut failure.problems {
        if problem.code == ProblemCode::Internal {
            problem.code = ProblemCode::EnginesDiverged;
            problem.message = format!(
                "{}, and {} comes to a result",
                problem.message,
                EngineKind::default()
            );
        }
    }
    match write_atomically(file, &bytes) {
        Ok(()) => {
            let (file, engines) = (file.to_string_lossy(), &diverged.engines);
            for problem in &mut failure.problems {
                problem.help = format!(
                    "one of the engines is wrong; the block was not committed. `lockstep replay \
                     {} --engine {engines}` shows it; report it with {file}",
                    shell_word(&file)
                );
            }
        }
        Err(other) => failure.problems.extend(other.problems),
    }
    failure
}

/// The failure when wasmi cannot execute the transactions either.
fn without_bundle(mut failure: Failure, reason: &Failure) -> Failure {
    let reasons = reason
        .problems
        .iter()
        .map(|problem| problem.message.as_str());
    let reason = reasons.collect::<Vec<_>>().join("; ");
    for problem in &mut failure.problems {
        problem.help = format!(
            "{}. There is no bundle, because {} alone does not come to the end of the transaction: \
             {reason}",
            problem.help,
            EngineKind::default()
        );
    }
    failure
}

/// The bundle of a scenario up to a difference.
pub(super) fn of_scenario(scenario: &Scenario, diverged: &Diverged) -> Result<Vec<u8>, Failure> {
    let shorter = up_to(scenario, diverged.place);
    let engines = EngineChoice::default();
    let run = run_and_bundle(
        MemoryStore::new(),
        &shorter,
        &engines,
        DryRuns::None,
        Bundled::All,
    );
    Ok(run?.1)
}

/// The scenario with nothing after a transaction.
fn up_to(scenario: &Scenario, place: StepPlace) -> Scenario {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut shorter = scenario.clone();
    shorter.blocks.truncate(count(place.height));
    if let Some(last) = shorter.blocks.last_mut() {
        last.steps.truncate(count(place.number));
    }
    shorter
}

/// The bundle of a block with one transaction, on the state that a trie has. Nothing is committed.
pub(super) fn of_block<S: NodeStore<Error: Send + Sync>>(
    trie: &Trie<S>,
    environment: BlockEnvironment,
    signed: SignedTransaction,
) -> Result<Vec<u8>, Failure> {
    let before = trie.root();
    let mut machine = reference();
    let mut builder = BlockBuilder::new(&mut machine, Recording::new(trie.at(before)), environment);
    let pushed = builder.push(&signed, &mut NoObserver);
    let included = pushed.map_err(machine_failure)?.map_err(Failure::bug)?;
    let block = builder.finish().map_err(machine_failure)?;
    let block = BundleBlock {
        environment: block.environment,
        transactions: vec![(signed, included.receipt)],
        state_root: block.state_root,
    };
    bundle(trie, before, vec![block])
}

#[cfg(test)]
mod tests;
