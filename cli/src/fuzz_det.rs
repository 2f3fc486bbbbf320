//! The fuzzer for nondeterminism: the same transactions in many worlds, and nothing may differ.
//!
//! A campaign begins with a scenario. Its transactions are run, and changed copies of them
//! (`mutate`, with `arguments` of the ABI's types), first in the base world (`base`): the
//! interpreter with probes, which count the edges between segments of the code that are reached
//! (`coverage`), so that candidates that reach something new are kept. The same signed blocks
//! (`history`) are then executed in other worlds (`world`), and what they come to (`execution`) is
//! compared (`divergence`): receipts, host calls, state, roots. The first difference ends the
//! campaign: it is cut down (`minimise`, with calls by themselves, `nested`), its place in the code is
//! looked for (`locate`, and `results` for the operator that computes something else), and it is
//! written as a scenario (`finding_file`). A search that fails leaves its candidate (`crash`).
//!
//! Candidates that reach something new can be kept (`corpus`, `corpus_folder`) and made fewer
//! (`cover`). What was found can be replayed (`again`), shown (`shown`) and cut down once more
//! (`cut`).
//!
//! `docs/fuzzing.md` is about using it.

mod again;
mod arguments;
mod ask;
mod base;
mod based;
mod bundled;
mod campaign;
mod candidate;
mod control;
mod corpus;
mod corpus_folder;
mod cover;
mod coverage;
mod crash;
mod cut;
mod description;
mod divergence;
mod execution;
mod expected;
mod finding_bundle;
mod finding_file;
mod finding_name;
mod history;
mod invariants;
mod locate;
mod minimise;
mod mutate;
mod nested;
mod perform;
mod profiled;
mod progress;
mod record;
mod report;
mod results;
mod seeds;
mod shown;
mod surface;
mod watched;
mod way;
mod world;

use std::path::Path;
use std::sync::Arc;

use lockstep_vm::WasmiEngine;

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::Scenario;
use crate::shell_word::shell_word;
pub(crate) use again::FUZZ_REPLAY_SCHEMA;
pub use again::{ReplayedFinding, ReplayedWorld, replay_finding};
pub use bundled::bundle_of;
use campaign::Campaign;
use candidate::Candidate;
pub use control::Control;
use corpus_folder::refuse_unwritable;
pub use cover::{CoverReport, CoveringEntry, cover};
pub use cut::{CutReport, cut};
use description::describe;
pub use divergence::{CallDifference, Divergence, compare};
pub use execution::{
    BlockOutcome, Bytes, CallOutcome, Change, Ending, Execution, FrameOutcome, TransactionOutcome,
};
use expected::expectations;
use finding_bundle::{differs_when_replayed, write_bundle};
use finding_file::write_finding;
use finding_name::finding_name;
pub use history::{Genesis, History, SignedBlock};
pub use invariants::{
    BrokenInvariant, CalledInvariant, InvariantReport, Violation, fuzz_run, fuzz_run_in,
};
use locate::locate;
pub use locate::{SegmentPlace, Ways};
pub use perform::{Manner, Performed, perform};
pub(crate) use progress::Progress;
pub use record::Watch;
use report::Found;
pub use report::{Finding, FuzzReport, Place, Statistics, WorldStatistics};
use results::first_result;
pub use results::{FirstResult, ResultPlace};
pub(crate) use seeds::seed_scenario;
pub use shown::{ShownFinding, ShownTransaction, show_bundle, show_scenario};
use surface::Surface;
pub use way::{Reached, Stretch, Way};
pub use world::{
    Answer, Cadence, EngineMaker, NamedEngine, Variation, World, standard_worlds, taking_part,
};
pub(crate) use world::{
    Rules, SEPARATOR, answer_request, first_words, held, kill_asked, one_of, other_build,
};

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
/// When a world cannot be set up, the machine fails or panics in the base world, or nothing can be
/// written into `out`. The candidate that was under way is then written there as `crash.toml`. Once
/// something is found, that its files cannot be written is one of the report's problems.
pub fn fuzz_det(
    scenario: &Scenario,
    base: &EngineMaker,
    worlds: &mut [Box<dyn World>],
    seed: u64,
    out: Option<&Path>,
    control: &mut dyn Control,
) -> Result<FuzzReport, Failure> {
    let folders = Folders { out, corpus: None };
    fuzz_det_in(scenario, (base, worlds), seed, folders, control)
}

/// Where a search writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Folders<'p> {
    /// Where a finding goes.
    pub out: Option<&'p Path>,
    /// Candidates that reached something new: those that are there are run first, and each of this
    /// search is added when it is found.
    pub corpus: Option<&'p Path>,
}

