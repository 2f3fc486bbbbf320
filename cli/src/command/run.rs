//! `lockstep run`: executes a scenario.

use std::path::PathBuf;

use clap::Args;

use crate::answer::Answer;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::render::render;
use crate::run::{Bundled, Finished, run, run_and_bundle, run_dry};
use crate::scenario::load;

/// The arguments of `lockstep run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The scenario, a TOML file
    scenario: PathBuf,
    /// Print one JSON document (schema lockstep.run/1)
    #[arg(long)]
    json: bool,
    /// Before each transaction, say what it will cost, the smallest gas limit that succeeds,
    /// how much of every limit it uses, and the keys it reads and writes
    #[arg(long)]
    dry_run: bool,
    /// Write one line per host call to this file
    #[arg(long, value_name = "FILE")]
    observations: Option<PathBuf>,
    /// Write the blocks, with all that it takes to execute them again, to this file; `lockstep
    /// replay` executes it
    #[arg(long, value_name = "FILE.bundle")]
    bundle: Option<PathBuf>,
    /// Bundle only the block at this height, from 1
    #[arg(long, value_name = "HEIGHT", requires = "bundle")]
    bundle_block: Option<u64>,
}

/// Runs the scenario, each transaction as a dry run first if that is asked for, and writes the
/// observations and the bundle, if files for them are named.
pub fn run_command(arguments: &RunArguments) -> Answer {
    match execute(arguments) {
        Ok(finished) => answer(arguments.json, &finished),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &RunArguments) -> Result<Finished, Failure> {
    let path = &arguments.scenario;
    let scenario = load(path, &path.to_string_lossy())?;
    let finished = match (&arguments.bundle, arguments.dry_run) {
        (Some(file), dry) => {
            let which = arguments.bundle_block.map_or(Bundled::All, Bundled::Block);
            let (finished, bundle) = run_and_bundle(&scenario, dry, which)?;
            write_atomically(file, &bundle)?;
            finished
        }
        (None, true) => run_dry(&scenario)?,
        (None, false) => run(&scenario)?,
    };
    if let Some(file) = &arguments.observations {
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
