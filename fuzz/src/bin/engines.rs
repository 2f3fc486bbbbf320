//! Holds every engine against wasmi on generated modules, for as long as asked.
//!
//! `--seconds N --seed S` runs the modules of the seeds S, S + 1 and so on; one in four calls
//! itself. V8 takes part where there is a `node`. At the first difference it prints the seed, what
//! differs and the module, and ends with exit code 5; otherwise it prints what was run.

use std::process::ExitCode;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
use std::time::Instant;

use clap::Parser;
use lockstep_fuzz::control_flow::{module, recursive_module};
use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_fuzz::v8::V8Engine;

/// Holds every engine against wasmi on generated modules.
#[derive(Parser)]
struct Arguments {
    /// Stop after so many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Stop after so many modules, if that is sooner.
    #[arg(long, default_value_t = u64::MAX)]
    modules: u64,
    /// The first module's seed; the next module has the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn judge() -> Result<EngineJudge, String> {
    let judge = EngineJudge::new().map_err(|error| error.to_string())?;
    match V8Engine::is_installed() {
        true => judge.with_v8().map_err(|error| error.to_string()),
        false => Ok(judge),
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut judge = match judge() {
        Ok(judge) => judge,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(1);
        }
    };
    let start = Instant::now();
    let mut modules = 0;
    while modules < arguments.modules && start.elapsed().as_secs() < arguments.seconds {
        let seed = arguments.seed.wrapping_add(modules);
        let module = match modules % 4 {
            3 => recursive_module(seed),
            _ => module(seed),
        };
        if let Err(difference) = judge.judge(seed, &module) {
            println!("{difference}");
            return ExitCode::from(5);
        }
        modules += 1;
    }
    let seconds = start.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    let agreement = judge.agreement;
    let runs = agreement.runs * judge.names().count() as u64;
    println!(
        "ENGINES {} runs_per_s={:.0} {agreement:?}",
        judge.names().collect::<Vec<_>>().join(","),
        runs as f64 / seconds
    );
    ExitCode::SUCCESS
}
