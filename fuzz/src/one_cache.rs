//! One cache of compiled code for several rules and engines: what it gives back must fit.
//!
//! [`OneCacheJudge`] executes a chain of [`sequence`](crate::sequence) on machines that follow each
//! other and hand the machine's own cache ([`CodeCache`]) on: under each protocol on one engine,
//! under the first of these on another engine, and as at first. Each must come to what a machine
//! with an empty cache comes to. The protocols differ in what code costs and in what it may do, and
//! the engines in what a run costs, so that code that was kept for another one shows. Native
//! engines, where they are built in, keep their code on disk as well, across protocols and chains.

mod growth;
mod release;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_cli::{EngineMaker, Execution, History, Manner, Watch, base_engine, compare, perform};
use lockstep_engines::{DiskCodeCache, EngineKind};
use lockstep_gas_meter::Protocol;
use lockstep_vm::{CodeCache, EngineIdentity, Machine};

pub use release::Release;

use growth::with_growth;

use crate::generators::Rng;
use crate::oracles::Finding;
use crate::sequence::{begun, sequence};

/// An engine, and the one that stands for it on a machine with an empty cache.
#[derive(Clone)]
pub struct Kept {
    /// The engine of the machines that share a cache.
    pub shared: EngineMaker,
    /// The engine of the machine that has an empty one.
    pub fresh: EngineMaker,
}

/// Executes chains on machines that share a cache, and on fresh ones.
pub struct OneCacheJudge {
    protocols: Vec<Protocol>,
    engines: Vec<Kept>,
    native: Option<Native>,
    /// How often the shared cache had code.
    pub hits: u64,
    /// Executions of whole chains.
    pub executions: u64,
}

/// Native engines that keep their code in a directory, which goes when this does.
struct Native {
    kinds: Vec<EngineKind>,
    disk: Arc<DiskCodeCache>,
    directory: PathBuf,
}

impl Default for OneCacheJudge {
    fn default() -> OneCacheJudge {
        OneCacheJudge::new(protocols(), engines())
    }
}

/// The committed protocol, one with another price, one under which the memory does not grow, and a
/// later version of the latter.
pub fn protocols() -> Vec<Protocol> {
    let mut dearer = Protocol::v1();
    dearer.schedule.wasm.arithmetic += 1;
    let mut narrower = Protocol::v1();
    narrower.limits.memory_pages_max = 1;
    let mut later = narrower.clone();
    later.version += 1;
    vec![Protocol::v1(), dearer, narrower, later]
}

/// The machine's own engine, and two that take more gas for a run: another version of it, and one of
/// another name.
pub fn engines() -> Vec<Kept> {
    let own = base_engine()().identity();
    let version = EngineIdentity {
        version: "another",
        ..own
    };
    let name = EngineIdentity {
        name: "another",
        ..own
    };
    let makers = [
        base_engine(),
        Release::maker(version, 1),
        Release::maker(name, 2),
    ];
    let kept = makers.into_iter().map(|maker| Kept {
        shared: Arc::clone(&maker),
        fresh: maker,
    });
    kept.collect()
}

impl OneCacheJudge {
    /// A judge of these protocols and engines, at least two of each.
    pub fn new(protocols: Vec<Protocol>, engines: Vec<Kept>) -> OneCacheJudge {
        OneCacheJudge {
            protocols,
            engines,
            native: Native::new(),
            hits: 0,
            executions: 0,
        }
    }

    /// Judges the chain of a seed. `Ok(true)` means that the shared cache had code at least once.
    ///
    /// # Errors
    /// The machine, and the first difference.
    pub fn seed(&mut self, seed: u64) -> Result<bool, Finding> {
        let mut rng = Rng::new(seed);
        let history = with_growth(sequence(&mut rng));
        let history = begun(seed, history, &self.engines[0].fresh);
        let (protocols, engines) = (self.protocols.len(), self.engines.len());
        let (protocol, engine) = (rng.below(protocols), rng.below(engines));
        let other_engine = (engine + 1 + rng.below(engines - 1)) % engines;
        let hits = self.hits;
        self.history(&history, protocol, (engine, other_engine))?;
        Ok(self.hits > hits)
    }

