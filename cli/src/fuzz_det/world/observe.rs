//! Worlds that differ in who watches. The base world's code has probes and its host calls are
//! recorded; here the probes are missing, or the observer, or a dry run comes first, or the profiler
//! watches as well.

use std::sync::Arc;

use lockstep_gas_meter::Protocol;
use lockstep_vm::{CodeCache, Machine};

use super::{Answer, Cadence, EngineMaker, World, cache_for, fresh};
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::{Manner, perform};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// The worlds of this file.
pub(super) fn worlds(engine: &EngineMaker) -> Vec<Box<dyn World>> {
    [Manner::Unobserved, Manner::DryRunFirst, Manner::Profiled]
        .into_iter()
        .map(|manner| -> Box<dyn World> {
            Box::new(Watched {
                engine: Arc::clone(engine),
                manner,
                machine: None,
            })
        })
        .collect()
}

/// Executes in this manner, without probes but for the profiler.
struct Watched {
    engine: EngineMaker,
    manner: Manner,
    machine: Option<Machine>,
}

impl World for Watched {
    fn name(&self) -> String {
        match self.manner {
            Manner::DryRunFirst => "dry-run".to_string(),
            Manner::Profiled => "profiled".to_string(),
            Manner::Observed | Manner::Unobserved => "untraced".to_string(),
        }
    }

    fn about(&self) -> String {
        match self.manner {
            Manner::DryRunFirst => "every transaction goes through a dry run first".to_string(),
            Manner::Profiled => {
                "the profiler watches, and its stacks add up to the receipts".to_string()
            }
            Manner::Observed | Manner::Unobserved => {
                "no probes and no observer, where the base world has both".to_string()
            }
        }
    }

    fn cadence(&self) -> Cadence {
        match self.manner {
            Manner::DryRunFirst | Manner::Profiled => Cadence::OneOf(16),
            Manner::Observed | Manner::Unobserved => Cadence::Always,
        }
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        if watch != Watch::Calls {
            let cache = cache_for(watch, None);
            return Ok(fresh(history, &self.engine, cache, (Manner::Observed, watch)).into());
        }
        let machine = self.machine.take();
        let cache = match self.manner {
            Manner::Profiled => CodeCache::with_probes(),
            _ => CodeCache::default(),
        };
        let machine =
            machine.unwrap_or_else(|| Machine::with_cache(Protocol::v1(), (self.engine)(), cache));
        let mut performed = perform(history, machine, self.manner, watch);
        self.machine = performed.machine.take();
        Ok(performed.into())
    }
}
