//! `lockstep replay`: executes a bundle without any state beside it.

use std::path::PathBuf;

use clap::Args;
use lockstep_gas_meter::Protocol;
use lockstep_vm::Machine;

use crate::answer::Answer;
use crate::module_file::read_bundle;
use crate::problem::Failure;
use crate::progress::Progress;
use crate::replay::{FinishedReplay, render, replay_bundle};
use crate::run::EngineChoice;

/// The arguments of `lockstep replay`.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The bundle, which `lockstep run SCENARIO --bundle FILE` wrote
    file: PathBuf,
    /// The engine: wasmi, wasmi1, wasmtime or winch (the last two need a build with
    /// --features wasmtime)
    #[arg(long, value_name = "NAME", default_value = "wasmi")]
    engine: String,
    /// Keep what native engines compile in this directory, and look there first
    #[arg(long, value_name = "FOLDER")]
    code_cache: Option<PathBuf>,
    /// Print one JSON document (schema lockstep.replay/1)
    #[arg(long)]
    json: bool,
}

/// Replays the bundle and says whether it came to what the bundle says.
pub fn replay_command(arguments: &ReplayArguments) -> Answer {
    match execute(arguments) {
        Ok(finished) => {
            let text = render(&finished.report);
            let answer = Answer::new(arguments.json, &finished.report, text, finished.exit);
            let problem = finished.problem.map(|problem| problem.to_string());
            answer.remark(problem.unwrap_or_default())
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &ReplayArguments) -> Result<FinishedReplay, Failure> {
    let engine = EngineChoice::parse(&arguments.engine)?
        .with_code_cache(arguments.code_cache.as_deref())?
        .only()?;
    let shown = arguments.file.to_string_lossy();
    let bytes = read_bundle(&arguments.file, &shown)?;
    let _progress = Progress::uncounted("replaying");
    let mut machine = Machine::new(Protocol::v1(), engine);
    replay_bundle(&bytes, &shown, &mut machine)
}