    /// Judges a history, which begins under a protocol and on an engine, and gives what it came to
    /// on fresh machines, by protocol and engine.
    ///
    /// # Errors
    /// The machine, and the first difference.
    pub fn history(
        &mut self,
        history: &History,
        protocol: usize,
        (engine, other_engine): (usize, usize),
    ) -> Result<BTreeMap<(usize, usize), Execution>, Finding> {
        let protocols = self.protocols.len();
        let protocols = (0..protocols).map(|next| (protocol + next) % protocols);
        let mut machines: Vec<(usize, usize)> = protocols.map(|each| (each, engine)).collect();
        machines.extend([(protocol, other_engine), (protocol, engine)]);
        let mut cache = CodeCache::default();
        let mut fresh: BTreeMap<(usize, usize), Execution> = BTreeMap::new();
        for (number, (protocol, engine)) in machines.into_iter().enumerate() {
            let (rules, kept) = (&self.protocols[protocol], &self.engines[engine]);
            let machine = Machine::with_cache(rules.clone(), (kept.shared)(), cache);
            let shared = perform(history, machine, Manner::Observed, Watch::Calls);
            let fresh = fresh.entry((protocol, engine)).or_insert_with(|| {
                self.executions += 1;
                execute(history, rules, &kept.fresh)
            });
            self.executions += 1;
            same(fresh, &shared.execution, || {
                format!("machine {number}, protocol {protocol}, engine {engine}")
            })?;
            let machine = shared.machine.ok_or("genesis failed")?;
            cache = machine.into_cache();
        }
        self.hits += cache.statistics().hits;
        if let Some(native) = &self.native {
            for protocol in &self.protocols {
                self.executions += native.judge(history, protocol)?;
            }
        }
        Ok(fresh)
    }
}

/// What the history comes to on a machine with an empty cache.
fn execute(history: &History, protocol: &Protocol, engine: &EngineMaker) -> Execution {
    let machine = Machine::new(protocol.clone(), engine());
    perform(history, machine, Manner::Observed, Watch::Calls).execution
}

/// Where both stop at the same place they compare as the same, and all behind it as nothing.
fn same(fresh: &Execution, kept: &Execution, which: impl Fn() -> String) -> Result<(), Finding> {
    if let Some(reason) = &fresh.fatal {
        return Err(format!("{}: the fresh machine stops: {reason}", which()));
    }
    match compare(fresh, kept) {
        Some(found) => Err(format!("{}: {found:?}", which())),
        None => Ok(()),
    }
}

impl Native {
    /// `None` where none is built in.
    fn new() -> Option<Native> {
        let kinds: Vec<EngineKind> = EngineKind::available()
            .filter(|kind| kind.is_native())
            .collect();
        if kinds.is_empty() {
            return None;
        }
        // Each judge of the process removes its own.
        static JUDGES: AtomicU64 = AtomicU64::new(0);
        let number = JUDGES.fetch_add(1, Ordering::Relaxed);
        let name = format!("lockstep-one-cache-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let disk = DiskCodeCache::open(&directory).expect("the directory is ours");
        Some(Native {
            kinds,
            disk: Arc::new(disk),
            directory,
        })
    }

    /// Executes a history on each, with nothing in memory, and compares with an interpreter. Gives the
    /// number of executions.
    fn judge(&self, history: &History, protocol: &Protocol) -> Result<u64, Finding> {
        let fresh = execute(history, protocol, &base_engine());
        for kind in &self.kinds {
            let engine = kind.build_with(Some(&self.disk));
            let engine = engine.map_err(|error| error.to_string())?;
            let machine = Machine::new(protocol.clone(), engine);
            let kept = perform(history, machine, Manner::Observed, Watch::Calls);
            same(&fresh, &kept.execution, || format!("{kind} with its disk"))?;
        }
        Ok(1 + self.kinds.len() as u64)
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        // What stays is a few files in a folder for such.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[cfg(test)]
mod tests {
    use lockstep_cli::Execution;

    use super::{OneCacheJudge, same};

    #[test]
    fn machines_that_both_stop_are_found() {
        let stopped = Execution {
            fatal: Some("out of order".to_string()),
            ..Execution::default()
        };
        let which = || "machine 0".to_string();
        assert!(same(&stopped, &stopped, which).is_err());
        let went_on = Execution::default();
        assert!(same(&went_on, &stopped, which).is_err());
        assert_eq!(same(&went_on, &went_on, which), Ok(()));
    }

    #[test]
    fn the_shared_cache_is_used() {
        let mut judge = OneCacheJudge::default();
        for seed in 0..6 {
            assert_eq!(judge.seed(seed), Ok(true), "seed {seed}");
        }
        assert!(judge.hits > 4 * 6, "{}", judge.hits);
        assert!(judge.executions >= 9 * 6, "{}", judge.executions);
    }
}
