//! Worlds that differ in what the code cache holds.

use std::sync::Arc;

use lockstep_gas_meter::Protocol;
use lockstep_vm::Machine;

use super::{Answer, Cadence, EngineMaker, World, cache_for, fresh};
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// The worlds of this file.
pub(super) fn worlds(engine: &EngineMaker) -> Vec<Box<dyn World>> {
    let mut worlds: Vec<Box<dyn World>> = vec![Box::new(WarmCache {
        engine: Arc::clone(engine),
        machine: None,
    })];
    worlds.extend(dropping(engine));
    worlds
}

/// Those whose cache does not keep everything.
pub(super) fn dropping(engine: &EngineMaker) -> Vec<Box<dyn World>> {
    [None, Some(EVICTING_BYTES_MAX)]
        .into_iter()
        .map(|bytes_max| -> Box<dyn World> {
            Box::new(SmallCache {
                engine: Arc::clone(engine),
                bytes_max,
            })
        })
        .collect()
}

/// The limit of the cache that keeps dropping code: a small contract fits, two do not.
const EVICTING_BYTES_MAX: u64 = 24 << 10;

/// One machine for the whole campaign: its cache holds the code of all candidates before.
struct WarmCache {
    engine: EngineMaker,
    machine: Option<Machine>,
}

impl World for WarmCache {
    fn name(&self) -> String {
        "cache-warm".to_string()
    }

    fn about(&self) -> String {
        "one machine for all candidates, whose cache keeps everything".to_string()
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        if watch != Watch::Calls {
            let cache = cache_for(watch, None);
            return Ok(fresh(history, &self.engine, cache, (Manner::Observed, watch)).into());
        }
        let machine = self.machine.take();
        let machine = machine.unwrap_or_else(|| Machine::new(Protocol::v1(), (self.engine)()));
        let mut performed = perform(history, machine, Manner::Observed, watch);
        self.machine = performed.machine.take();
        Ok(performed.into())
    }
}

/// A new machine for each candidate, with a cache of the usual size or a tiny one.
struct SmallCache {
    engine: EngineMaker,
    bytes_max: Option<u64>,
}

impl World for SmallCache {
    fn name(&self) -> String {
        match self.bytes_max {
            None => "cache-cold".to_string(),
            Some(_) => "cache-evicting".to_string(),
        }
    }

    fn about(&self) -> String {
        match self.bytes_max {
            None => "a new machine with an empty cache for each candidate".to_string(),
            Some(bytes) => format!("a cache of {bytes} bytes, which keeps dropping code"),
        }
    }

    fn cadence(&self) -> Cadence {
        match self.bytes_max {
            None => Cadence::OneOf(4),
            Some(_) => Cadence::OneOf(16),
        }
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        let cache = cache_for(watch, self.bytes_max);
        Ok(fresh(history, &self.engine, cache, (Manner::Observed, watch)).into())
    }
}
