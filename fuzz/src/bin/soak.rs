//! Runs the oracles on mutated, random and generated input for as long as asked.
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
use lockstep_fuzz::{ORACLES, SEEDED, Seed, corpus};

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
    /// Only these oracles, with commas between them; all of them unless stated.
    #[arg(long, value_delimiter = ',')]
    oracles: Vec<String>,
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

/// What an oracle takes.
enum Takes {
    Bytes(fn(&[u8]) -> Result<bool, String>),
    Seed(fn(u64) -> Result<bool, String>),
}

/// An oracle by its name.
struct Named {
    name: &'static str,
    takes: Takes,
}

/// Every oracle.
fn all() -> impl Iterator<Item = Named> {
    let of_bytes = ORACLES.iter().map(|oracle| Named {
        name: oracle.name,
        takes: Takes::Bytes(oracle.judge),
    });
    let of_seeds = SEEDED.iter().map(|oracle| Named {
        name: oracle.name,
        takes: Takes::Seed(oracle.judge),
    });
    of_bytes.chain(of_seeds)
}

impl Named {
    /// Judges the input of a seed. A finding comes with the input as text, if it has one.
    fn judge(&self, seed: u64, seeds: &[Seed]) -> Result<bool, (String, String)> {
        match self.takes {
            Takes::Seed(judge) => judge(seed).map_err(|finding| (finding, String::new())),
            Takes::Bytes(judge) => {
                let mine = seeds.iter().filter(|seed| seed.oracle == self.name);
                let mine: Vec<&Seed> = mine.collect();
                let bytes = input(&mut Rng::new(seed), &mine);
                judge(&bytes).map_err(|finding| (finding, hexadecimal(&bytes)))
            }
        }
    }
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
    let oracles: Vec<Named> = all()
        .filter(|oracle| {
            arguments.oracles.is_empty() || arguments.oracles.contains(&oracle.name.into())
        })
        .collect();
    if oracles.is_empty() {
        let names: Vec<&str> = all().map(|oracle| oracle.name).collect();
        eprintln!("error: none of the oracles has such a name");
        eprintln!("help: name some of {}", names.join(","));
        return ExitCode::from(2);
    }
    let deadline = Instant::now() + Duration::from_secs(arguments.seconds);
    let mut counts = vec![(0_u64, 0_u64, Duration::ZERO); oracles.len()];
    let mut executions = 0;
    while executions < arguments.executions && Instant::now() < deadline {
        // The slowest does not take the time of all others: the one that had least is next.
        let least = (0..oracles.len()).min_by_key(|position| counts[*position].2);
        let position = least.unwrap_or_default();
        let oracle = &oracles[position];
        let seed = arguments.seed.wrapping_add(counts[position].0);
        let begun = Instant::now();
        let judged = oracle.judge(seed, &seeds);
        counts[position].2 += begun.elapsed();
        match judged {
            Ok(accepted) => {
                counts[position].0 += 1;
                counts[position].1 += u64::from(accepted);
            }
            Err((finding, input)) => {
                println!("{}: seed {seed}: {finding}\n{input}", oracle.name);
                return ExitCode::from(5);
            }
        }
        executions += 1;
    }
    for (oracle, (judged, accepted, taken)) in oracles.iter().zip(counts) {
        let rate = judged as f64 / taken.as_secs_f64().max(f64::EPSILON);
        println!(
            "{}: {judged} inputs, {accepted} of them accepted, no finding, {rate:.0} executions/s",
            oracle.name
        );
    }
    ExitCode::SUCCESS
}
