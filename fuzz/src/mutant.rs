//! Real contracts with some operators changed, executed.
//!
//! The oracle `module` of [`oracles`](crate::oracles) mutates bytes, and hardly anything that comes
//! of that is accepted. Here `operators` changes operators, constants and indices, and what the
//! metering pass accepts is executed with limited gas, three times over: its methods beside the
//! independent interpreter, which must count the same gas at every limit; its methods on every
//! engine; and the contract in place of the real one in a committed scenario, with the calls that
//! real one gets, on every engine. A mutant does what no compiler would write and no author means:
//! it loops, traps in odd places and returns nonsense, and everybody must agree about that.

mod operators;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_cli::{
    Control, Scenario, Statistics, World, base_engine, from_text, fuzz_det, standard_worlds,
};
use lockstep_gas_meter::{ExportKind, PreparedModule, Protocol, prepare};
use lockstep_tests::{Coverage, Metered, ScriptedHost, Subject, check_exact};

use crate::engine_agreement::{EngineJudge, ExportedCall};
use crate::generators::Rng;
use crate::oracles::Finding;
use crate::sequence::other_engines;
use operators::{Site, change, sites};

/// The committed contracts, and for each a scenario that calls it.
const CONTRACTS: [(&str, &str); 6] = [
    ("counter.wasm", "counter.toml"),
    ("token.wasm", "token.toml"),
    ("escrow.wasm", "token.toml"),
    ("probe.wasm", "edges.toml"),
    ("probe_v2.wasm", "edges.toml"),
    ("light_client.wasm", "light_client.toml"),
];
/// How often a change is drawn anew when what came of it is refused.
const DRAWS_MAX: usize = 12;
/// How many places of a module are changed at most.
const CHANGES_MAX: usize = 5;
/// How many exported functions of a mutant are called.
const METHODS_MAX: usize = 4;
/// The gas of a host call beside the independent interpreter.
const HOST_PRICE: u32 = 5;
/// Ample gas for a call there: each is repeated at every place where its gas can end.
const EXACT_GAS: i64 = 40_000;
/// Ample gas on all engines, under both lists of prices.
const AGREEMENT_GAS: [u64; 2] = [200_000, 2_400_000];
/// One mutant in so many runs in the scenario: that takes longer than the rest together.
const SCENARIO_ONE_OF: u64 = 4;

/// What the mutants did, to see that it was something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MutantWork {
    /// Contracts that were changed.
    pub drawn: u64,
    /// Of these, how many were accepted and executed.
    pub accepted: u64,
    /// Calls beside the independent interpreter.
    pub exact: Coverage,
    /// Scenarios.
    pub scenarios: u64,
}

/// A committed contract.
struct Real {
    file: &'static str,
    scenario: &'static str,
    module: Vec<u8>,
    sites: Vec<Site>,
}

/// Changes contracts and executes what comes of that.
pub struct MutantJudge {
    contracts: Vec<Real>,
    interpreter: wasmi::Engine,
    engines: EngineJudge,
    worlds: Vec<Box<dyn World>>,
    /// What was done so far.
    pub work: MutantWork,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts")
}

impl Default for MutantJudge {
    fn default() -> MutantJudge {
        let contracts = CONTRACTS.map(|(file, scenario)| {
            let module = std::fs::read(folder().join("artifacts").join(file));
            let module = module.unwrap_or_else(|error| panic!("{file}: {error}"));
            Real {
                file,
                scenario,
                sites: sites(&module),
                module,
            }
        });
        let mut worlds = standard_worlds(&base_engine(), &other_engines(), None);
        worlds.retain(|world| world.name().starts_with("engine:"));
        MutantJudge {
            contracts: contracts.into(),
            interpreter: Metered::engine(),
            engines: EngineJudge::new().expect("every engine that is built in works here"),
            worlds,
            work: MutantWork::default(),
        }
    }
}

