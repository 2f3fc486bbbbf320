//! `lockstep fuzz run`: looks for calls that break a contract's invariants.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::TIME_DEFAULT;
use crate::answer::Answer;
use crate::duration::duration;
use crate::exit::Exit;
use crate::fuzz_det::{InvariantReport, Progress, catch_interrupts, fuzz_run, seed_scenario};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::value::grouped;

/// The arguments.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// A scenario (.toml), whose transactions are the seed, or a contract (.wasm or .wat)
    file: PathBuf,
    /// How long to search, for example 60s or 5m [default: 60s, unless --runs is given]
    #[arg(long, value_parser = duration)]
    time: Option<Duration>,
    /// How many candidates to run; the same seed and number give the same report
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// Where the random numbers begin
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder for the scenario that breaks an invariant
    #[arg(long, value_name = "FOLDER", default_value = "fuzz-findings")]
    out: PathBuf,
    /// Print one JSON document (schema lockstep.fuzz.run/1)
    #[arg(long)]
    json: bool,
}

/// Searches, and answers with numbers or with the calls found.
pub(super) fn run(arguments: &RunArguments) -> Answer {
    match execute(arguments) {
        Ok(report) => answer(arguments.json, &report),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &RunArguments) -> Result<InvariantReport, Failure> {
    let scenario = seed_scenario(&arguments.file, arguments.seed)?;
    catch_interrupts()?;
    let time = arguments.time.or_else(|| {
        let unlimited = arguments.runs.is_none();
        unlimited.then_some(TIME_DEFAULT)
    });
    let mut progress = Progress::new(time, arguments.runs);
    let out = Some(arguments.out.as_path());
    let report = fuzz_run(&scenario, arguments.seed, out, &mut progress)?;
    progress.finish(&report.statistics);
    Ok(report)
}

fn answer(json: bool, report: &InvariantReport) -> Answer {
    let statistics = &report.statistics;
    let mut text = format!(
        "{}: {} candidates, {} transactions, {} edges, seed {}\ninvariants: {}\n",
        report.name,
        grouped(statistics.candidates),
        grouped(statistics.transactions),
        statistics.edges,
        report.seed,
        report.invariants.join(", "),
    );
    let Some(violation) = &report.violation else {
        return Answer::new(json, report, text, Exit::Success);
    };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "\n{} came to {} after {} transactions, cut down from {}:",
        violation.invariant,
        violation.came_to,
        violation.transactions.len(),
        violation.transactions_before,
    );
    for transaction in &violation.transactions {
        let _ = writeln!(text, "  {transaction}");
    }
    let file = violation.file.clone().unwrap_or_default();
    let _ = writeln!(text, "written: {file}");
    let message = format!("{} does not hold", violation.invariant);
    let help = format!("`lockstep run {file}` shows it, and is a test once it is mended");
    let problem = Problem::new(ProblemCode::InvariantBroken, message, help);
    Answer::new(json, report, text, Exit::Unexpected).remark(problem.to_string())
}
