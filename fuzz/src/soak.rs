//! The search for an input on which an oracle finds something, for as long as asked.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
use std::time::Instant;

use clap::Args;

use crate::caught::caught;
use crate::corpus::{self, Seed};
use crate::generators::{Rng, mutate, random_bytes};
use crate::incidents::incidents;
use crate::noted::{Noted, Noting};
use crate::oracles::Finding;
use crate::{ORACLES, SEEDED};

/// How long a program searches without `--seconds` and `--executions`.
const SECONDS: u64 = 60;

/// What a program searches with, and for how long.
#[derive(Clone, Debug, Args)]
pub struct Soak {
    /// Stop after so many seconds; 60 unless this or --executions is stated.
    #[arg(long)]
    pub seconds: Option<u64>,
    /// Stop after so many inputs, if that is sooner. The oracles take turns then; otherwise each has
    /// the same time.
    #[arg(long)]
    pub executions: Option<u64>,
    /// The first input's seed; the next input has the next one.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only these oracles, with commas between them; all of them unless stated.
    #[arg(long, value_delimiter = ',')]
    pub oracles: Vec<String>,
    /// A folder with modules to start from.
    #[arg(long, default_value = "contracts/artifacts")]
    pub modules: PathBuf,
    /// Where the seed in hand is noted, and how long one input may take.
    #[command(flatten)]
    pub noting: Noting,
}

/// What an oracle takes.
enum Takes {
    Bytes(fn(&[u8]) -> Result<bool, Finding>),
    Seed(fn(u64) -> Result<bool, Finding>),
}

/// An oracle by its name.
struct Named {
    name: &'static str,
    takes: Takes,
}

/// What an oracle judged so far.
#[derive(Clone, Copy, Default)]
struct Tally {
    judged: u64,
    accepted: u64,
    taken: Duration,
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

/// The oracles of these names, or all when there are none.
///
/// # Errors
/// The names that no oracle has.
fn chosen(names: &[String]) -> Result<Vec<Named>, Vec<&str>> {
    let is_unknown = |name: &&str| all().all(|known| known.name != *name);
    let unknown = names.iter().map(String::as_str).filter(is_unknown);
    let unknown: Vec<&str> = unknown.collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let is_chosen =
        |oracle: &Named| names.is_empty() || names.iter().any(|name| name == oracle.name);
    Ok(all().filter(is_chosen).collect())
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

impl Named {
    /// Judges the input of a seed. A finding is the line to print, and the input as text, if it has
    /// one. A panic is a finding, too.
    fn judge(&self, seed: u64, seeds: &[Seed]) -> Result<bool, String> {
        let mut bytes = Vec::new();
        let judged = caught(|| match self.takes {
            Takes::Seed(judge) => judge(seed),
            Takes::Bytes(judge) => {
                let mine = seeds.iter().filter(|seed| seed.oracle == self.name);
                bytes = input(&mut Rng::new(seed), &mine.collect::<Vec<_>>());
                judge(&bytes)
            }
        });
        judged.map_err(|finding| {
            let (name, input) = (self.name, hexadecimal(&bytes));
            format!("{name}: seed {seed}: {finding}\n{input}")
        })
    }
}

impl Soak {
    /// Runs the oracles. At the first finding it prints the oracle, the seed and the input in
    /// hexadecimal, and gives exit code 5; otherwise it prints what was run. A name that no oracle
    /// has and a folder that cannot be read give exit code 2.
    pub fn run(&self) -> ExitCode {
        let mut seeds = corpus::built_in();
        seeds.extend(incidents().into_iter().map(|incident| Seed {
            oracle: "module",
            bytes: incident.module,
        }));
        match corpus::modules_in(&self.modules) {
            Ok(modules) => seeds.extend(modules),
            Err(error) => {
                eprintln!("error: {}: {error}", self.modules.display());
                eprintln!("help: name a folder with .wasm files: --modules FOLDER");
                return ExitCode::from(2);
            }
        }
        let oracles = match chosen(&self.oracles) {
            Ok(oracles) => oracles,
            Err(unknown) => {
                let names: Vec<&str> = all().map(|oracle| oracle.name).collect();
                eprintln!("error: there is no oracle {}", unknown.join(", "));
                eprintln!("help: name some of {}", names.join(","));
                return ExitCode::from(2);
            }
        };
        let mut noted = match self.noting.begin() {
            Ok(noted) => noted,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(2);
            }
        };
        let searched = self.search(&oracles, &seeds, &mut noted);
        noted.end();
        match searched {
            Ok(tallies) => report(&oracles, &tallies),
            Err(finding) => {
                println!("{finding}");
                return ExitCode::from(5);
            }
        }
        ExitCode::SUCCESS
    }

    /// Gives the oracles their inputs until there were enough.
    ///
    /// # Errors
    /// The first finding.
    #[expect(
        clippy::disallowed_types,
        reason = "a fuzzing program stops by the clock"
    )]
    fn search(
        &self,
        oracles: &[Named],
        seeds: &[Seed],
        noted: &mut Noted,
    ) -> Result<Vec<Tally>, Finding> {
        let start = Instant::now();
        let seconds_max = match (self.seconds, self.executions) {
            (None, None) => SECONDS,
            (seconds, _) => seconds.unwrap_or(u64::MAX),
        };
        let executions_max = self.executions.unwrap_or(u64::MAX);
        let mut tallies = vec![Tally::default(); oracles.len()];
        let mut executions = 0;
        while executions < executions_max && start.elapsed().as_secs() < seconds_max {
            let position = self.next(executions, &tallies);
            let (oracle, tally) = (&oracles[position], &mut tallies[position]);
            let seed = self.seed.wrapping_add(tally.judged);
            let noting = noted.judging(oracle.name, seed);
            noting.map_err(|error| format!("what is judged cannot be noted: {error}"))?;
            let begun = Instant::now();
            let accepted = oracle.judge(seed, seeds)?;
            tally.taken += begun.elapsed();
            tally.judged += 1;
            tally.accepted += u64::from(accepted);
            executions += 1;
        }
        Ok(tallies)
    }

    /// The position of the oracle that is next.
    fn next(&self, executions: u64, tallies: &[Tally]) -> usize {
        if self.executions.is_some() {
            // Whatever the clock says, the same inputs.
            return (executions % tallies.len() as u64) as usize;
        }
        // The slowest does not take the time of all others: the one that had least is next.
        let least = (0..tallies.len()).min_by_key(|position| tallies[*position].taken);
        least.unwrap_or_default()
    }
}

