//! A world in which no instance is used twice.
//!
//! Engines keep instances and set them back (see `IdleInstances` of the machine). Here every run
//! loads its module anew, so that there is never one that waits, whatever the engine.

use std::sync::Arc;

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Run,
};

use super::{Answer, Cadence, EngineMaker, World, cache_for, fresh};
use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::Manner;
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// The base world's engine, without the instances that it would keep.
pub(super) struct FreshInstances {
    maker: EngineMaker,
}

impl FreshInstances {
    pub(super) fn new(engine: &EngineMaker) -> FreshInstances {
        let inner = Arc::clone(engine);
        FreshInstances {
            maker: Arc::new(move || {
                Box::new(FreshEngine {
                    inner: Arc::from(inner()),
                })
            }),
        }
    }
}

impl World for FreshInstances {
    fn name(&self) -> String {
        "fresh-instance".to_string()
    }

    fn about(&self) -> String {
        "a new instance for every run, where engines keep some and set them back".to_string()
    }

    fn cadence(&self) -> Cadence {
        Cadence::OneOf(16)
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        let cache = cache_for(watch, None);
        Ok(fresh(history, &self.maker, cache, (Manner::Observed, watch)).into())
    }
}

/// An engine whose modules are loaded once more for every run.
struct FreshEngine {
    inner: Arc<dyn Engine>,
}

impl FreshEngine {
    fn keep(&self, key: Option<&CodeKey>, module: &PreparedModule) -> Box<dyn CompiledModule> {
        Box::new(FreshModule {
            engine: Arc::clone(&self.inner),
            key: key.copied(),
            module: module.clone(),
        })
    }
}

impl Engine for FreshEngine {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn can_exhaust_native_stack(&self) -> bool {
        self.inner.can_exhaust_native_stack()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.inner.compile(module)?;
        Ok(self.keep(None, module))
    }

    fn compile_keyed(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.inner.compile_keyed(key, module)?;
        Ok(self.keep(Some(key), module))
    }

    fn load(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(self.keep(Some(key), module))
    }
}

/// A module that waits to be loaded.
struct FreshModule {
    engine: Arc<dyn Engine>,
    key: Option<CodeKey>,
    module: PreparedModule,
}

impl CompiledModule for FreshModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let loaded = match &self.key {
            Some(key) => self.engine.load(key, &self.module)?,
            None => self.engine.compile(&self.module)?,
        };
        loaded.run(call, host)
    }
}
