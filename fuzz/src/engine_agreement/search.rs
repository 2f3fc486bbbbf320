//! The search for a module on which engines differ, for as long as asked.

use std::process::ExitCode;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
use std::time::Instant;

use clap::Args;

use super::EngineJudge;
use crate::caught::caught;
use crate::control_flow::{module, narrow_module, recursive_module};
use crate::noted::{Noted, Noting};
use crate::oracles::Finding;

/// How long a program searches, and where it begins.
#[derive(Clone, Debug, Args)]
pub struct Search {
    /// Stop after so many seconds.
    #[arg(long, default_value_t = 60)]
    pub seconds: u64,
    /// Stop after so many modules, if that is sooner.
    #[arg(long, default_value_t = u64::MAX)]
    pub modules: u64,
    /// The first module's seed; the next module has the next one.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Make only modules that Wasmer takes, and wasm3 most of: at most one result, and no
    /// `memory.init`.
    #[arg(long)]
    pub narrow: bool,
    /// Where the seed in hand is noted, and how long one input may take.
    #[command(flatten)]
    pub noting: Noting,
}

impl Search {
    /// Runs the modules of the seeds from the first one on; one in four calls itself, unless only
    /// narrow ones are asked for. At the first difference it prints the seed, what differs and the
    /// module, and gives exit code 5; otherwise it prints what was run. A file for what is judged that
    /// cannot be written gives exit code 2.
    #[expect(
        clippy::disallowed_types,
        reason = "a fuzzing program stops by the clock"
    )]
    pub fn run(&self, judge: &mut EngineJudge) -> ExitCode {
        let start = Instant::now();
        let mut noted = match self.noting.begin() {
            Ok(noted) => noted,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(2);
            }
        };
        let mut modules = 0;
        while modules < self.modules && start.elapsed().as_secs() < self.seconds {
            if let Err(difference) = self.one(modules, judge, &mut noted) {
                noted.end();
                println!("{difference}");
                return ExitCode::from(5);
            }
            modules += 1;
        }
        noted.end();
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

    /// Makes the module of that number and runs it; a panic of the generator is a difference, too.
    fn one(&self, number: u64, judge: &mut EngineJudge, noted: &mut Noted) -> Result<(), Finding> {
        let seed = self.seed.wrapping_add(number);
        let noting = noted.judging("engines", seed);
        noting.map_err(|error| format!("what is judged cannot be noted: {error}"))?;
        let made = caught(|| {
            Ok(match number % 4 {
                _ if self.narrow => narrow_module(seed),
                3 => recursive_module(seed),
                _ => module(seed),
            })
        });
        let module = made.map_err(|finding| format!("seed {seed}: no module: {finding}"))?;
        judge.judge(seed, &module)
    }
}
