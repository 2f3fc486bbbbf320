//! Faults in an engine, hunted by the worlds of `lockstep fuzz det`.
//!
//! Where the faulty engine is the only one, it is hunted by the worlds that change something else
//! around it; a fault that is always the same needs the right engine beside it. The scenario of
//! the hunt is `script.toml`. Each oracle that compares chains in a few worlds hunts a fault of its
//! own, too.

mod faulty;
mod operator;

use std::path::Path;
use std::sync::Arc;

use lockstep_cli::{
    Control, EngineMaker, NamedEngine, Scenario, Statistics, World, base_engine, fuzz_det, load,
    standard_worlds,
};

use faulty::{Kind, maker};
use operator::wrong_operator;
pub use operator::wrong_operator_offset;

use super::{Fault, Hunter, Verdict};
use crate::control_flow::module;
use crate::engine_agreement::EngineJudge;
use crate::sequence::SequenceJudge;

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "clock-in-host-function",
            "the timestamp moves on",
            |seed, planted| alone(seed, planted, Kind::Clock),
        ),
        fault(
            "cold-code-costs-more",
            "the first run of compiled code costs one gas more",
            |seed, planted| alone(seed, planted, Kind::ColdCosts),
        ),
        fault(
            "stack-from-native-stack",
            "the stack bound depends on where the native stack lies",
            |seed, planted| alone(seed, planted, Kind::NativeStack),
        ),
        fault(
            "memory-left-over",
            "a memory keeps a byte of the run before",
            |seed, planted| alone(seed, planted, Kind::LeftOver),
        ),
        fault(
            "trace-costs-gas",
            "host calls cost more in code with probes",
            |seed, planted| alone(seed, planted, Kind::TraceCosts),
        ),
        fault(
            "unordered-topics",
            "the topics of an event come out of a hash set",
            |seed, planted| alone(seed, planted, Kind::Unordered),
        ),
        fault(
            "counter-across-runs",
            "every hundredth run of the process costs one gas more",
            |seed, planted| alone(seed, planted, Kind::Counter),
        ),
        fault(
            "gas-charged-late",
            "the host sees the gas before the last segment is paid",
            |seed, planted| beside(seed, planted, Kind::Late),
        ),
        fault(
            "wrong-trap",
            "`unreachable` is reported as an access out of bounds",
            |seed, planted| beside(seed, planted, Kind::WrongTrap),
        ),
        fault(
            "last-store-lost",
            "a byte that no host call reads any more is not written",
            |seed, planted| beside(seed, planted, Kind::StoreLost),
        ),
        fault(
            "wrong-operator",
            "`i64.extend_i32_s` behind `memory.grow` forgets the sign",
            |seed, planted| beside_that(seed, planted, wrong_operator()),
        ),
        Fault {
            oracle: "engines agree",
            ..fault(
                "last-global-lost",
                "globals are zero when a run is over",
                |seed, planted| judged(seed, planted, Kind::GlobalLost),
            )
        },
    ]
}

/// The faults that the oracles of chains hunt.
pub fn faults_in_chains() -> Vec<Fault> {
    vec![
        in_chains(
            "cold-code-in-chains",
            "the first run of compiled code costs one gas more",
            ("cache", |seed, planted| {
                chains(seed, planted, ("cache", Kind::ColdCosts))
            }),
        ),
        in_chains(
            "probes-in-chains",
            "host calls cost more in code with probes",
            ("observed", |seed, planted| {
                chains(seed, planted, ("observed", Kind::TraceCosts))
            }),
        ),
        in_chains(
            "dry-run-left-over",
            "a run costs one gas more behind one with an odd number of host calls",
            ("dry-run", |seed, planted| {
                chains(seed, planted, ("dry-run", Kind::Neighbour))
            }),
        ),
        in_chains(
            "counter-in-chains",
            "every hundredth run of the process costs one gas more",
            ("witness-replay", |seed, planted| {
                chains(seed, planted, ("witness-replay", Kind::Counter))
            }),
        ),
        in_chains(
            "instance-left-over",
            "an instance that is kept keeps a byte of the run before",
            ("instance", |seed, planted| {
                chains(seed, planted, ("instance", Kind::InstanceLeftOver))
            }),
        ),
        in_chains(
            "neighbour-in-block",
            "a run costs one gas more behind one with an odd number of host calls",
            ("order", |seed, planted| {
                chains(seed, planted, ("order", Kind::Neighbour))
            }),
        ),
    ]
}

