//! `lockstep replay`: executes a bundle without any state beside it.

use std::path::PathBuf;

use clap::Args;
use lockstep_gas_meter::Protocol;
use lockstep_vm::Machine;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::module_file::read_bundle;
use crate::problem::Failure;
use crate::progress::Progress;
use crate::replay::{FinishedReplay, render, replay_bundle_on};
use crate::run::EngineChoice;

/// The arguments of `lockstep replay`.
#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The bundle, which `lockstep run SCENARIO --bundle FILE` wrote
    file: PathBuf,
    /// The engine: wasmi, wasmi1, wasmtime or winch (the last two need a build with
    /// --features wasmtime). One is compared with the receipts and roots in the bundle; several
    /// with commas between them, or `lockstep` for all, also with each other, in every host call
    /// and in what each frame leaves in its memory and globals
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
        Ok((finished, remark)) => {
            let text = render(&finished.report);
            let answer = Answer::new(arguments.json, &finished.report, text, finished.exit);
            let problem = finished.problem.map(|problem| problem.to_string());
            answer.remark(remark).remark(problem.unwrap_or_default())
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

/// The replay, and what is to be said of the engines.
fn execute(arguments: &ReplayArguments) -> Result<(FinishedReplay, String), Failure> {
    let engines =
        EngineChoice::parse(&arguments.engine)?.with_code_cache(arguments.code_cache.as_deref())?;
    let protocol = Protocol::v1();
    let mut beside = engines.side_by_side(&protocol)?;
    let mut machine = Machine::new(protocol, engines.first()?);
    let shown = arguments.file.to_string_lossy();
    let bytes = read_bundle(&arguments.file, &shown)?;
    let _progress = Progress::uncounted("replaying");
    let finished = replay_bundle_on((&mut machine, &mut beside), &bytes, &shown)?;
    let remark = match finished.exit {
        Exit::Success => engines.summary(finished.transactions()),
        _ => String::new(),
    };
    Ok((finished, remark))
}
