//! `lockstep fuzz det`: runs the same transactions in many worlds and looks for a difference.

use clap::Args;

use super::search::SearchArguments;
use super::worlds::chosen_worlds;
use crate::answer::Answer;
use crate::fuzz_det::{FuzzReport, base_engine, fuzz_det_in};
use crate::interrupt::interrupted;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// The arguments.
#[derive(Debug, Args)]
pub struct DetArguments {
    #[command(flatten)]
    search: SearchArguments,
    /// Only these worlds, with commas between them; `lockstep fuzz worlds` lists all
    #[arg(long, value_name = "WORLDS", value_delimiter = ',')]
    worlds: Vec<String>,
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
    let (scenario, mut progress) = arguments.search.begin()?;
    let folders = arguments.search.folders();
    let (base, seed) = (base_engine(), arguments.search.seed);
    let worlds = worlds.as_mut_slice();
    let mut report = fuzz_det_in(&scenario, (&base, worlds), seed, folders, &mut progress)?;
    progress.finish(&report.statistics);
    report.interrupted = interrupted();
    Ok(report)
}

fn answer(json: bool, report: &FuzzReport) -> Answer {
    let answer = Answer::new(json, report, report.text(), report.exit());
    let problems = report.problems.iter();
    let answer = problems.fold(answer, |answer, problem| {
        answer.remark(format!("{problem}\n"))
    });
    let problem = match &report.finding {
        Some(finding) => {
            let message = format!("the world {} differs from the base world", finding.world);
            let help = match &finding.file {
                Some(file) => format!("report it with {file} and the modules beside it"),
                None => "report it with the command and the seed".to_string(),
            };
            Problem::new(ProblemCode::Nondeterminism, message, help)
        }
        None if report.is_idle() => {
            let message = "no method of any contract was entered, so nothing is known of the code";
            let help = "make the scenario instantiate the code and call what it exports; \
                        `lockstep check MODULE` lists its methods";
            Problem::new(ProblemCode::NothingEntered, message, help)
        }
        None => return answer,
    };
    answer.remark(problem.to_string())
}
