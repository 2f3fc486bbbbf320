//! Compiled code that is given back for something else than it was made for: engines that keep code
//! by less than the whole key, and engines that do not say who they are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lockstep_abi::Hash;
use lockstep_cli::{EngineMaker, base_engine};
use lockstep_gas_meter::{PreparedModule, Protocol};
use lockstep_vm::{
    Call, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Run, WasmiEngine,
};

use super::{Fault, Hunter, Verdict};
use crate::one_cache::{Kept, OneCacheJudge, Release, engines, protocols};

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "code-without-schedule",
            "an engine keeps compiled code by all of its key but the prices",
            |seed, planted| match planted {
                true => hunter(seed, protocols(), keeping(Forgotten::Schedule)),
                false => hunter(seed, protocols(), engines()),
            },
        ),
        fault(
            "code-without-limits",
            "an engine keeps compiled code by all of its key but the limits",
            |seed, planted| match planted {
                true => hunter(seed, protocols(), keeping(Forgotten::Limits)),
                false => hunter(seed, protocols(), engines()),
            },
        ),
        fault(
            "engine-without-version",
            "a new version of an engine has the number of the old one",
            |seed, planted| match planted {
                true => hunter(seed, protocols(), hidden()),
                false => hunter(seed, protocols(), engines()),
            },
        ),
    ]
}

fn fault(name: &'static str, about: &'static str, hunter: fn(u64, bool) -> Hunter) -> Fault {
    Fault {
        name,
        about,
        oracle: "one-cache",
        budget: 200,
        hunter,
    }
}

/// Judges one chain after the other.
fn hunter(seed: u64, protocols: Vec<Protocol>, engines: Vec<Kept>) -> Hunter {
    let mut judge = OneCacheJudge::new(protocols, engines);
    let mut seed = seed;
    Box::new(move || {
        seed = seed.wrapping_add(1);
        Verdict::of(judge.seed(seed))
    })
}

/// The part of the key that an engine forgets.
#[derive(Clone, Copy)]
enum Forgotten {
    Schedule,
    Limits,
}

/// The right engines, and in place of the first one that shares what it keeps with all of its kind.
fn keeping(forgotten: Forgotten) -> Vec<Kept> {
    let kept: KeptCode = Arc::default();
    let shared: EngineMaker = Arc::new(move || {
        Box::new(KeepingEngine {
            inner: WasmiEngine::new(),
            kept: Arc::clone(&kept),
            forgotten,
        })
    });
    let mut all = engines();
    all[0].shared = shared;
    all
}

/// Engines that differ and have one identity.
fn hidden() -> Vec<Kept> {
    let own = base_engine()().identity();
    let kept = [base_engine(), Release::maker(own, 1)].map(|maker| Kept {
        shared: Arc::clone(&maker),
        fresh: maker,
    });
    kept.into()
}

/// Compiled modules by their key without the part that was forgotten.
type KeptCode = Arc<Mutex<BTreeMap<CodeKey, Arc<dyn CompiledModule>>>>;

struct KeepingEngine {
    inner: WasmiEngine,
    kept: KeptCode,
    forgotten: Forgotten,
}

impl Engine for KeepingEngine {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.inner.compile(module)
    }

    fn compile_keyed(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        let mut key = *key;
        match self.forgotten {
            Forgotten::Schedule => key.schedule = Hash([0; 32]),
            Forgotten::Limits => key.limits = Hash([0; 32]),
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = kept.get(&key) {
            return Ok(Box::new(KeptModule(Arc::clone(old))));
        }
        let compiled: Arc<dyn CompiledModule> = Arc::from(self.inner.compile(module)?);
        kept.insert(key, Arc::clone(&compiled));
        Ok(Box::new(KeptModule(compiled)))
    }
}

struct KeptModule(Arc<dyn CompiledModule>);

impl CompiledModule for KeptModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        self.0.run(call, host)
    }
}