/// As [`fuzz_det`], in these folders, from a base world's engine and other worlds.
///
/// # Errors
/// As [`fuzz_det`], and when the corpus cannot be read or written.
pub fn fuzz_det_in(
    scenario: &Scenario,
    (base, worlds): (&EngineMaker, &mut [Box<dyn World>]),
    seed: u64,
    folders: Folders<'_>,
    control: &mut dyn Control,
) -> Result<FuzzReport, Failure> {
    refuse_without_accounts(scenario)?;
    let mut campaign = Campaign::new(scenario, base, worlds, (seed, folders));
    let kept = campaign.prepare(control)?;
    refuse_unwritable(folders.corpus)?;
    let mut problems = Vec::new();
    let found = crash::caught(|| {
        let found = campaign.run(kept, control)?;
        Ok(found.map(|found| finding(scenario, &found, folders.out, &mut problems)))
    });
    let left = (campaign.corpus(), campaign.under_way());
    let (finding, unsaved) = crash::kept(found, scenario, folders.out, left)?;
    problems.extend(unsaved);
    let statistics = campaign.statistics.clone();
    Ok(FuzzReport {
        schema: SCHEMA,
        name: scenario.name.clone(),
        seed,
        interrupted: false,
        codes: scenario.codes.len(),
        statistics,
        finding,
        problems,
    })
}

/// Refuses a scenario that nobody can send a transaction in.
fn refuse_without_accounts(scenario: &Scenario) -> Result<(), Failure> {
    if scenario.accounts.is_empty() {
        let message = "the scenario has no accounts, so nobody can send a transaction";
        let help = "give it one or more in [accounts]";
        let problem = Problem::new(ProblemCode::NothingEntered, message, help);
        return Err(Failure::new(Exit::NothingMatched, problem));
    }
    Ok(())
}

/// Where a candidate's executions part, without the place in the code.
fn place(scenario: &Scenario, candidate: &Candidate, divergence: &Divergence) -> Place {
    let surface = Surface::new(scenario, candidate);
    let planned = divergence.transaction.and_then(|position| {
        let block = candidate.blocks.get(divergence.block)?;
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
        action: planned.map(|planned| describe(&planned.action, &scenario.names, &surface)),
        field: divergence.field.clone(),
        base: divergence.base.clone(),
        other: divergence.other.clone(),
        call: divergence.call.clone(),
        segment: None,
        result: None,
    }
}

/// Describes what was found and writes its files. That one could not be written is one of the
/// problems.
fn finding(
    scenario: &Scenario,
    found: &Found,
    out: Option<&Path>,
    problems: &mut Vec<Problem>,
) -> Finding {
    let (divergence, results) = (found.divergence.as_ref(), found.results.as_ref());
    let place = divergence.map(|divergence| Place {
        segment: locate(scenario, divergence, &found.segments),
        result: results.and_then(|results| first_result(scenario, results)),
        ..place(scenario, &found.candidate, divergence)
    });
    let file = out.and_then(|folder| {
        // A world in another build has a path in its name.
        let name = finding_name(&found.world);
        let about = format!("the world {} differs here", found.world);
        let expected = expectations(scenario, &found.candidate, &found.endings);
        let parts = (&found.candidate, expected.as_slice());
        written(
            write_finding(folder, &name, &about, scenario, parts),
            problems,
        )
    });
    let bundle = file.as_deref().map(write_bundle);
    let bundle = bundle.and_then(|made| written(made, problems).flatten());
    let replay = file.as_ref().map(|file| {
        let bundle = bundle
            .as_ref()
            .map(|(path, bytes)| (path.as_path(), &bytes[..]));
        replay_command(found, file, bundle)
    });
    Finding {
        world: found.world.clone(),
        about: found.about.clone(),
        transactions_before: found.transactions_before,
        transactions: found.candidate.transactions(),
        blocks: found.candidate.blocks.len(),
        tries: found.tries,
        place,
        file: file.map(|file| file.to_string_lossy().into_owned()),
        bundle: bundle.map(|(path, _)| path.to_string_lossy().into_owned()),
        replay,
    }
}

/// What was written, if it was. If not, that is one of the problems.
fn written<T>(result: Result<T, Failure>, problems: &mut Vec<Problem>) -> Option<T> {
    result
        .map_err(|failure| problems.extend(failure.problems))
        .ok()
}

/// The command that shows a finding again, whose scenario is this file. That of the bundle is tried.
fn replay_command(found: &Found, file: &Path, bundle: Option<(&Path, &[u8])>) -> String {
    let world = &found.world;
    if let (Some(engine), Some((bundle, bytes)), Some(name)) =
        (&found.engine, bundle, world.strip_prefix("engine:"))
        && differs_when_replayed(bytes, engine)
    {
        let bundle = bundle.to_string_lossy();
        return format!(
            "lockstep replay {} --engine {}",
            shell_word(&bundle),
            shell_word(name)
        );
    }
    let file = file.to_string_lossy();
    let (file, world) = (shell_word(&file), shell_word(world));
    format!("lockstep fuzz replay {file} --worlds {world}")
}
