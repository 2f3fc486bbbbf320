//! Worlds that differ in what the code cache holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Action, CodeCache, Machine};

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
    [false, true]
        .into_iter()
        .map(|evicts| -> Box<dyn World> {
            Box::new(NewCache {
                engine: Arc::clone(engine),
                evicts,
            })
        })
        .collect()
}

/// A limit that makes a cache keep dropping code: the code of a history that counts the most fits,
/// which is the longest when it is prepared, and no other beside it.
fn evicting_bytes_max(history: &History) -> u64 {
    let blocks = history.blocks.iter();
    let transactions = blocks.flat_map(|block| &block.transactions);
    let codes: BTreeSet<&[u8]> = transactions
        .filter_map(|signed| match &signed.transaction.action {
            Action::Upload { code } => Some(code.as_slice()),
            _ => None,
        })
        .collect();
    let protocol = Protocol::v1();
    let prepared = codes
        .into_iter()
        .filter_map(|code| prepare(code, &protocol).ok());
    let counted = prepared.map(|module| CodeCache::counted_bytes(&module));
    counted.max().unwrap_or_default()
}

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
struct NewCache {
    engine: EngineMaker,
    evicts: bool,
}

impl World for NewCache {
    fn name(&self) -> String {
        match self.evicts {
            false => "cache-cold".to_string(),
            true => "cache-evicting".to_string(),
        }
    }

    fn about(&self) -> String {
        match self.evicts {
            false => "a new machine with an empty cache for each candidate".to_string(),
            true => {
                "a cache for the longest code and no other beside it, which keeps dropping code"
                    .to_string()
            }
        }
    }

    fn cadence(&self) -> Cadence {
        match self.evicts {
            false => Cadence::OneOf(4),
            true => Cadence::OneOf(16),
        }
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        let bytes_max = self.evicts.then(|| evicting_bytes_max(history));
        let cache = cache_for(watch, bytes_max);
        Ok(fresh(history, &self.engine, cache, (Manner::Observed, watch)).into())
    }
}
