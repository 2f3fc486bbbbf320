//! Hill climbing over genomes.
//!
//! The search first measures every kind of statement alone, then climbs from the dearest of them
//! in turn. It is decided by the seed, but for the clock: times decide what is kept. A time that
//! is too good by accident would stay for ever, so the best few are measured again, longer, and
//! only that counts.

use std::time::Duration;

use lockstep_gas_meter::Protocol;

use super::bench::Bench;
use super::genome::Genome;
use super::render::render;
use crate::calibrate::Effort;
use crate::calibrate::clock::Deadline;
use crate::problem::Failure;
use crate::random::Random;

/// What the search found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The module in text form.
    pub(crate) text: String,
    /// Its nanoseconds per gas.
    pub(crate) ns_per_gas: f64,
    /// How many modules were measured.
    pub(crate) measured: u64,
    /// How often the search began anew.
    pub(crate) climbs: u64,
    /// How many changed modules were measured in them.
    pub(crate) changes: u64,
}

/// After so many changes without gain a climb ends.
const PATIENCE: u32 = 40;
/// How many of the best are measured again.
const FINALISTS: usize = 6;

/// The best genomes so far, best first, with their nanoseconds per gas.
#[derive(Default)]
struct Best {
    list: Vec<(f64, Genome)>,
}

impl Best {
    fn offer(&mut self, score: f64, genome: &Genome) {
        self.list.push((score, genome.clone()));
        self.list.sort_by(|one, other| other.0.total_cmp(&one.0));
        self.list.truncate(FINALISTS);
    }
}

/// How long measuring the best again may take behind the end of the search: a fifth of the search,
/// or two seconds if that is more.
fn finals_time(time: Duration) -> Duration {
    (time / 5).max(Duration::from_secs(2))
}

/// Searches for as long as `time`, and then measures the best again. `progress` is told of every
/// gain.
pub(crate) fn search(
    protocol: &Protocol,
    effort: Effort,
    seed: u64,
    time: Duration,
    progress: &mut dyn FnMut(&str),
) -> Result<Found, Failure> {
    let deadline = Deadline::after(time);
    let finals = Deadline::after(time + finals_time(time));
    let mut bench = Bench::new(effort, protocol)?;
    let mut random = Random::new(seed);
    let mut best = Best::default();
    let mut starts = Vec::new();
    for template in 0..Genome::kinds() {
        if deadline.is_over() && !starts.is_empty() {
            break;
        }
        let genome = Genome::single(template);
        let score = bench.measure(&genome, 2)?;
        best.offer(score, &genome);
        starts.push((score, genome));
    }
    starts.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut climbs, mut changes) = (0_u64, 0_u64);
    for (score, start) in starts.iter().cycle() {
        if deadline.is_over() {
            break;
        }
        climbs += 1;
        changes += climb(
            &mut bench,
            &mut random,
            (*score, start.clone()),
            deadline,
            &mut best,
        )?;
        let top = best.list.first().map_or(0.0, |(score, _)| *score);
        progress(&format!(
            "climb {climbs}: the worst so far takes {top:.2} ns per gas"
        ));
    }
    let mut found = (0.0, Genome::single(0));
    for (_, genome) in std::mem::take(&mut best.list) {
        if finals.is_over() && found.0 > 0.0 {
            break;
        }
        let score = bench.measure(&genome, 7)?;
        if score > found.0 {
            found = (score, genome);
        }
    }
    Ok(Found {
        text: render(&found.1, &bench.around),
        ns_per_gas: found.0,
        measured: bench.measured,
        climbs,
        changes,
    })
}

/// Changes a genome as long as that makes it dearer per gas, and says how many changes it tried.
fn climb(
    bench: &mut Bench,
    random: &mut Random,
    start: (f64, Genome),
    deadline: Deadline,
    best: &mut Best,
) -> Result<u64, Failure> {
    let (mut score, mut genome) = start;
    let (mut failures, mut changes) = (0, 0);
    while failures < PATIENCE && !deadline.is_over() {
        let next = genome.mutated(random);
        let next_score = bench.measure(&next, 3)?;
        changes += 1;
        if next_score > score {
            (score, genome) = (next_score, next);
            best.offer(score, &genome);
            failures = 0;
        } else {
            failures += 1;
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::{finals_time, search};
    use crate::calibrate::Effort;
    use lockstep_gas_meter::Protocol;
    use std::time::Duration;

    #[test]
    fn a_search_without_time_measures_one_module_and_climbs_none() {
        let mut progress = |what: &str| panic!("nothing was gained: {what}");
        let (protocol, time) = (Protocol::v1(), Duration::ZERO);
        let found = search(&protocol, Effort::QUICK, 1, time, &mut progress).expect("it ends");
        assert_eq!((found.measured, found.climbs, found.changes), (2, 0, 0));
        assert!(found.ns_per_gas > 0.0);
    }

    #[test]
    fn measuring_again_is_short_beside_the_search() {
        let seconds = Duration::from_secs;
        assert_eq!(finals_time(seconds(1)), seconds(2));
        assert_eq!(finals_time(seconds(60)), seconds(12));
    }
}