fn report(oracles: &[Named], tallies: &[Tally]) {
    for (oracle, tally) in oracles.iter().zip(tallies) {
        let rate = tally.judged as f64 / tally.taken.as_secs_f64().max(f64::EPSILON);
        println!(
            "{}: {} inputs, {} of them accepted, no finding, {rate:.0} executions/s",
            oracle.name, tally.judged, tally.accepted
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Named, Noting, Rng, Soak, Takes, Tally, hexadecimal, input};

    fn soak(executions: Option<u64>) -> Soak {
        Soak {
            seconds: None,
            executions,
            seed: 5,
            oracles: Vec::new(),
            modules: "contracts/artifacts".into(),
            noting: Noting {
                note: Some(std::env::temp_dir().join(format!("soak-{}", std::process::id()))),
                hang: 0,
            },
        }
    }

    #[test]
    fn a_panic_is_printed_with_oracle_seed_and_input() {
        let takes = [
            Takes::Seed(|_| panic!("of the oracle")),
            Takes::Bytes(|_| panic!("of the oracle")),
        ];
        let found = takes.map(|takes| {
            let oracle = Named {
                name: "planted",
                takes,
            };
            let soak = soak(Some(1));
            let mut noted = soak.noting.noted().expect("a file");
            let found = soak.search(&[oracle], &[], &mut noted);
            noted.end();
            found.map(drop)
        });
        let bytes = hexadecimal(&input(&mut Rng::new(5), &[]));
        assert!(!bytes.is_empty());
        let line = "planted: seed 5: panic: of the oracle\n";
        assert_eq!(
            found,
            [Err(line.to_string()), Err(format!("{line}{bytes}"))]
        );
    }

    #[test]
    fn oracles_take_turns_when_inputs_are_counted() {
        let slow = Tally {
            taken: Duration::from_secs(1),
            ..Tally::default()
        };
        let tallies = [slow, Tally::default()];
        let counted = soak(Some(8));
        let turns: Vec<usize> = (0..4).map(|turn| counted.next(turn, &tallies)).collect();
        assert_eq!(turns, [0, 1, 0, 1]);
        assert_eq!(soak(None).next(0, &tallies), 1);
    }
}
