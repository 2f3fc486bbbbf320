//! Hill climbing over genomes.
//!
//! The search first measures every kind of statement alone, then climbs from the dearest of them
//! in turn. It is decided by the seed, but for the clock: times decide what is kept. A time that
//! is too good by accident would stay for ever, so the best few are measured again, longer, and
//! only that counts.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;
use lockstep_vm::Status;

use super::genome::Genome;
use super::render::{Surroundings, render};
use crate::calibrate::Effort;
use crate::calibrate::clock::Deadline;
use crate::calibrate::world::World;
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
}

/// How long the turns of a measured run should take, in nanoseconds.
const RUN_NS: f64 = 400_000.0;
/// The same when the memory is wide and what surrounds the turns takes milliseconds.
const WIDE_RUN_NS: f64 = 4_000_000.0;
/// The most turns of a run: the longest input.
const TURNS_MAX: f64 = 131_072.0;
/// After so many changes without gain a climb ends.
const PATIENCE: u32 = 40;
/// How many of the best are measured again.
const FINALISTS: usize = 6;

/// A contract with random keys and with one path that branches at every bit of 256 bytes.
const CONTRACT: AccountId = AccountId([0x77; 32]);

struct Bench {
    world: World,
    around: Surroundings,
    measured: u64,
}

impl Bench {
    fn new(effort: Effort, protocol: &Protocol) -> Result<Bench, Failure> {
        let mut world = World::new(effort.state_keys, protocol)?;
        world.make_contract(&CONTRACT, "(module)")?;
        let idle = world.put_code("(module (func (export \"run\")))")?;
        let keys = world.keys.clone();
        let random = keys.iter().map(|key| (key.to_vec(), key.to_vec()));
        let deep = (0..2048_usize).map(|bit| {
            let mut key = vec![0; bit / 8 + 1];
            key[bit / 8] = 0x80 >> (bit % 8);
            (key, vec![1])
        });
        let zeros = [(vec![0; 256], vec![2])];
        world.store(&CONTRACT, random.chain(deep).chain(zeros).collect())?;
        let around = Surroundings {
            keys,
            idle_code: idle.0,
        };
        Ok(Bench {
            world,
            around,
            measured: 0,
        })
    }

    /// Nanoseconds per gas of a turn; 0 when the program does not run to its end.
    fn measure(&mut self, genome: &Genome, rounds: u32) -> Result<f64, Failure> {
        let text = render(genome, &self.around);
        let run_ns = if text.contains("$link") {
            WIDE_RUN_NS
        } else {
            RUN_NS
        };
        let code = self.world.put_code(&text)?;
        self.measured += 1;
        let (Some(one), Some(few)) = (self.least(code, 1, 2)?, self.least(code, 9, 2)?) else {
            return Ok(0.0);
        };
        let turn_ns = ((few.0 - one.0) / 8.0).max(run_ns / TURNS_MAX);
        let turns = (run_ns / turn_ns).clamp(9.0, TURNS_MAX) as usize;
        let (Some(one), Some(many)) = (
            self.least(code, 1, rounds)?,
            self.least(code, turns, rounds)?,
        ) else {
            return Ok(0.0);
        };
        Ok((many.0 - one.0).max(0.0) / (many.1 - one.1).max(1.0))
    }

    /// The least nanoseconds and the gas of so many turns; `None` when the run fails.
    fn least(
        &mut self,
        code: CodeHash,
        turns: usize,
        rounds: u32,
    ) -> Result<Option<(f64, f64)>, Failure> {
        let input = vec![0; turns];
        let mut least = f64::INFINITY;
        let mut gas = 0.0;
        for _ in 0..rounds {
            let ran = self.world.run(CONTRACT, code, &input)?;
            if ran.status != Status::Success {
                return Ok(None);
            }
            least = least.min(ran.ns);
            gas = ran.gas.total() as f64;
        }
        Ok(Some((least, gas)))
    }
}

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

/// Searches until the deadline. `progress` is told of every gain.
pub(crate) fn search(
    protocol: &Protocol,
    effort: Effort,
    seed: u64,
    deadline: Deadline,
    progress: &mut dyn FnMut(&str),
) -> Result<Found, Failure> {
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
    let mut climbs = 0_u64;
    for (score, start) in starts.iter().cycle() {
        if deadline.is_over() {
            break;
        }
        climbs += 1;
        climb(
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
    })
}

/// Changes a genome as long as that makes it dearer per gas.
fn climb(
    bench: &mut Bench,
    random: &mut Random,
    start: (f64, Genome),
    deadline: Deadline,
    best: &mut Best,
) -> Result<(), Failure> {
    let (mut score, mut genome) = start;
    let mut failures = 0;
    while failures < PATIENCE && !deadline.is_over() {
        let next = genome.mutated(random);
        let next_score = bench.measure(&next, 3)?;
        if next_score > score {
            (score, genome) = (next_score, next);
            best.offer(score, &genome);
            failures = 0;
        } else {
            failures += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Bench;
    use crate::calibrate::Effort;
    use crate::random::Random;
    use crate::worst::genome::Genome;
    use crate::worst::render::render;
    use lockstep_gas_meter::Protocol;
    use lockstep_vm::Status;

    #[test]
    fn every_statement_runs_and_mutants_are_modules() {
        let mut bench = Bench::new(Effort::QUICK, &Protocol::v1()).expect("a state");
        for template in 0..Genome::kinds() {
            let text = render(&Genome::single(template), &bench.around);
            let code = bench.world.put_code(&text).expect(&text);
            let ran = bench
                .world
                .run(super::CONTRACT, code, &[0, 0])
                .expect("it runs");
            assert_eq!(ran.status, Status::Success, "{text}");
        }
        let mut random = Random::new(8);
        let mut genome = Genome::single(0);
        for _ in 0..20 {
            genome = genome.mutated(&mut random);
            let text = render(&genome, &bench.around);
            let code = bench.world.put_code(&text).expect(&text);
            let ran = bench
                .world
                .run(super::CONTRACT, code, &[0])
                .expect("it runs");
            assert_eq!(ran.status, Status::Success, "{text}");
        }
    }
}
