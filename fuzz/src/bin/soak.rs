//! Runs the oracles on mutated and random input for as long as asked.
//!
//! A finding is printed with the oracle, the seed and the input in hexadecimal, and the program
//! ends with exit code 5. The same `--seed` and `--executions` give the same inputs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
use std::time::Instant;

use clap::Parser;
use lockstep_fuzz::generators::{Rng, mutate, random_bytes};
use lockstep_fuzz::incidents::incidents;
use lockstep_fuzz::{ORACLES, Oracle, Seed, corpus};

/// Runs every oracle on hostile input.
#[derive(Parser)]
struct Arguments {
    /// Stop after so many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Stop after so many inputs, if that is sooner.
    #[arg(long, default_value_t = u64::MAX)]
    executions: u64,
    /// The first input's seed; the next input has the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A folder with modules to start from.
    #[arg(long, default_value = "contracts/artifacts")]
    modules: PathBuf,
}

/// One input in eight is random bytes; the others are mutated seeds.
fn input(rng: &mut Rng, seeds: &[&Seed]) -> Vec<u8> {
    if seeds.is_empty() || rng.below(8) == 0 {
        return random_bytes(rng, 512);
    }
    let seed = seeds[rng.below(seeds.len())];
    mutate(rng, &seed.bytes)
}

/// Input in hexadecimal, for a report.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut seeds = corpus::built_in();
    seeds.extend(incidents().into_iter().map(|incident| Seed {
        oracle: "module",
        bytes: incident.module,
    }));
    match corpus::modules_in(&arguments.modules) {
        Ok(modules) => seeds.extend(modules),
        Err(error) => {
            eprintln!("error: {}: {error}", arguments.modules.display());
            eprintln!("help: name a folder with .wasm files: --modules FOLDER");
            return ExitCode::from(2);
        }
    }
    let deadline = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut counts = vec![(0_u64, 0_u64, Duration::ZERO); ORACLES.len()];
    let mut executions = 0;
    while executions < arguments.executions && Instant::now() < deadline {
        let position = (executions % ORACLES.len() as u64) as usize;
        let oracle: &Oracle = &ORACLES[position];
        let seed = arguments.seed.wrapping_add(executions);
        let mine: Vec<&Seed> = seeds
            .iter()
            .filter(|seed| seed.oracle == oracle.name)
            .collect();
        let bytes = input(&mut Rng::new(seed), &mine);
        let begun = Instant::now();
        let judged = (oracle.judge)(&bytes);
        counts[position].2 += begun.elapsed();
        match judged {
            Ok(accepted) => {
                counts[position].0 += 1;
                counts[position].1 += u64::from(accepted);
            }
            Err(finding) => {
                println!(
                    "{}: seed {seed}: {finding}\n{}",
                    oracle.name,
                    hexadecimal(&bytes)
                );
                return ExitCode::from(5);
            }
        }
        executions += 1;
    }
    for (oracle, (judged, accepted, taken)) in ORACLES.iter().zip(counts) {
        let rate = judged as f64 / taken.as_secs_f64().max(f64::EPSILON);
        println!(
            "{}: {judged} inputs, {accepted} of them accepted, no finding, {rate:.0} executions/s",
            oracle.name
        );
    }
    ExitCode::SUCCESS
}
