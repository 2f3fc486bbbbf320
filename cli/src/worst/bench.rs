//! How long a genome takes, per gas: the world in which its module runs, and the measurement.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::{Limits, Protocol};
use lockstep_vm::Status;

use super::genome::Genome;
use super::render::{Surroundings, render};
use crate::calibrate::Effort;
use crate::calibrate::host_calls::deep_items;
use crate::calibrate::world::World;
use crate::problem::Failure;

/// How long the turns of a measured run should take, in nanoseconds.
const RUN_NS: f64 = 400_000.0;
/// The same when the memory is wide and what surrounds the turns takes milliseconds.
const WIDE_RUN_NS: f64 = 4_000_000.0;
/// The most turns of a run: the longest input.
const TURNS_MAX: u32 = 131_072;
/// A contract with random keys and with one path that branches at every bit of 256 bytes.
const CONTRACT: AccountId = AccountId([0x77; 32]);

/// A contract that does nothing, and one that gives back 4,096 bytes.
const IDLE: AccountId = AccountId([0x78; 32]);
const ECHO: AccountId = AccountId([0x79; 32]);
const ECHO_TEXT: &str = "(module (import \"lockstep\" \"return\" (func $f (param i32 i32))) (memory 1)\
    (func (export \"run\") (call $f (i32.const 0) (i32.const 4096))))";

/// A world, and how many modules were measured in it.
pub(super) struct Bench {
    world: World,
    pub(super) around: Surroundings,
    limits: Limits,
    pub(super) measured: u64,
}

impl Bench {
    pub(super) fn new(effort: Effort, protocol: &Protocol) -> Result<Bench, Failure> {
        let mut world = World::new(effort.state_keys, protocol)?;
        world.make_contract(&CONTRACT, "(module)")?;
        let idle = world.put_code("(module (func (export \"run\")))")?;
        world.make_contract(&IDLE, "(module (func (export \"run\")))")?;
        world.make_contract(&ECHO, ECHO_TEXT)?;
        let keys = world.keys.clone();
        let random = keys.iter().map(|key| (key.to_vec(), key.to_vec()));
        world.store(&CONTRACT, random.chain(deep_items(0, 256)).collect())?;
        let around = Surroundings {
            keys,
            idle_code: idle.0,
            idle_contract: IDLE.0,
            echo_contract: ECHO.0,
        };
        Ok(Bench {
            world,
            around,
            limits: protocol.limits.clone(),
            measured: 0,
        })
    }

    /// Nanoseconds per gas of a turn; 0 when the program does not run to its end.
    pub(super) fn measure(&mut self, genome: &Genome, rounds: u32) -> Result<f64, Failure> {
        let text = render(genome, &self.around);
        let run_ns = if text.contains("$link") {
            WIDE_RUN_NS
        } else {
            RUN_NS
        };
        let code = self.world.put_code(&text)?;
        self.measured += 1;
        let turns_max = genome.turns_max(&self.limits).min(TURNS_MAX);
        let few_turns = turns_max.min(9);
        if few_turns < 2 {
            return Ok(0.0);
        }
        let (Some(one), Some(few)) = (
            self.least(code, 1, 2)?,
            self.least(code, few_turns as usize, 2)?,
        ) else {
            return Ok(0.0);
        };
        let turn_ns = (few.0 - one.0) / f64::from(few_turns - 1);
        let turns = run_ns / turn_ns.max(run_ns / f64::from(TURNS_MAX));
        let turns = turns.clamp(f64::from(few_turns), f64::from(turns_max)) as usize;
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

#[cfg(test)]
mod tests {
    use super::Bench;
    use crate::calibrate::Effort;
    use crate::random::Random;
    use crate::worst::genome::Genome;
    use crate::worst::render::render;
    use crate::worst::templates::template;
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

    /// Statements must do their work: a call that fails is cheaper than one that succeeds.
    #[test]
    fn calls_succeed_and_signatures_are_valid() {
        let mut bench = Bench::new(Effort::QUICK, &Protocol::v1()).expect("a state");
        let answers = [
            ("call", 0),
            ("delegate_call", 0),
            ("instantiate", 0),
            ("transfer", 0),
            ("upgrade", 0),
            ("secp256k1_recover", 1),
            ("p256_verify", 1),
        ];
        for (name, answer) in answers {
            let start = format!("(drop (call ${name} ");
            let mut kinds = 0..Genome::kinds();
            let number = kinds.find(|kind| {
                let text = template(*kind).text;
                text.starts_with(&start) && text.matches("(call ").count() == 1
            });
            let genome = Genome::single(number.expect(name));
            let checked = format!("(i32.const {answer}) (i32.ne (call ${name} ");
            let text = render(&genome, &bench.around);
            let text = text.replace(&start, &checked);
            let lines = text.lines().map(|line| match line.contains(&checked) {
                true => format!("{line} (if (then unreachable))"),
                false => line.to_string(),
            });
            let text: Vec<String> = lines.collect();
            let code = bench.world.put_code(&text.join("\n")).expect(name);
            let ran = bench.world.run(super::CONTRACT, code, &[0, 0]);
            assert_eq!(ran.expect("it runs").status, Status::Success, "{name}");
        }
    }
}
