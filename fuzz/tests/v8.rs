//! V8 does with prepared modules what wasmi does. Where there is no `node`, this says so on the
//! standard error and leaves V8 out.

use std::path::Path;
use std::sync::Arc;

use lockstep_abi::HostFunction;
use lockstep_cli::{
    Control, NamedEngine, Statistics, base_engine, fuzz_det, load, standard_worlds,
};
use lockstep_fuzz::control_flow::{module, recursive_module};
use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_fuzz::v8::{V8Compiler, V8Engine};
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Call, Engine, HostCalls, Meter, Run, Unwind, WasmiEngine};

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

/// A module for each way in which code can trap, and some that only V8 could confuse.
const ENDINGS: [&str; 14] = [
    "(module (func (export \"run\") unreachable))",
    "(module (memory 1) (func (export \"run\") i32.const -1 i32.load drop))",
    "(module (memory 1) (func (export \"run\") i32.const -1 i32.const 0 i32.const 5 memory.copy))",
    "(module (memory 1) (func (export \"run\") i32.const 65530 i32.const 0 i32.const 7 memory.fill))",
    "(module (memory 1) (data \"abc\")
        (func (export \"run\") i32.const 0 i32.const 2 i32.const 5 memory.init 0))",
    "(module (table 2 2 funcref) (type $t (func))
        (func (export \"run\") i32.const 5 call_indirect (type $t)))",
    "(module (table 2 2 funcref) (type $t (func))
        (func (export \"run\") i32.const 1 call_indirect (type $t)))",
    "(module (table 2 2 funcref) (elem (i32.const 0) $x) (type $t (func)) (func $x (param i32))
        (func (export \"run\") i32.const 0 call_indirect (type $t)))",
    "(module (func (export \"run\") i32.const 1 i32.const 0 i32.div_s drop))",
    "(module (func (export \"run\") i64.const 1 i64.const 0 i64.rem_u drop))",
    "(module (func (export \"run\") i32.const 0x80000000 i32.const -1 i32.div_s drop))",
    "(module (memory 1) (data (i32.const 65535) \"abc\") (func (export \"run\")))",
    "(module (table 1 1 funcref) (elem (i32.const 1) $r) (func $r (export \"run\")))",
    "(module (memory 1) (func (export \"run\")
        i32.const 3 memory.grow drop i32.const 100000 memory.grow drop))",
];

/// A host that ends the run at the first call, after it has written to memory.
struct OneCall;

impl HostCalls for OneCall {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        memory[..4].copy_from_slice(&[1, 2, 3, 4]);
        meter.gas -= 1;
        Err(Unwind)
    }
}

fn run(engine: &dyn Engine, text: &str) -> Run {
    let bytes = wat::parse_str(text).expect("the text is a module");
    let prepared = prepare(&bytes, &Protocol::v1()).unwrap_or_else(|error| panic!("{error}"));
    let module = engine.compile(&prepared).expect("it compiles");
    let call = Call {
        method: "run",
        gas: 100_000,
        stack_slots: 1_000,
    };
    module.run(call, &mut OneCall).expect("the engine works")
}

#[test]
fn every_ending_is_the_same() {
    if !V8Engine::is_installed() {
        return;
    }
    let stopped = "(module (import \"lockstep\" \"debug_log\" (func $log (param i32 i32)))
        (memory 1) (func (export \"run\") i32.const 0 i32.const 0 call $log))";
    for compiler in V8Compiler::ALL {
        let v8 = V8Engine::new(compiler).expect("V8 starts");
        for text in ENDINGS.into_iter().chain([stopped]) {
            let mut expected = run(&WasmiEngine::new(), text);
            expected.completion = V8Engine::as_it_tells(expected.completion);
            assert_eq!(run(&v8, text), expected, "{}: {text}", compiler.name());
        }
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
