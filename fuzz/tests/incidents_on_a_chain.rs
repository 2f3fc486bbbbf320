//! The incidents of the corpus that only a chain, a cache, another engine, a witness or a caller can
//! show: each has a scenario beside its module, which runs here in every such way.

use std::path::Path;
use std::sync::{Arc, Mutex};

use lockstep_cli::{
    Bundled, Control, DryRuns, Ending, EngineChoice, Execution, Exit, Failure, Finished, History,
    Manner, Scenario, Statistics, Watch, World, WorldAnswer, base_engine, compare, fuzz_det, load,
    perform, run_and_bundle, run_in, standard_worlds,
};
use lockstep_engines::EngineKind;
use lockstep_fuzz::incidents::{folder, scenario_files};
use lockstep_fuzz::one_cache::OneCacheJudge;
use lockstep_fuzz::sequence::other_engines;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::MemoryStore;
use lockstep_vm::{Bundle, CodeCache, Machine, NoObserver, Receipt, replay};

/// What begins the line of a module's text that names the state that its scenario ends in.
const STATE: &str = ";; state ";

/// The scenarios, by the name that they share with their module.
fn scenarios() -> Vec<(String, Scenario)> {
    let files = scenario_files().into_iter();
    let named = |path: &Path| {
        let name = path.file_stem().expect("a file").to_string_lossy();
        let file = path.file_name().expect("a file").to_string_lossy();
        let scenario = load(path, &file).unwrap_or_else(|failure| panic!("{failure}"));
        (name.into_owned(), scenario)
    };
    files.map(|path| named(&path)).collect()
}

/// Is over after the scenario itself.
struct Once;

impl Control for Once {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= 1
    }
}

/// A world that keeps the history that it gets.
#[derive(Default)]
struct Keeper(Arc<Mutex<Option<History>>>);

impl World for Keeper {
    fn name(&self) -> String {
        "keeper".to_string()
    }

