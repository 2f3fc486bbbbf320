//! Every engine that is built in does the same: generated modules behind the engine trait, and
//! the scenarios as a whole. With `--features wasmtime` the native engines are among them.

use std::path::Path;

use lockstep_cli::{EngineChoice, Finished};
use lockstep_engines::EngineKind;
use lockstep_fuzz::control_flow::{module, recursive_module};
use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_tests::{finish_scenario, scenario_files};

/// How many modules every run of the tests checks.
const MODULES: u64 = 250;
/// How many of those that call themselves.
const RECURSIVE_MODULES: u64 = 100;
/// Less native stack than a run of compiled code may need.
const NATIVE_STACK_BYTES: usize = 512 << 10;

#[test]
fn engines_agree_on_generated_modules() {
    let mut judge = EngineJudge::new().expect("every engine that is built in works here");
    for seed in 1..=MODULES {
        let judged = judge.judge(seed, &module(seed));
        judged.unwrap_or_else(|difference| panic!("{difference}"));
    }
    let agreement = judge.agreement;
    println!("{agreement:?}");
    assert_eq!(agreement.modules, MODULES);
    assert!(agreement.returned > MODULES, "{agreement:?}");
    assert!(agreement.out_of_gas > MODULES, "{agreement:?}");
    assert!(agreement.trapped > MODULES / 10, "{agreement:?}");
    assert!(agreement.host_calls > 10 * MODULES, "{agreement:?}");
}

/// On a thread whose native stack is small, so an engine that let it decide would show.
#[test]
fn engines_overflow_the_metered_stack_at_the_same_call() {
    let run = || {
        let mut judge = EngineJudge::new().expect("every engine that is built in works here");
        for seed in 1..=RECURSIVE_MODULES {
            let judged = judge.judge(seed, &recursive_module(seed));
            judged.unwrap_or_else(|difference| panic!("{difference}"));
        }
        judge.agreement
    };
    let thread = std::thread::Builder::new().stack_size(NATIVE_STACK_BYTES);
    let agreement = thread.spawn(run).expect("a thread").join();
    let agreement = agreement.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    println!("{agreement:?}");
    assert!(
        agreement.stack_overflows > RECURSIVE_MODULES,
        "{agreement:?}"
    );
}

/// How a scenario ends on the engines of these names, and its observations.
fn finish(path: &Path, engines: &str) -> (Finished, String) {
    let engines = EngineChoice::parse(engines).unwrap_or_else(|failure| panic!("{failure}"));
    finish_scenario(path, &engines)
}

#[test]
fn every_scenario_is_byte_equal_on_every_engine() {
    for path in scenario_files() {
        let (expected, golden) = finish(&path, EngineKind::default().name());
        let document = |finished: &Finished| {
            serde_json::to_string(&finished.report).expect("a report is a document")
        };
        for kind in EngineKind::available() {
            let (finished, observations) = finish(&path, kind.name());
            let place = format!("{} on {kind}", path.display());
            assert_eq!(document(&finished), document(&expected), "{place}");
            assert_eq!(observations, golden, "{place}");
        }
    }
}

#[test]
fn every_scenario_runs_on_all_engines_in_lockstep() {
    let names: Vec<&str> = EngineKind::available().map(EngineKind::name).collect();
    for path in scenario_files() {
        let (alone, _) = finish(&path, EngineKind::default().name());
        let (together, _) = finish(&path, &names.join(","));
        assert_eq!(together.report, alone.report);
        let blocks = &alone.report.blocks;
        let transactions: usize = blocks.iter().map(|block| block.transactions.len()).sum();
        assert_eq!(together.compared, transactions as u64);
        assert!(together.remark.contains("each equal on"));
    }
}
