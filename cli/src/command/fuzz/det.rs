//! `lockstep fuzz det`: runs the same transactions in many worlds and looks for a difference.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::TIME_DEFAULT;
use super::worlds::chosen_worlds;
use crate::answer::Answer;
use crate::duration::duration;
use crate::exit::Exit;
use crate::fuzz_det::{
    FuzzReport, Progress, base_engine, catch_interrupts, fuzz_det, interrupted, seed_scenario,
};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// The arguments.
#[derive(Debug, Args)]
pub struct DetArguments {
    /// A scenario (.toml), whose transactions are the seed, or a contract (.wasm or .wat), for
    /// which transactions are made from its ABI
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
    /// Only these worlds, with commas between them; `lockstep fuzz worlds` lists all
    #[arg(long, value_name = "WORLDS", value_delimiter = ',')]
    worlds: Vec<String>,
    /// The folder for the scenario that shows a difference
    #[arg(long, value_name = "FOLDER", default_value = "fuzz-findings")]
    out: PathBuf,
    /// Print one JSON document (schema lockstep.fuzz.det/1)
    #[arg(long)]
    json: bool,
}

/// Searches, and answers with numbers or with the difference found.
pub(super) fn det(arguments: &DetArguments) -> Answer {
    match execute(arguments) {
        Ok(report) => answer(arguments.json, &report),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &DetArguments) -> Result<FuzzReport, Failure> {
    let mut worlds = chosen_worlds(&arguments.worlds)?;
    let scenario = seed_scenario(&arguments.file, arguments.seed)?;
    catch_interrupts()?;
    let time = arguments.time.or_else(|| {
        let unlimited = arguments.runs.is_none();
        unlimited.then_some(TIME_DEFAULT)
    });
    let mut progress = Progress::new(time, arguments.runs);
    let out = Some(arguments.out.as_path());
    let (base, seed) = (base_engine(), arguments.seed);
    let mut report = fuzz_det(&scenario, &base, &mut worlds, seed, out, &mut progress)?;
    progress.finish(&report.statistics);
    report.interrupted = interrupted();
    Ok(report)
}

fn answer(json: bool, report: &FuzzReport) -> Answer {
    let exit = match report.finding {
        Some(_) => Exit::Mismatch,
        None => Exit::Success,
    };
    let answer = Answer::new(json, report, report.text(), exit);
    let Some(finding) = &report.finding else {
        return answer;
    };
    let message = format!("the world {} differs from the base world", finding.world);
    let help = match &finding.file {
        Some(file) => format!("report it with {file} and the modules beside it"),
        None => "report it with the command and the seed".to_string(),
    };
    answer.remark(Problem::new(ProblemCode::Nondeterminism, message, help).to_string())
}
