//! `lockstep fuzz replay`: a finding once more, in the worlds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::Protocol;
use lockstep_vm::Machine;

use super::worlds::chosen_worlds;
use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{
    FUZZ_REPLAY_SCHEMA, Progress, ReplayedFinding, ReplayedWorld, base_engine, replay_finding,
};
use crate::interrupt::{answer_interrupts, interrupted};
use crate::module_file::read_bundle;
use crate::printable::printable;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::replay::replay_bundle;
use crate::run::said;
use crate::scenario::load;
use crate::text_table::{Side, TextTable};
use crate::value::counted;

/// The arguments.
#[derive(Debug, Args)]
pub struct ReplayFindingArguments {
    /// The finding: a scenario (.toml), which is executed in the base world and in the others, or a
    /// bundle (.bundle), which is executed on every engine
    file: PathBuf,
    /// Only these worlds, with commas between them; `lockstep fuzz worlds` lists all
    #[arg(long, value_name = "WORLDS", value_delimiter = ',')]
    worlds: Vec<String>,
    /// Print one JSON document (schema lockstep.fuzz.replay/1)
    #[arg(long)]
    json: bool,
}

/// Whether a file is a bundle and not a scenario.
pub(super) fn is_bundle(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "bundle")
}

/// Executes the finding and says whether it still differs.
pub(super) fn replay(arguments: &ReplayFindingArguments) -> Answer {
    match execute(arguments) {
        Ok(replayed) => answer(arguments.json, &replayed),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &ReplayFindingArguments) -> Result<ReplayedFinding, Failure> {
    answer_interrupts()?;
    let file = &arguments.file;
    let shown = file.to_string_lossy();
    if is_bundle(file) {
        let bytes = read_bundle(file, &shown)?;
        return on_engines(&bytes, &shown, &arguments.worlds);
    }
    let mut worlds = chosen_worlds(&arguments.worlds)?;
    let scenario = load(file, &shown)?;
    let mut progress = Progress::new(None, None);
    replay_finding(&scenario, &base_engine(), &mut worlds, &mut progress)
}

/// Executes a bundle on each engine, or on those of these worlds.
fn on_engines(bytes: &[u8], shown: &str, worlds: &[String]) -> Result<ReplayedFinding, Failure> {
    // Names that are no worlds are told as such.
    chosen_worlds(worlds)?;
    let is_engine =
        |world: &String| EngineKind::available().any(|kind| *world == format!("engine:{kind}"));
    if let Some(other) = worlds.iter().find(|world| !is_engine(world)) {
        let message = format!("a bundle is executed on engines, and the world {other} is none");
        let help = "name worlds that begin with `engine:`, or none; the finding's scenario is \
                    executed in every world";
        let problem = Problem::new(ProblemCode::NothingMatched, message, help);
        return Err(Failure::new(Exit::NothingMatched, problem));
    }
    let mut replayed = Vec::new();
    let mut is_ended = false;
    let mut transactions = 0;
    for kind in EngineKind::available() {
        let world = format!("engine:{kind}");
        if !worlds.is_empty() && !worlds.contains(&world) {
            continue;
        }
        is_ended = interrupted() && !replayed.is_empty();
        if is_ended {
            break;
        }
        let engine = kind.build().map_err(Failure::bug)?;
        let mut machine = Machine::new(Protocol::v1(), engine);
        let finished = replay_bundle(bytes, shown, &mut machine)?;
        let blocks = finished.report.blocks.iter();
        transactions = blocks.map(|block| block.transactions).sum();
        replayed.push(ReplayedWorld {
            world,
            differs: finished.exit == Exit::Mismatch,
            place: None,
            difference: finished.problem.map(|problem| problem.message),
        });
    }
    Ok(ReplayedFinding {
        schema: FUZZ_REPLAY_SCHEMA,
        name: shown.to_string(),
        transactions,
        interrupted: is_ended,
        idle: false,
        expectations_failed: Vec::new(),
        worlds: replayed,
        broken_invariants: Vec::new(),
    })
}

fn answer(json: bool, replayed: &ReplayedFinding) -> Answer {
    let mut text = format!(
        "{}: {}\n",
        printable(&replayed.name),
        counted(replayed.transactions, "transaction")
    );
    let mut table = TextTable::new(&[("world", Side::Left), ("verdict", Side::Left)]);
    for world in &replayed.worlds {
        let verdict = if world.differs { "differs" } else { "the same" };
        table.row(vec![printable(&world.world), verdict.to_string()]);
    }
    text.push_str(&table.aligned());
    // Writing to a String cannot fail.
    for world in &replayed.worlds {
        let place = world.place.as_ref().map(ToString::to_string);
        let in_words = || world.difference.as_deref().map(printable);
        if let Some(difference) = place.or_else(in_words) {
            let (world, difference) = (printable(&world.world), difference.trim_end());
            let _ = writeln!(text, "\n{world}:\n{difference}");
        }
    }
    for failed in &replayed.expectations_failed {
        let _ = writeln!(text, "\n{}", said(failed));
    }
    for broken in &replayed.broken_invariants {
        let _ = writeln!(text, "\n{} came to {}", broken.invariant, broken.came_to);
    }
    let answer = Answer::new(json, replayed, text, replayed.exit());
    match problem(replayed) {
        Some(problem) => answer.remark(problem.to_string()),
        None => answer,
    }
}

/// Why the command does not end with success.
fn problem(replayed: &ReplayedFinding) -> Option<Problem> {
    const SHOW: &str = "`lockstep fuzz show FILE` shows the transactions, and `lockstep fuzz tmin \
                        FILE` cuts them down";
    let (code, message, help) = match replayed.exit() {
        Exit::Mismatch => (ProblemCode::Nondeterminism, "it still differs", SHOW),
        Exit::Unexpected if !replayed.broken_invariants.is_empty() => (
            ProblemCode::InvariantBroken,
            "an invariant does not hold",
            SHOW,
        ),
        Exit::Unexpected => (
            ProblemCode::ExpectationFailed,
            "the base world does not come to what the scenario expects",
            "where it is a finding of another version it may show nothing any more; else find out \
             what changed the result, or correct the expectation",
        ),
        Exit::NothingMatched => (
            ProblemCode::NothingEntered,
            "no method of any contract was entered, so nothing is known of the code",
            "`lockstep fuzz show FILE` shows how each transaction ended",
        ),
        Exit::Interrupted => (
            ProblemCode::Interrupted,
            "interrupted; the worlds that are not shown were not asked",
            "run it again, or name the worlds with --worlds",
        ),
        _ => return None,
    };
    Some(Problem::new(code, message, help))
}
