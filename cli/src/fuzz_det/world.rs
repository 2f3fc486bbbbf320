//! Worlds: ways to execute a history that must not make a difference.
//!
//! A [`World`] gets the same signed blocks as the base world and must come to the same receipts,
//! host calls, state and roots. Each standard world changes one thing: what is in the code cache
//! ([`cache`]), who watches ([`observe`]), which thread and what heap ([`thread`]), which process
//! with what environment and how much memory ([`process`]), how code is encoded ([`padded`]), whether
//! instances are kept ([`instance`]), the order of transactions that have nothing to do with each
//! other ([`order`]), whether there is a state or only a witness ([`witness`]), which engine
//! ([`engine`]). What a world changes from one execution to the next are its variations
//! ([`variation`]). Most of them are there on every engine ([`on_engine`]). How often each takes
//! part is its [`Cadence`]; `turns` goes by it. To add one, write it in the file of its kind and
//! list it in [`standard_worlds`]; to test a world of your own, implement the trait and hand it to
//! [`fuzz_det`](super::fuzz_det).

mod cache;
mod engine;
mod instance;
mod observe;
mod on_engine;
mod order;
mod padded;
mod process;
mod thread;
mod turns;
mod variation;
mod witness;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lockstep_engines::EngineKind;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{CodeCache, Engine, Machine};

use super::execution::Execution;
use super::history::History;
use super::perform::{Manner, Performed, perform};
use super::record::Watch;
use super::way::Way;
use crate::problem::Failure;
pub(crate) use process::{Rules, answer_request, first_words, kill_asked, other_build};
pub(crate) use turns::one_of;
pub use turns::taking_part;
pub use variation::Variation;
pub(crate) use variation::{SEPARATOR, held, in_round};

/// Makes an engine. Worlds that run in several threads need one each.
pub type EngineMaker = Arc<dyn Fn() -> Box<dyn Engine> + Send + Sync>;

/// An engine by the name that `engine:NAME` selects.
#[derive(Clone)]
pub struct NamedEngine {
    /// Its name.
    pub name: String,
    /// Makes it.
    pub make: EngineMaker,
}

/// What came of a history in a world.
pub enum Answer {
    /// It was executed.
    Executed(Execution, Way),
    /// The process stopped without an answer, as it may in this world: its memory is limited.
    Stopped,
}

/// How often a world takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// In every candidate.
    Always,
    /// In every candidate that reaches something new, and else in one of so many.
    OneOf(u64),
    /// In the first, and else the worlds of this cadence take turns: one of them in every candidate
    /// that reaches something new, and in one of a few others.
    InTurn,
}

/// A way to execute a history that must not make a difference.
pub trait World {
    /// Its name, as `--worlds` takes it.
    fn name(&self) -> String;

    /// What it changes, in a few words.
    fn about(&self) -> String;

    /// How often it takes part.
    fn cadence(&self) -> Cadence {
        Cadence::Always
    }

    /// What differs from one of its executions to another, if it decides on anything anew.
    fn variations(&self) -> Vec<Variation> {
        Vec::new()
    }

    /// From now on it executes in the variation of this round, counted from 0: they take turns. A
    /// world that nobody told executes in its first.
    fn vary(&mut self, _round: usize) {}

    /// Its engine, if it changes nothing else: a bundle that is replayed there may show what differs.
    fn engine_alone(&self) -> Option<EngineMaker> {
        None
    }

    /// How long the base world took for the history that is executed next. A world that waits for an
    /// answer goes by it.
    fn base_took(&mut self, _time: Duration) {}

    /// Executes a history. Segments or results are recorded if `watch` asks for them and the world
    /// can.
    ///
    /// # Errors
    /// When the world itself cannot be set up, for example because no process can be started.
    /// Whatever the machine does is an answer.
    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure>;
}

/// Every world that this build has, in the order in which they are listed. `engines` are the
/// engines beside the base world's own, and `program` is the `lockstep` binary, which the worlds
/// in other processes start; without it there are none of these.
pub fn standard_worlds(
    base: &EngineMaker,
    engines: &[NamedEngine],
    program: Option<PathBuf>,
) -> Vec<Box<dyn World>> {
    let mut worlds: Vec<Box<dyn World>> = Vec::new();
    worlds.extend(observe::worlds(base));
    worlds.extend(cache::worlds(base));
    worlds.push(Box::new(padded::PaddedWorld::new(base)));
    worlds.push(Box::new(instance::FreshInstances::new(base)));
    worlds.push(Box::new(order::OrderWorld::new(base)));
    worlds.push(Box::new(witness::WitnessWorld::new(base)));
    worlds.extend(thread::worlds(base));
    let program = program.map(process::Program::new);
    if let Some(program) = &program {
        let kind = EngineKind::parse(base().identity().name).unwrap_or_default();
        worlds.push(process::fresh(program, kind));
        worlds.extend(process::changed(program, kind));
    }
    for named in engines {
        worlds.extend(on_engine::worlds(named, program.as_ref()));
    }
    let own = NamedEngine {
        name: base().identity().name.to_string(),
        make: Arc::clone(base),
    };
    for named in std::iter::once(&own).chain(engines) {
        worlds.push(Box::new(engine::EngineWorld::new(named.clone())));
    }
    worlds
}

/// The cache for code that runs in this world: with probes if segments or results are asked for.
pub(super) fn cache_for(watch: Watch, bytes_max: Option<u64>) -> CodeCache {
    match (watch, bytes_max) {
        (Watch::Segments { .. }, _) => CodeCache::with_probes(),
        (Watch::Results { .. }, _) => CodeCache::with_result_probes(),
        (Watch::Calls, Some(bytes_max)) => CodeCache::new(bytes_max),
        (Watch::Calls, None) => CodeCache::default(),
    }
}

/// Executes a history on a new machine with this cache.
fn fresh(
    history: &History,
    engine: &EngineMaker,
    cache: CodeCache,
    (manner, watch): (Manner, Watch),
) -> Performed {
    let machine = Machine::with_cache(Protocol::v1(), engine(), cache);
    perform(history, machine, manner, watch)
}

impl From<Performed> for Answer {
    fn from(performed: Performed) -> Answer {
        Answer::Executed(performed.execution, performed.way)
    }
}
