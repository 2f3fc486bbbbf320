//! `lockstep run`: executes a scenario.

use std::path::Path;

use crate::answer::Answer;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::render::render;
use crate::run::{EngineChoice, Finished, run_on};
use crate::scenario::load;

/// How a scenario is run, as the arguments say it.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<'a> {
    /// Print one JSON document.
    pub json: bool,
    /// Run each transaction as a dry run first.
    pub dry: bool,
    /// The engine's name; see [`EngineChoice::parse`].
    pub engine: &'a str,
    /// Where native engines keep compiled code.
    pub code_cache: Option<&'a Path>,
    /// Where the observations are written.
    pub observations: Option<&'a Path>,
}

/// Runs the scenario in `path`.
pub fn run_command(path: &Path, options: RunOptions<'_>) -> Answer {
    let json = options.json;
    match execute(path, options) {
        Ok(finished) => answer(json, &finished),
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(path: &Path, options: RunOptions<'_>) -> Result<Finished, Failure> {
    let mut engines = EngineChoice::parse(options.engine)?;
    if let Some(directory) = options.code_cache {
        engines = engines.with_code_cache(directory)?;
    }
    let scenario = load(path, &path.to_string_lossy())?;
    let finished = run_on(&scenario, &engines, options.dry)?;
    if let Some(file) = options.observations {
        write_atomically(file, finished.observations.as_bytes())?;
    }
    Ok(finished)
}

fn answer(json: bool, finished: &Finished) -> Answer {
    let text = render(&finished.report);
    let answer = Answer::new(json, &finished.report, text, finished.exit);
    let problems: Vec<String> = finished.problems.iter().map(ToString::to_string).collect();
    answer
        .remark(finished.remark.as_str())
        .remark(problems.join("\n"))
}