impl MutantJudge {
    /// Judges the mutant of a seed; `Ok(true)` means that there was one that is accepted.
    ///
    /// # Errors
    /// What the engines, or an engine and the independent interpreter, disagree about.
    pub fn seed(&mut self, seed: u64) -> Result<bool, Finding> {
        let mut rng = Rng::new(seed);
        let chosen = rng.below(self.contracts.len());
        self.work.drawn += 1;
        let Some((module, prepared)) = draw(&mut rng, &self.contracts[chosen]) else {
            return Ok(false);
        };
        self.work.accepted += 1;
        let named = |what: String| format!("a mutant of {}: {what}", CONTRACTS[chosen].0);
        self.exactness(seed, &module).map_err(named)?;
        self.agreement(seed, &module, &prepared).map_err(named)?;
        if seed.is_multiple_of(SCENARIO_ONE_OF) {
            self.work.scenarios += 1;
            self.scenario(seed, chosen, &module).map_err(named)?;
        }
        Ok(true)
    }

    /// Gas beside the independent interpreter, at every limit.
    fn exactness(&mut self, seed: u64, module: &[u8]) -> Result<(), Finding> {
        let host = ScriptedHost::new(HOST_PRICE);
        let subject = Subject::prepare(&self.interpreter, module, &Protocol::v1(), &host);
        let subject = subject.map_err(|error| error.to_string())?;
        check_exact(&subject, EXACT_GAS, seed, &mut self.work.exact)
            .map_err(|error| error.to_string())
    }

    /// Some of its methods on every engine, with ample gas and with little.
    fn agreement(
        &mut self,
        seed: u64,
        module: &[u8],
        prepared: &PreparedModule,
    ) -> Result<(), Finding> {
        let exports = prepared.exports().iter();
        let functions = exports.filter_map(|export| match &export.kind {
            ExportKind::Function { function_type, .. } if function_type.params.is_empty() => {
                Some(ExportedCall {
                    name: export.name.clone(),
                    arguments: Vec::new(),
                })
            }
            _ => None,
        });
        let mut calls: Vec<ExportedCall> = functions.collect();
        let first = Rng::new(seed).below(calls.len());
        calls.rotate_left(first);
        calls.truncate(METHODS_MAX);
        // An odd seed stands for prices that are about twelve times as high.
        let gas = AGREEMENT_GAS[(seed % 2) as usize];
        self.engines.calls(seed, module, &calls, gas).map(drop)
    }

    /// A committed scenario with the mutant in place of the contract, on every engine.
    fn scenario(&mut self, seed: u64, chosen: usize, module: &[u8]) -> Result<(), Finding> {
        let scenario = in_place(&self.contracts[chosen], module)?;
        let report = fuzz_det(
            &scenario,
            &base_engine(),
            &mut self.worlds,
            seed,
            None,
            &mut Once,
        );
        let report = report.map_err(|failure| failure.to_string())?;
        match report.finding {
            Some(finding) => Err(format!("{}: {:?}", finding.world, finding.place)),
            None => Ok(()),
        }
    }
}

/// A mutant that is accepted, if there is one in a few draws.
fn draw(rng: &mut Rng, real: &Real) -> Option<(Vec<u8>, PreparedModule)> {
    (0..DRAWS_MAX).find_map(|_| {
        let mut module = real.module.clone();
        for _ in 0..=rng.below(CHANGES_MAX) {
            let site = rng.pick(&real.sites);
            change(rng, site, &mut module);
        }
        let prepared = prepare(&module, &Protocol::v1()).ok()?;
        (module != real.module).then_some((module, prepared))
    })
}

/// Tells apart the files of one process.
static FILES: AtomicU64 = AtomicU64::new(0);

/// The contract's scenario with other code.
fn in_place(real: &Real, module: &[u8]) -> Result<Scenario, Finding> {
    let path = folder().join("scenarios").join(real.scenario);
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let name = format!("lockstep-mutant-{}-{number}.wasm", std::process::id());
    let file = std::env::temp_dir().join(name);
    std::fs::write(&file, module).map_err(|error| error.to_string())?;
    let named = format!("../artifacts/{}", real.file);
    let text = text.replace(&named, &file.to_string_lossy());
    let folder = path.parent().unwrap_or(&path);
    let scenario = from_text(text, real.scenario, folder).map_err(|failure| failure.to_string());
    let _ = std::fs::remove_file(&file);
    scenario
}

/// Ends after the scenario itself and one changed copy.
struct Once;

impl Control for Once {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= 2
    }
}
