//! Running a scenario in a store of the caller's, which keeps the state, on chosen engines.

use std::io::Write;

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{NodeStore, Trie};
use lockstep_vm::{Chain, Machine};

use super::bundling::Ran;
use super::divergence::of_scenario;
use super::{Alone, Companion, DryRuns, EngineChoice, Finished, Notes, run_on};
use crate::problem::Failure;
use crate::scenario::Scenario;

/// Runs a scenario on a new chain in a store that is empty, block by block: what is committed
/// there stays also if a later block fails.
///
/// # Errors
/// As [`run`](super::run), when the store is not empty or fails, and when the engines come to
/// different results.
pub fn run_in<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry_runs: DryRuns,
) -> Result<Finished, Failure> {
    run_in_with(store, scenario, engines, dry_runs, &mut Alone::default())
}

/// As [`run_in`], with a companion.
pub(crate) fn run_in_with<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry_runs: DryRuns,
    companion: &mut dyn Companion,
) -> Result<Finished, Failure> {
    Ok(run_on_engines(store, scenario, engines, dry_runs, companion)?.0)
}

/// As [`run_in`], and writes one line per host call to `out`: depth, function, gas left, memory
/// pages and a running hash.
///
/// # Errors
/// As [`run_in`], and when `out` cannot be written to.
pub fn run_observed<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry_runs: DryRuns,
    out: &mut dyn Write,
) -> Result<Finished, Failure> {
    let mut notes = Notes::new(&scenario.name, out);
    let finished = run_in_with(store, scenario, engines, dry_runs, &mut notes)?;
    notes.finish().map_err(Failure::bug)?;
    Ok(finished)
}

/// As [`run_in_with`], and gives back the chain and what was executed on it.
pub(super) fn run_on_engines<S: NodeStore<Error: Send + Sync>>(
    store: S,
    scenario: &Scenario,
    engines: &EngineChoice,
    dry_runs: DryRuns,
    companion: &mut dyn Companion,
) -> Result<(Finished, Ran<S>), Failure> {
    let protocol = Protocol::v1();
    let mut beside = engines.beside(&protocol)?;
    let machine = Machine::new(protocol, engines.first()?);
    let chain = Chain::new(Trie::new(store), machine);
    let run = run_on(chain, scenario, companion, &mut beside, dry_runs);
    let (mut finished, ran) = match (run, &beside.diverged) {
        (Err(failure), Some(diverged)) => {
            let make = || of_scenario(scenario, diverged);
            return Err(engines.bundle_difference(failure, diverged, make));
        }
        (run, _) => run?,
    };
    finished.remark = engines.summary(finished.compared);
    Ok((finished, ran))
}
