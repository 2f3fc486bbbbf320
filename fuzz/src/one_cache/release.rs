//! An engine that can be told from another one by what a run costs.

use std::sync::Arc;

use lockstep_cli::EngineMaker;
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Run, WasmiEngine,
};

/// The machine's engine under another identity. No engine that ships takes gas of its own; this one
/// does, so that its compiled code is not taken for that of another one without anybody noticing.
pub struct Release {
    inner: WasmiEngine,
    identity: EngineIdentity,
    gas_per_run: u64,
}

impl Release {
    /// Makes such engines.
    pub fn maker(identity: EngineIdentity, gas_per_run: u64) -> EngineMaker {
        Arc::new(move || {
            Box::new(Release {
                inner: WasmiEngine::new(),
                identity,
                gas_per_run,
            })
        })
    }
}

impl Engine for Release {
    fn identity(&self) -> EngineIdentity {
        self.identity
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(Box::new(ReleasedModule {
            inner: self.inner.compile(module)?,
            gas_per_run: self.gas_per_run,
        }))
    }
}

struct ReleasedModule {
    inner: Box<dyn CompiledModule>,
    gas_per_run: u64,
}

impl CompiledModule for ReleasedModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let gas = call.gas.saturating_sub(self.gas_per_run);
        self.inner.run(Call { gas, ..call }, host)
    }
}
