//! Code that would take Cranelift too long is compiled by Winch, and comes to the same there.
#![cfg(feature = "wasmtime")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use lockstep_abi::HostFunction;
use lockstep_engines::{Compiler, DiskCodeCache, EngineKind, WasmtimeEngine};
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{
    Call, CodeCache, CompiledModule, Completion, Engine, FinalState, HostCalls, Meter, Run, Unwind,
    code_hash,
};

/// How many values `$many` takes and gives.
const VALUES: usize = 10;

/// `run` changes each local in the innermost of nested loops, and stores their sum. `endless` calls
/// itself until the metered stack ends, `outside` traps.
fn nested_loops(locals: usize, loops: usize) -> String {
    let mut body = "loop\n".repeat(loops);
    for local in 0..locals {
        let _ = writeln!(
            body,
            "local.get {local} i64.const {} i64.add local.set {local}",
            local + 1
        );
    }
    // The innermost loop runs three times, and those around it once.
    body.push_str(&"local.get 0 i64.const 3 i64.lt_u br_if 0 end\n".repeat(loops));
    for local in 0..locals {
        let _ = writeln!(body, "global.get 0 local.get {local} i64.add global.set 0");
    }
    module(locals, &body)
}

/// A module with a function of so many locals, and methods around it.
fn module(locals: usize, body: &str) -> String {
    let (locals, values) = (" i64".repeat(locals), " i64".repeat(VALUES));
    let numbers = "i64.const 1 ".repeat(VALUES);
    format!(
        r#"(module (type $empty (func)) (table $table 1 funcref)
            (memory 1) (global (mut i64) (i64.const 0))
            (func $work (local{locals}) {body})
            (func $many (param{values}) (result{values}) {numbers})
            (func $down call $down i32.const 0 i64.const 1 i64.store)
            (func (export "run") call $work i32.const 8 global.get 0 i64.store)
            (func (export "endless") call $down)
            (func (export "outside") call $work i32.const -1 i64.load drop))"#
    )
}

/// Many conditions, with so many locals that all differ.
fn conditions(locals: usize, conditions: usize) -> String {
    let mut body = String::new();
    for number in 0..conditions {
        let local = number % locals;
        let _ = writeln!(
            body,
            "local.get 0 i32.wrap_i64 if i64.const {number} local.set {local} end"
        );
    }
    module(locals, &body)
}

/// A table of branches to one place where many locals may differ.
fn branches(locals: usize, targets: usize) -> String {
    let mut body = String::from("block\n");
    for local in 1..locals {
        let _ = writeln!(body, "i64.const {local} local.set {local}");
    }
    let _ = writeln!(
        body,
        "local.get 0 i32.wrap_i64 br_table{}",
        " 0".repeat(targets)
    );
    body.push_str("end\n");
    module(locals, &body)
}

/// Conditions above so many values that wait on the operand stack.
fn waiting_values(values: usize, conditions: usize) -> String {
    let mut body = "i32.const 8 i64.load\n".repeat(values);
    body.push_str(&"local.get 0 i32.wrap_i64 if i64.const 3 local.set 0 end\n".repeat(conditions));
    body.push_str(&"global.set 0\n".repeat(values));
    module(1, &body)
}

fn prepared(text: &str) -> PreparedModule {
    let code = wat::parse_str(text).expect("the text is a module");
    prepare(&code, &Protocol::v1()).expect("it is accepted")
}

fn cranelift() -> WasmtimeEngine {
    WasmtimeEngine::new(Compiler::Cranelift).expect("it is available")
}

/// What a run left behind.
#[derive(Debug, Default, PartialEq)]
struct Left {
    memory: Vec<u8>,
    globals: Vec<u64>,
}

impl HostCalls for Left {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        _memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        Err(Unwind)
    }

    fn wants_final_state(&self) -> bool {
        true
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.memory = left.memory.to_vec();
        self.globals = left.globals.to_vec();
    }
}

