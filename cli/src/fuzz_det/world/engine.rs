//! A world on another engine.

use std::sync::Arc;

use lockstep_gas_meter::Protocol;
use lockstep_vm::Machine;

use super::{Answer, EngineMaker, NamedEngine, World, cache_for, fresh};
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// The plain machine on a named engine.
pub(super) struct EngineWorld {
    engine: NamedEngine,
    machine: Option<Machine>,
}

impl EngineWorld {
    pub(super) fn new(engine: NamedEngine) -> EngineWorld {
        EngineWorld {
            engine,
            machine: None,
        }
    }
}

impl World for EngineWorld {
    fn name(&self) -> String {
        format!("engine:{}", self.engine.name)
    }

    fn about(&self) -> String {
        let identity = (self.engine.make)().identity();
        format!("the engine {} {}", identity.name, identity.version)
    }

    fn engine_alone(&self) -> Option<EngineMaker> {
        Some(Arc::clone(&self.engine.make))
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        if watch != Watch::Calls {
            let cache = cache_for(watch, None);
            let make = &self.engine.make;
            return Ok(fresh(history, make, cache, (Manner::Observed, watch)).into());
        }
        let machine = self.machine.take();
        let machine = machine.unwrap_or_else(|| Machine::new(Protocol::v1(), (self.engine.make)()));
        let mut performed = perform(history, machine, Manner::Observed, watch);
        self.machine = performed.machine.take();
        Ok(performed.into())
    }
}
