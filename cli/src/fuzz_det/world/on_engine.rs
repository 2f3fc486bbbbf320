//! The worlds of the other engines: what threads, the heap, the cache, kept instances and the
//! process change is changed on each engine beside the base world's own, too.
//!
//! There are many of them, so they take turns; only a fresh process is as frequent as it is on the
//! base world's engine.

use std::time::Duration;

use lockstep_engines::EngineKind;

use super::process::Program;
use super::{Answer, Cadence, NamedEngine, Variation, World, cache, instance, process, thread};
use crate::fuzz_det::history::History;
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// The worlds of an engine. Those in other processes are on engines that the program can make by
/// their name.
pub(super) fn worlds(engine: &NamedEngine, program: Option<&Program>) -> Vec<Box<dyn World>> {
    let make = &engine.make;
    let mut in_turn = thread::worlds(make);
    in_turn.extend(cache::dropping(make));
    in_turn.push(Box::new(instance::FreshInstances::new(make)));
    let mut worlds = Vec::new();
    let kind = EngineKind::parse(&engine.name);
    if let (Some(program), Ok(kind)) = (program, kind) {
        let fresh = process::fresh(program, kind);
        let cadence = fresh.cadence();
        worlds.push((fresh, cadence));
        in_turn.extend(process::changed(program, kind));
    }
    worlds.extend(in_turn.into_iter().map(|world| (world, Cadence::InTurn)));
    worlds
        .into_iter()
        .map(|(inner, cadence)| -> Box<dyn World> {
            Box::new(OnEngine {
                inner,
                engine: engine.name.clone(),
                cadence,
            })
        })
        .collect()
}

/// A world on a named engine.
struct OnEngine {
    inner: Box<dyn World>,
    engine: String,
    cadence: Cadence,
}

impl World for OnEngine {
    fn name(&self) -> String {
        format!("{}:{}", self.inner.name(), self.engine)
    }

    fn about(&self) -> String {
        format!("{}, on {}", self.inner.about(), self.engine)
    }

    fn cadence(&self) -> Cadence {
        self.cadence
    }

    fn variations(&self) -> Vec<Variation> {
        self.inner.variations()
    }

    fn vary(&mut self, round: usize) {
        self.inner.vary(round);
    }

    fn base_took(&mut self, time: Duration) {
        self.inner.base_took(time);
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        self.inner.execute(history, watch)
    }
}
