//! `lockstep run`: executes a scenario.

use std::path::Path;

use crate::answer::Answer;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::render::render;
use crate::run::{Finished, run, run_dry};
use crate::scenario::load;

/// Runs the scenario in `path`, each transaction as a dry run first if that is asked for, and
/// writes the observations, if a file for them is named.
pub fn run_command(path: &Path, json: bool, dry: bool, observations: Option<&Path>) -> Answer {
    match execute(path, dry, observations) {
        Ok(finished) => answer(json, &finished),
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(path: &Path, dry: bool, observations: Option<&Path>) -> Result<Finished, Failure> {
    let scenario = load(path, &path.to_string_lossy())?;
    let finished = match dry {
        true => run_dry(&scenario)?,
        false => run(&scenario)?,
    };
    if let Some(file) = observations {
        write_atomically(file, finished.observations.as_bytes())?;
    }
    Ok(finished)
}

fn answer(json: bool, finished: &Finished) -> Answer {
    let text = render(&finished.report);
    let answer = Answer::new(json, &finished.report, text, finished.exit);
    let problems: Vec<String> = finished.problems.iter().map(ToString::to_string).collect();
    answer.remark(problems.join("\n"))
}
