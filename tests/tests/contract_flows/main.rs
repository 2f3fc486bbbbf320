//! Whole transactions of real contracts against the reference interpreter.
//!
//! Every scenario of `contracts/scenarios` is run on the machine, its blocks are bundled, and the
//! bundle is replayed on an engine that notes each run: what it was given, each host call with the
//! counters and the memory before it, and what the host made of them. Then the uploaded module of
//! each run is executed by the reference interpreter, whose host knows nothing and repeats what
//! the machine's did. Gas, stack, arguments and memory must be the same at every host call, and gas,
//! stack and ending at the end.
//!
//! No run used more than the static bound of its method, either; `bounded` compares.

mod bounded;
mod recorder;
mod script;

use std::path::{Path, PathBuf};

use lockstep_cli::{Bundled, DryRuns, EngineChoice, load, run_and_bundle};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::MemoryStore;
use lockstep_tests::scenario_files;
use lockstep_vm::{Action, Bundle, Machine, NoObserver, replay};

use bounded::{Checked, check};
use recorder::{RecordedRun, Recorder};
use script::execute;

fn contracts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts")
}

/// What the machine ran for a scenario.
fn record(scenario: &Path) -> Vec<RecordedRun> {
    let name = scenario.file_name().expect("a file").to_string_lossy();
    let loaded = load(scenario, &name).unwrap_or_else(|failure| panic!("{failure}"));
    let engines = EngineChoice::default();
    let (store, which) = (MemoryStore::new(), Bundled::All);
    let bundled = run_and_bundle(store, &loaded, &engines, DryRuns::None, which);
    let (_, bytes) = bundled.unwrap_or_else(|failure| panic!("{failure}"));
    let bundle = Bundle::from_bytes(&bytes).expect("it was just written");
    let transactions = bundle.blocks.iter().flat_map(|block| &block.transactions);
    let uploads = transactions.filter_map(|(signed, _)| match &signed.transaction.action {
        Action::Upload { code } => Some(code.as_slice()),
        _ => None,
    });
    let recorder = Recorder::new(uploads);
    let runs = recorder.runs();
    let mut machine = Machine::new(Protocol::v1(), Box::new(recorder));
    let replayed = replay(&bundle, &mut machine, &mut NoObserver);
    replayed.unwrap_or_else(|error| panic!("{name}: {error}"));
    std::mem::take(&mut *runs.lock().expect("no run panicked"))
}

#[test]
fn every_run_of_a_scenario_uses_the_gas_that_the_reference_counts() {
    let scenarios = scenario_files();
    assert!(scenarios.len() >= 4);
    for scenario in scenarios {
        let runs = record(&scenario);
        let calls: usize = runs.iter().map(|run| run.calls.len()).sum();
        println!(
            "{}: {} runs, {calls} host calls",
            scenario.display(),
            runs.len()
        );
        assert!(runs.len() > 2 && calls > 10, "{}", scenario.display());
        for (number, run) in (1..).zip(&runs) {
            if let Err(difference) = execute(run) {
                let name = scenario.display();
                panic!("{name}: run {number}, {}: {difference}", run.method);
            }
        }
    }
}

#[test]
fn no_run_of_a_scenario_uses_more_than_the_bound_of_its_method() {
    let mut checked = Checked::default();
    for scenario in scenario_files() {
        let runs = record(&scenario);
        for (number, run) in (1..).zip(&runs) {
            if let Err(problem) = check(run, &mut checked) {
                let name = scenario.display();
                panic!("{name}: run {number}, {}: {problem}", run.method);
            }
        }
    }
    println!("{checked:#?}");
    assert!(checked.succeeded > 20, "{checked:?}");
    // Some bounds are close enough to what is used for a way that is forgotten to show.
    assert!(checked.close > 10, "{checked:?}");
}

/// A test that cannot fail would be none: a run whose record is off by one gas does not pass.
#[test]
fn a_record_that_is_off_by_one_is_found() {
    let scenario = contracts().join("scenarios/counter.toml");
    let mut runs = record(&scenario);
    let run = runs
        .iter_mut()
        .find(|run| run.calls.len() > 1)
        .expect("a run calls the host");
    execute(run).expect("it is as recorded");
    run.calls[1].before.gas += 1;
    assert!(execute(run).is_err());
    run.calls[1].before.gas -= 1;
    run.after.gas -= 1;
    assert!(execute(run).is_err());
}