    fn about(&self) -> String {
        "keeps the history".to_string()
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<WorldAnswer, Failure> {
        *self.0.lock().expect("no panic") = Some(history.clone());
        let machine = Machine::new(Protocol::v1(), base_engine()());
        Ok(perform(history, machine, Manner::Observed, watch).into())
    }
}

/// The scenario's transactions, signed.
fn history(scenario: &Scenario) -> History {
    let keeper = Keeper::default();
    let kept = Arc::clone(&keeper.0);
    let mut worlds: Vec<Box<dyn World>> = vec![Box::new(keeper)];
    let report = fuzz_det(scenario, &base_engine(), &mut worlds, 1, None, &mut Once);
    report.unwrap_or_else(|failure| panic!("{failure}"));
    let history = kept.lock().expect("no panic").take();
    history.expect("the world was asked")
}

/// The gas of all transactions.
fn gas(execution: &Execution) -> u64 {
    let transactions = execution
        .blocks
        .iter()
        .flat_map(|block| &block.transactions);
    let gas = transactions.map(|one| match &one.ending {
        Ending::Included { receipt, .. } => {
            let receipt = Receipt::from_bytes(&receipt.0).expect("a receipt");
            receipt.gas_used.total()
        }
        Ending::Invalid(_) => 0,
    });
    gas.sum()
}

fn finish(scenario: &Scenario, engines: &str) -> Finished {
    let engines = EngineChoice::parse(engines).unwrap_or_else(|failure| panic!("{failure}"));
    let finished = run_in(MemoryStore::new(), scenario, &engines, DryRuns::None);
    finished.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn scenarios_come_to_what_they_state_on_every_engine() {
    let names: Vec<&str> = EngineKind::available().map(EngineKind::name).collect();
    let mut stated = 0;
    for (name, scenario) in scenarios() {
        let finished = finish(&scenario, &names.join(","));
        let problems: Vec<String> = finished.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{name}:\n{}", problems.join("\n"));
        assert_eq!(finished.exit, Exit::Success, "{name}");
        assert!(finished.compared > 0, "{name}");
        stated += finished.report.expectations_stated;
    }
    assert!(stated > 150, "{stated}");
}

/// Cold and warm caches, observers, dry runs, threads, fresh instances, the order, a witness.
#[test]
fn every_world_comes_to_the_same() {
    for (name, scenario) in scenarios() {
        let mut worlds = standard_worlds(&base_engine(), &other_engines(), None);
        let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, &mut Once);
        let report = report.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let finding = report.finding.map(|finding| (finding.world, finding.place));
        assert!(finding.is_none(), "{name}: {finding:?}");
        let executions = report.statistics.executions;
        assert!(executions >= worlds.len() as u64, "{name}: {executions}");
    }
}

/// Machines under four protocols and on two engines hand one cache on. What was compiled under other
/// rules or for another engine is not taken: where arithmetic costs 1 more, so do the subtractions of
/// the patch, and where there is one page of memory, the engine's update gets no second one.
#[test]
fn one_cache_for_several_protocols_and_engines_changes_nothing() {
    for (name, scenario) in scenarios() {
        let mut judge = OneCacheJudge::default();
        let history = history(&scenario);
        let fresh = judge.history(&history, 0, (0, 1));
        let fresh = fresh.unwrap_or_else(|finding| panic!("{name}: {finding}"));
        assert!(judge.hits > 0, "{name}");
        // The committed protocol, the same where arithmetic costs 1 more, one page, another engine.
        let gas = [(0, 0), (1, 0), (2, 0), (0, 1)].map(|which| gas(&fresh[&which]));
        match name.as_str() {
            // Two calls of a thousand subtractions and one.
            "cwa-2024-004-patch" => assert_eq!(gas[1] - gas[0], 2 * 1_001),
            // Pages that are refused are paid as well.
            "nitro-2876-engine-update" => {
                assert_ne!(fresh[&(2, 0)], fresh[&(0, 0)]);
                assert_ne!(gas[3], gas[0]);
            }
            _ => {}
        }
    }
}

/// From each block on another engine executes: it finds the state, and the cache with what the old one
/// compiled.
#[test]
fn an_engines_update_finds_the_state_and_the_cache_of_the_old_one() {
    for (name, scenario) in scenarios() {
        let history = history(&scenario);
        let machine = |kind: EngineKind, cache| {
            let engine = kind
                .build()
                .expect("every engine that is built in works here");
            Machine::with_cache(Protocol::v1(), engine, cache)
        };
        for old in EngineKind::available() {
            for updated_after in 1..history.blocks.len() {
                let mut before = history.clone();
                before.blocks.truncate(updated_after);
                let cold = machine(old, CodeCache::default());
                let before = perform(&before, cold, Manner::Observed, Watch::Calls);
                assert_eq!(before.execution.fatal, None, "{name}");
                let (_, trie) = before.state.expect("genesis succeeds");
                let later = history.clone().begun_at(trie, updated_after);
                let mut cache = before.machine.expect("genesis succeeds").into_cache();
                let fresh = machine(EngineKind::default(), CodeCache::default());
                let fresh = perform(&later, fresh, Manner::Observed, Watch::Calls);
                for new in EngineKind::available() {
                    let performed =
                        perform(&later, machine(new, cache), Manner::Observed, Watch::Calls);
                    let found = compare(&fresh.execution, &performed.execution);
                    let place = format!("{name}: {old}, {new} after block {updated_after}");
                    assert!(found.is_none(), "{place}: {found:?}");
                    assert_eq!(performed.execution.fatal, None, "{place}");
                    cache = performed.machine.expect("it has a state").into_cache();
                }
            }
        }
    }
}

/// From a bundle, as another client would, with nothing but a witness of the state: each engine
/// comes to the roots of the run, and to the state that the module's text names.
#[test]
fn another_client_comes_to_the_same_roots() {
    let mut named = 0;
    for (name, scenario) in scenarios() {
        let (store, engines) = (MemoryStore::new(), EngineChoice::default());
        let bundled = run_and_bundle(store, &scenario, &engines, DryRuns::None, Bundled::All);
        let (finished, bytes) = bundled.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let roots: Vec<&String> = finished
            .report
            .blocks
            .iter()
            .map(|it| &it.state_root)
            .collect();
        for kind in EngineKind::available() {
            let bundle = Bundle::from_bytes(&bytes).expect("a bundle");
            let engine = kind
                .build()
                .expect("every engine that is built in works here");
            let mut machine = Machine::new(Protocol::v1(), engine);
            let replayed = replay(&bundle, &mut machine, &mut NoObserver);
            let replayed = replayed.unwrap_or_else(|error| panic!("{name} on {kind}: {error}"));
            let replayed = replayed
                .blocks
                .iter()
                .map(|block| block.state_root.to_string());
            assert!(
                replayed.eq(roots.iter().copied().cloned()),
                "{name} on {kind}"
            );
        }
        let module = folder().join(format!("{name}.wat"));
        let text = std::fs::read_to_string(module).expect("a module beside each scenario");
        if let Some(state) = text.lines().find_map(|line| line.strip_prefix(STATE)) {
            assert_eq!(
                roots.last().map(|root| root.as_str()),
                Some(state),
                "{name}"
            );
            named += 1;
        }
    }
    assert!(named >= 1);
}
