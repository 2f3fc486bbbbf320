//! V8 does with prepared modules what wasmi does. Where there is no `node`, this says so on the
//! standard error and leaves V8 out.

use std::path::Path;
use std::sync::Arc;

use lockstep_cli::{
    Control, NamedEngine, Statistics, base_engine, fuzz_det, load, standard_worlds,
};
use lockstep_fuzz::control_flow::{module, recursive_module};
use lockstep_fuzz::endings::{ENDINGS, check_endings};
use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_fuzz::v8::{V8Compiler, V8Engine};

/// How many modules every run of the tests checks.
const MODULES: u64 = 60;
/// How many of those that call themselves.
const RECURSIVE_MODULES: u64 = 20;

#[test]
fn v8_agrees_on_generated_modules() {
    if !V8Engine::is_installed() {
        return;
    }
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    let mut judge = judge.with_v8().expect("V8 starts");
    for seed in 1..=MODULES {
        let judged = judge.judge(seed, &module(seed));
        judged.unwrap_or_else(|difference| panic!("{difference}"));
    }
    for seed in 1..=RECURSIVE_MODULES {
        let judged = judge.judge(seed, &recursive_module(seed));
        judged.unwrap_or_else(|difference| panic!("{difference}"));
    }
    let agreement = judge.agreement;
    println!("{agreement:?}");
    assert!(agreement.returned > MODULES, "{agreement:?}");
    assert!(agreement.out_of_gas > MODULES, "{agreement:?}");
    assert!(
        agreement.stack_overflows > RECURSIVE_MODULES,
        "{agreement:?}"
    );
    assert!(agreement.host_calls > 10 * MODULES, "{agreement:?}");
}

#[test]
fn every_ending_is_the_same() {
    if !V8Engine::is_installed() {
        return;
    }
    for compiler in V8Compiler::ALL {
        let v8 = V8Engine::new(compiler).expect("V8 starts");
        let compared = check_endings(&v8, V8Engine::as_it_tells);
        let compared = compared.unwrap_or_else(|what| panic!("{}: {what}", compiler.name()));
        assert_eq!(compared, ENDINGS.len());
    }
}

/// How many candidates of a scenario are executed on V8.
const CANDIDATES: u64 = 12;

struct Few;

impl Control for Few {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= CANDIDATES
    }
}

/// Whole blocks with calls from contract to contract: receipts, each host call with its gas and a
/// hash of the bytes that crossed, state changes and roots.
#[test]
fn scenarios_and_changed_copies_of_them_come_to_the_same_on_v8() {
    if !V8Engine::is_installed() {
        return;
    }
    let engines = V8Compiler::ALL.map(|compiler| NamedEngine {
        name: compiler.name().to_string(),
        make: Arc::new(move || Box::new(V8Engine::new(compiler).expect("V8 starts"))),
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in ["contracts/scenarios/token.toml", "fuzz/planted/script.toml"] {
        let scenario = load(&root.join(name), name).unwrap_or_else(|failure| panic!("{failure}"));
        let mut worlds = standard_worlds(&base_engine(), &engines, None);
        worlds.retain(|world| world.name().starts_with("engine:v8"));
        assert_eq!(worlds.len(), engines.len());
        let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, &mut Few);
        let report = report.unwrap_or_else(|failure| panic!("{failure}"));
        let finding = report.finding.map(|finding| (finding.world, finding.place));
        assert!(finding.is_none(), "{name}: {finding:?}");
        assert!(report.statistics.executions > 2, "{:?}", report.statistics);
    }
}
