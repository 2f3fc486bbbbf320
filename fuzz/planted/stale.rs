//! Compiled code that is given back for something else than it was made for: an engine that keeps
//! code by less than the whole key, engines that do not say who they are, and limits that change
//! under the same version.

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
                true => hunter(seed, protocols(), keeping()),
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
        fault(
            "limits-without-version",
            "a limit changes and the protocol's version does not",
            |seed, planted| hunter(seed, unversioned(planted), engines()),
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

/// The right engines, and in place of the first one that shares what it keeps with all of its kind.
fn keeping() -> Vec<Kept> {
    let kept: KeptCode = Arc::default();
    let shared: EngineMaker = Arc::new(move || {
        Box::new(KeepingEngine {
            inner: WasmiEngine::new(),
            kept: Arc::clone(&kept),
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

fn unversioned(planted: bool) -> Vec<Protocol> {
    let mut all = protocols();
    if planted {
        let version = all[0].version;
        all.iter_mut()
            .for_each(|protocol| protocol.version = version);
    }
    all
}

/// Compiled modules by their key without its schedule.
type KeptCode = Arc<Mutex<BTreeMap<CodeKey, Arc<dyn CompiledModule>>>>;

struct KeepingEngine {
    inner: WasmiEngine,
    kept: KeptCode,
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
        let key = CodeKey {
            schedule: Hash([0; 32]),
            ..*key
        };
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
