//! A world without the state: the blocks are executed a second time on a witness alone, which is
//! all that `lockstep replay` of a bundle has.

use std::sync::Arc;

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::Digest;
use lockstep_vm::{Bundle, CodeCache, Machine, NoObserver, replay};

use super::{Answer, Cadence, EngineMaker, World, cache_for, fresh};
use crate::fuzz_det::bundled::bundle_of;
use crate::fuzz_det::execution::Bytes;
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::{Manner, Performed};
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// Executes, bundles what was executed, and executes that.
pub(super) struct WitnessWorld {
    engine: EngineMaker,
}

impl WitnessWorld {
    pub(super) fn new(engine: &EngineMaker) -> WitnessWorld {
        WitnessWorld {
            engine: Arc::clone(engine),
        }
    }

    fn machine(&self) -> Machine {
        let cache = CodeCache::default();
        Machine::with_cache(Protocol::v1(), (self.engine)(), cache)
    }

    /// The roots of the blocks when they are replayed from the bytes of a bundle, receipts first.
    fn replayed(
        &self,
        performed: &Performed,
        history: &History,
    ) -> Result<Vec<(Digest, Digest)>, String> {
        let Some(bundle) = bundle_of(history, performed, &mut self.machine())? else {
            return Ok(Vec::new());
        };
        let roots: Vec<Digest> = bundle.blocks.iter().map(|block| block.state_root).collect();
        let bytes = bundle
            .to_bytes()
            .map_err(|error| format!("it cannot be bundled: {error}"))?;
        let bundle = Bundle::from_bytes(&bytes)
            .map_err(|error| format!("its bundle could not be read: {error}"))?;
        let replayed = replay(&bundle, &mut self.machine(), &mut NoObserver)
            .map_err(|error| format!("on its witness alone: {error}"))?;
        let receipts = replayed.blocks.iter().map(|block| block.receipts_root);
        Ok(receipts.zip(roots).collect())
    }
}

impl World for WitnessWorld {
    fn name(&self) -> String {
        "witness".to_string()
    }

    fn about(&self) -> String {
        "the blocks once more, on a witness of the state alone".to_string()
    }

    fn cadence(&self) -> Cadence {
        Cadence::OneOf(16)
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        let cache = cache_for(watch, None);
        let mut performed = fresh(history, &self.engine, cache, (Manner::Observed, watch));
        if performed.execution.fatal.is_some() {
            return Ok(performed.into());
        }
        match self.replayed(&performed, history) {
            Ok(roots) => {
                for (outcome, (receipts_root, state_root)) in
                    performed.execution.blocks.iter_mut().zip(roots)
                {
                    outcome.receipts_root = Bytes(receipts_root.0.to_vec());
                    outcome.state_root = Bytes(state_root.0.to_vec());
                }
            }
            Err(reason) => performed.execution.fatal = Some(reason),
        }
        Ok(performed.into())
    }
}