fn in_chains(
    name: &'static str,
    about: &'static str,
    (oracle, hunter): (&'static str, fn(u64, bool) -> Hunter),
) -> Fault {
    Fault {
        oracle,
        ..fault(name, about, hunter)
    }
}

/// Hunts an engine on chains, in the worlds of one oracle.
fn chains(seed: u64, planted: bool, (oracle, kind): (&str, Kind)) -> Hunter {
    let base = if planted { maker(kind) } else { base_engine() };
    let mut judge = SequenceJudge::of(oracle, base);
    let mut seed = seed;
    Box::new(move || {
        seed = seed.wrapping_add(1);
        Verdict::of(judge.seed(seed))
    })
}

/// How many candidates a hunt runs at a time.
const CANDIDATES: u64 = 25;

fn fault(name: &'static str, about: &'static str, hunter: fn(u64, bool) -> Hunter) -> Fault {
    Fault {
        name,
        about,
        oracle: "worlds",
        budget: 2_000,
        hunter,
    }
}

/// Hunts an engine with nothing but worlds of its own.
fn alone(seed: u64, planted: bool, kind: Kind) -> Hunter {
    let faulty = maker(kind);
    let base = if planted { faulty } else { base_engine() };
    campaign(seed, move || {
        (Arc::clone(&base), standard_worlds(&base, &[], None))
    })
}

/// Hunts an engine beside the right one.
fn beside(seed: u64, planted: bool, kind: Kind) -> Hunter {
    beside_that(seed, planted, maker(kind))
}

fn beside_that(seed: u64, planted: bool, faulty: EngineMaker) -> Hunter {
    let other = NamedEngine {
        name: "other".to_string(),
        make: if planted { faulty } else { base_engine() },
    };
    campaign(seed, move || {
        let mut worlds = standard_worlds(&base_engine(), std::slice::from_ref(&other), None);
        worlds.retain(|world| world.name() == "engine:other");
        (base_engine(), worlds)
    })
}

/// Hunts an engine beside those that are built in, on generated modules.
fn judged(seed: u64, planted: bool, kind: Kind) -> Hunter {
    let engine = if planted {
        maker(kind)()
    } else {
        base_engine()()
    };
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    let mut judge = judge.with_engine("other", engine);
    let mut seed = seed;
    Box::new(move || {
        seed = seed.wrapping_add(1);
        Verdict::of(judge.judge(seed, &module(seed)))
    })
}

/// Ends after [`CANDIDATES`].
struct Few;

impl Control for Few {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= CANDIDATES
    }
}

/// The scenario of the hunts.
///
/// # Panics
/// When it is not where it belongs or has a mistake.
pub fn scenario() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("planted/script.toml");
    load(&path, "script.toml").unwrap_or_else(|failure| panic!("{failure}"))
}

/// A campaign after the other, each with a seed of its own.
fn campaign(seed: u64, make: impl Fn() -> (EngineMaker, Vec<Box<dyn World>>) + 'static) -> Hunter {
    let scenario = scenario();
    let mut seed = seed;
    Box::new(move || {
        let (base, mut worlds) = make();
        seed = seed.wrapping_add(1);
        match fuzz_det(&scenario, &base, &mut worlds, seed, None, &mut Few) {
            Ok(report) => Verdict {
                executions: report.statistics.executions,
                finding: report.finding.map(|finding| {
                    let place = finding.place.map(|place| match place.result {
                        Some(result) => format!("{}; {result}", place.field),
                        None => place.field,
                    });
                    let what = place.unwrap_or_else(|| "differs from run to run".to_string());
                    format!("{}: {what}", finding.world)
                }),
            },
            Err(failure) => Verdict::of::<()>(Err(failure.to_string())),
        }
    })
}
