//! Holds Wasmer's one-pass compiler against wasmi: each way in which a run can end, the corpus of
//! incidents, and then generated modules for as long as asked.
//!
//! `--seconds N --seed S` runs the modules of the seeds S, S + 1 and so on, as `engines` of
//! `lockstep-fuzz` does. At the first difference it prints what differs, with the seed and the module
//! or with the file, and ends with exit code 5; otherwise it prints what was run.

use std::process::ExitCode;

use clap::Parser;
use lockstep_fuzz::endings::check_endings;
use lockstep_fuzz::engine_agreement::{EngineJudge, Search};
use lockstep_fuzz::incidents::{AMPLE_GAS, hold_engines};
use lockstep_wasmer::{NAME, WasmerEngine};

/// Gas under the prices of odd seeds, which are some twelve times as high.
const HIGH_GAS: u64 = 12 * AMPLE_GAS;

/// Holds Wasmer's one-pass compiler against wasmi.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    search: Search,
}

fn judge() -> Result<EngineJudge, String> {
    let judge = EngineJudge::new().map_err(|error| error.to_string())?;
    Ok(judge.with_engine(NAME, Box::new(WasmerEngine::new())))
}

/// What is not generated.
fn fixed() -> Result<(), String> {
    let endings = check_endings(&WasmerEngine::new(), |completion| completion)?;
    let mut judge = judge()?;
    hold_engines(&mut judge, &[(0, AMPLE_GAS), (1, HIGH_GAS)])?;
    println!("ENDINGS {endings}");
    println!("INCIDENTS {:?}", judge.agreement);
    Ok(())
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(difference) = fixed() {
        println!("{difference}");
        return ExitCode::from(5);
    }
    match judge() {
        Ok(mut judge) => arguments.search.run(&mut judge),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}
