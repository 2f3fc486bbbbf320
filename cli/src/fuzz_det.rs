//! The fuzzer for nondeterminism: the same transactions in many worlds, and nothing may differ.
//!
//! A campaign begins with a scenario. Its transactions are run, and changed copies of them
//! (`mutate`, with `arguments` of the ABI's types), first in the base world (`base`): the
//! interpreter with probes, which count the edges between segments of the code that are reached
//! (`coverage`), so that candidates that reach something new are kept. The same signed blocks
//! (`history`) are then executed in other worlds (`world`), and what they come to (`execution`) is
//! compared (`divergence`): receipts, host calls, state, roots. The first difference ends the
//! campaign: it is cut down (`minimise`), its place in the code is looked for (`locate`), and it is
//! written as a scenario (`finding_file`).
//!
//! `docs/fuzzing.md` is about using it.

mod arguments;
mod base;
mod campaign;
mod candidate;
mod coverage;
mod description;
mod divergence;
mod execution;
mod finding_bundle;
mod finding_file;
mod history;
mod invariants;
mod locate;
mod minimise;
mod mutate;
mod perform;
mod progress;
mod record;
mod report;
mod seeds;
mod surface;
mod world;

use std::path::Path;
use std::sync::Arc;

use lockstep_vm::WasmiEngine;

use crate::problem::Failure;
use crate::scenario::Scenario;
use campaign::Campaign;
pub use campaign::Control;
use description::describe;
pub use divergence::{CallDifference, Divergence, compare};
pub use execution::{
    BlockOutcome, Bytes, CallOutcome, Change, Ending, Execution, TransactionOutcome,
};
use finding_bundle::write_bundle;
use finding_file::{expectations, write_finding};
pub use history::{Genesis, History, SignedBlock};
pub use invariants::{InvariantReport, Violation, fuzz_run};
pub use locate::SegmentPlace;
use locate::locate;
pub use perform::{Manner, Performed, perform};
pub(crate) use progress::{Progress, catch_interrupts, interrupted};
pub use record::{Reached, Watch};
use report::Found;
pub use report::{Finding, FuzzReport, Place, Statistics, WorldStatistics};
pub(crate) use seeds::seed_scenario;
use surface::Surface;
pub(crate) use world::answer_request;
pub use world::{Answer, Cadence, EngineMaker, NamedEngine, World, standard_worlds};

/// The schema of the report.
const SCHEMA: &str = "lockstep.fuzz.det/1";

/// Makes the engine of the command's base world.
pub fn base_engine() -> EngineMaker {
    Arc::new(|| Box::new(WasmiEngine::new()))
}

/// Runs a campaign from a scenario until a world differs from the base world, which runs on the
/// engine `base`, or until `control` ends it.
/// What is found is written into the folder `out`, if there is one.
///
/// # Errors
/// When a world cannot be set up, the machine fails in the base world, or a file cannot be
/// written.
pub fn fuzz_det(
    scenario: &Scenario,
    base: &EngineMaker,
    worlds: &mut [Box<dyn World>],
    seed: u64,
    out: Option<&Path>,
    control: &mut dyn Control,
) -> Result<FuzzReport, Failure> {
    let mut campaign = Campaign::new(scenario, base, worlds, seed);
    let found = campaign.run(control)?;
    let statistics = campaign.statistics.clone();
    let finding = match found {
        Some(found) => Some(finding(scenario, &found, out)?),
        None => None,
    };
    Ok(FuzzReport {
        schema: SCHEMA,
        name: scenario.name.clone(),
        seed,
        interrupted: false,
        statistics,
        finding,
    })
}

/// Describes what was found and writes its files.
fn finding(scenario: &Scenario, found: &Found, out: Option<&Path>) -> Result<Finding, Failure> {
    let surface = Surface::new(scenario, &found.candidate);
    let place = found.divergence.as_ref().map(|divergence| {
        let planned = divergence.transaction.and_then(|position| {
            let block = found.candidate.blocks.get(divergence.block)?;
            block.transactions.get(position)
        });
        let number = |position: usize| {
            u64::try_from(position)
                .unwrap_or(u64::MAX)
                .saturating_add(1)
        };
        Place {
            block: number(divergence.block),
            transaction: divergence.transaction.map(number),
            action: planned.map(|planned| describe(planned, scenario, &surface)),
            field: divergence.field.clone(),
            base: divergence.base.clone(),
            other: divergence.other.clone(),
            call: divergence.call.clone(),
            segment: locate(scenario, divergence, &found.segments),
        }
    });
    let file = match out {
        None => None,
        Some(folder) => {
            let name = format!("finding-{}", found.world.replace(':', "-"));
            let about = format!("the world {} differs here", found.world);
            let expected = expectations(&found.endings);
            let parts = (&found.candidate, expected.as_slice());
            Some(write_finding(folder, &name, &about, scenario, parts)?)
        }
    };
    let bundle = match &file {
        None => None,
        Some(file) => write_bundle(file)?,
    };
    Ok(Finding {
        world: found.world.clone(),
        about: found.about.clone(),
        transactions_before: found.transactions_before,
        transactions: found.candidate.transactions(),
        blocks: found.candidate.blocks.len(),
        tries: found.tries,
        place,
        file: file.map(|file| file.to_string_lossy().into_owned()),
        bundle: bundle.map(|file| file.to_string_lossy().into_owned()),
    })
}
