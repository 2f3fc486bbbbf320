//! Holds every engine against wasmi on generated modules, for as long as asked.
//!
//! `--seconds N --seed S` runs the modules of the seeds S, S + 1 and so on; one in four calls
//! itself. V8 takes part where there is a `node`, and wasm3 where there is a `python3` with its
//! package. At the first difference it prints the seed, what differs and the module, and ends with
//! exit code 5; otherwise it prints what was run.

use std::process::ExitCode;

use clap::Parser;
use lockstep_fuzz::engine_agreement::{EngineJudge, Search};
use lockstep_fuzz::v8::V8Engine;
use lockstep_fuzz::wasm3::Wasm3Engine;

/// Holds every engine against wasmi on generated modules.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    search: Search,
}

fn judge() -> Result<EngineJudge, String> {
    let mut judge = EngineJudge::new().map_err(|error| error.to_string())?;
    if V8Engine::is_installed() {
        judge = judge.with_v8().map_err(|error| error.to_string())?;
    }
    if Wasm3Engine::is_installed() {
        judge = judge.with_wasm3().map_err(|error| error.to_string())?;
    }
    Ok(judge)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match judge() {
        Ok(mut judge) => arguments.search.run(&mut judge),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}