fn run(module: &dyn CompiledModule, method: &str) -> (Run, Left) {
    let call = Call {
        method,
        gas: 1 << 40,
        stack_slots: Protocol::v1().limits.stack_slots_max,
    };
    let mut left = Left::default();
    let run = module.run(call, &mut left).expect("the engine works");
    (run, left)
}

#[test]
fn code_that_would_take_cranelift_too_long_is_compiled_in_one_pass() {
    let loops = "loop\n".repeat(500);
    let ends = "local.get 0 i32.wrap_i64 br_if 0 end\n".repeat(500);
    let condition = "local.get 0 i32.wrap_i64 if i64.const 3 local.set 0 end\n";
    let sums = "i64.const 5 i64.add\n".repeat(60_000);
    let products = "i32.const 8 local.get 0 i64.const 77 i64.mul i64.store\n".repeat(3_000);
    let indirect = "i32.const 0 call_indirect $table (type $empty)\n";
    let (numbers, drops) = ("i64.const 1 ".repeat(VALUES), "drop ".repeat(VALUES));
    let calls = "call $many\n".repeat(10_000);
    for text in [
        nested_loops(500, 500),
        conditions(3_000, 10_000),
        branches(1_000, 8_000),
        waiting_values(4_000, 5_000),
        module(1, &[&loops, &*condition.repeat(2_000), &ends].concat()),
        module(1, &["local.get 0 ", &sums, "local.set 0"].concat()),
        module(1, &[products, condition.repeat(10_000)].concat()),
        module(1, &indirect.repeat(20_000)),
        module(1, &[numbers, calls, drops].concat()),
    ] {
        let engine = cranelift();
        engine.compile(&prepared(&text)).expect("it compiles");
        assert_eq!(engine.compiled_in_one_pass(), 1, "{}", &text[..400]);
    }
}

#[test]
fn ordinary_code_is_compiled_by_cranelift() {
    let engine = cranelift();
    for text in [nested_loops(5, 5), conditions(20, 200), branches(20, 200)] {
        engine.compile(&prepared(&text)).expect("it compiles");
    }
    assert_eq!(engine.compiled_in_one_pass(), 0);
}

#[test]
fn both_compilers_come_to_what_the_interpreter_comes_to() {
    let wasmi = EngineKind::Wasmi.build().expect("it is available");
    for (locals, loops, in_one_pass) in [(5, 5, 0), (500, 500, 1)] {
        let prepared = prepared(&nested_loops(locals, loops));
        let engine = cranelift();
        let expected = wasmi.compile(&prepared).expect("it compiles");
        let module = engine.compile(&prepared).expect("it compiles");
        assert_eq!(engine.compiled_in_one_pass(), in_one_pass);
        for method in ["run", "endless", "run", "outside", "run"] {
            let expected = run(expected.as_ref(), method);
            assert_eq!(
                expected.0.completion == Completion::Returned,
                method == "run"
            );
            assert!(run(module.as_ref(), method) == expected, "{method}");
        }
        assert_eq!(engine.instances_reused(), 4);
    }
}

#[test]
fn code_that_was_compiled_in_one_pass_is_found_on_disk() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-effort");
    let _ = fs::remove_dir_all(&path);
    let text = nested_loops(500, 500);
    let hash = code_hash(&wat::parse_str(&text).expect("the text is a module"));
    let prepared = prepared(&text);
    for hits in [0, 1] {
        let disk = Arc::new(DiskCodeCache::open(&path).expect("the directory is ours"));
        let engine = cranelift().with_disk_cache(Arc::clone(&disk));
        let key = CodeCache::default().key(hash, &Protocol::v1(), &engine);
        let module = engine.compile_keyed(&key, &prepared).expect("it compiles");
        assert_eq!(
            run(module.as_ref(), "run").0.completion,
            Completion::Returned
        );
        let statistics = disk.statistics();
        assert_eq!((statistics.hits, statistics.written), (hits, 1 - hits));
        assert_eq!(statistics.refused, []);
        assert_eq!(engine.compiled_in_one_pass(), 1);
    }
}
