//! Code that was prepared for profiling does the same for the same gas, and its probes count
//! exactly that gas; code that reports results does the same, too, and reports what it computes.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{
    Probe, ProbeKind, Protocol, ResultPart, SegmentStart, probes, result_probes, validate,
};
use lockstep_vm::{CodeCache, NoObserver, Observer, ProbeRecord, Status};

use crate::cases::{INPUT, Stage, good};
use crate::world::{GAS, Ran, World};

/// Loops, recursion, indirect calls through a table of its own, operators that are priced by their
/// operand, and several ways to trap.
const TEXT: &str = r#"(module
    (import "lockstep" "gas_left" (func $gas_left (result i64)))
    (import "lockstep" "return" (func $return (param i32 i32)))
    (type $step (func (param i32) (result i32)))
    (memory 1)
    (table 3 funcref)
    (elem (i32.const 0) $fib $count)
    (func $fib (type $step)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add
                (call $fib (i32.sub (local.get 0) (i32.const 1)))
                (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func $count (type $step) (local $i i32)
        (block $out
            (loop $again
                (br_if $out (i32.ge_u (local.get $i) (local.get 0)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (drop (call $gas_left))
                (br $again)))
        (block $b (block $a (br_table $a $b (i32.and (local.get $i) (i32.const 1)))) (nop))
        (local.get $i))
    (func $indirect (param i32 i32) (result i32)
        (call_indirect (type $step) (local.get 0) (local.get 1)))
    (func (export "main")
        (i32.store (i32.const 0) (i32.add
            (call $indirect (i32.const 7) (i32.const 0))
            (call $indirect (i32.const 5) (i32.const 1))))
        (i32.store (i32.const 4) (memory.grow (i32.const 2)))
        (memory.fill (i32.const 100) (i32.const 1) (i32.mul (i32.const 5) (i32.const 10)))
        (memory.copy (i32.const 200) (i32.const 100) (i32.const 30))
        (call $return (i32.const 0) (i32.const 8)))
    (func (export "falls_off") (drop (call $fib (i32.const 4))))
    (func (export "null") (drop (call $indirect (i32.const 1) (i32.const 2))))
    (func (export "outside") (drop (call $fib (i32.const 3)))
        (drop (i32.load (i32.const -4))))
    (func (export "deep") (call $deeper))
    (func $deeper (call $deeper)))"#;

/// Keeps every probe that was reached.
#[derive(Default)]
struct Trace(Vec<(u32, u32)>);

impl Observer for Trace {
    fn probe(&mut self, probe: &ProbeRecord) {
        self.0.push((probe.number, probe.operand));
    }
}

/// What the probes of [`TEXT`] stand for.
fn meaning() -> Vec<Probe> {
    let wasm = wat::parse_str(TEXT).unwrap();
    let protocol = Protocol::v1();
    let valid = validate(&wasm, &protocol).unwrap();
    probes(&valid).unwrap()
}

fn run(cache: CodeCache, method: &str, gas: u64, observer: &mut dyn Observer) -> Ran {
    let mut world = World::new();
    world.cache = cache;
    let contract = world.deploy(1, TEXT);
    let mut message = world.message(contract, method, &[]);
    message.gas = gas;
    world.run_observed(message, observer)
}

fn traced(method: &str, gas: u64) -> (Ran, Trace) {
    let mut trace = Trace::default();
    let ran = run(CodeCache::with_probes(), method, gas, &mut trace);
    (ran, trace)
}

fn with_results(method: &str, gas: u64) -> (Ran, Trace) {
    let mut trace = Trace::default();
    let ran = run(CodeCache::with_result_probes(), method, gas, &mut trace);
    (ran, trace)
}

fn gas_of(trace: &Trace, meaning: &[Probe]) -> u64 {
    let reached = trace.0.iter();
    reached
        .map(|(number, operand)| match &meaning[*number as usize].kind {
            ProbeKind::Segment(segment) => segment.gas(),
            ProbeKind::Operand { price, .. } => price * u64::from(*operand),
        })
        .sum()
}

#[test]
fn probes_count_exactly_the_wasm_gas() {
    let meaning = meaning();
    for method in ["main", "falls_off"] {
        let plain = run(CodeCache::default(), method, GAS, &mut NoObserver);
        let (probed, trace) = traced(method, GAS);
        assert_eq!(plain.status, Status::Success);
        assert_eq!(probed, plain);
        assert!(trace.0.len() > 10);
        assert_eq!(gas_of(&trace, &meaning), plain.gas.wasm, "{method}");
    }
    let (main, trace) = traced("main", GAS);
    assert_eq!(main.bytes(), [18, 0, 0, 0, 1, 0, 0, 0]);
    let operands: Vec<u32> = trace
        .0
        .iter()
        .filter(|(number, _)| matches!(meaning[*number as usize].kind, ProbeKind::Operand { .. }))
        .map(|(_, operand)| *operand)
        .collect();
    // What a constant says, the 30, is a part of its segment.
    assert_eq!(operands, [2, 50]);
}

#[test]
fn results_are_reported_in_the_order_of_the_operators() {
    let wasm = wat::parse_str(TEXT).unwrap();
    let protocol = Protocol::v1();
    let sites = result_probes(&validate(&wasm, &protocol).unwrap()).unwrap();
    let (ran, trace) = with_results("falls_off", GAS);
    assert_eq!(
        ran,
        run(CodeCache::default(), "falls_off", GAS, &mut NoObserver)
    );
    let reported = |(number, value): &(u32, u32)| {
        let site = sites[*number as usize];
        (
            wasm[usize::try_from(site.offset).unwrap()],
            site.part,
            *value,
        )
    };
    let first: Vec<_> = trace.0.iter().take(4).map(reported).collect();
    // fib(4) compares 4 with 2 and subtracts 1, fib(3) does the same.
    let (less, subtract, whole) = (0x49, 0x6b, ResultPart::Whole);
    let expected = [(less, 0), (subtract, 3), (less, 0), (subtract, 2)];
    assert_eq!(
        first,
        expected.map(|(operator, value)| (operator, whole, value))
    );
    // At the end fib(4) adds 2 and 1, and the call of it has the sum.
    let last: Vec<_> = trace.0.iter().rev().take(2).map(reported).collect();
    assert_eq!(last, [(0x10, whole, 3), (0x6a, whole, 3)]);

    // An i64 comes in halves: here what is left of the gas, which is less than 2^32.
    let (_, trace) = with_results("main", GAS);
    let wide = trace.0.iter().map(reported);
    let wide: Vec<_> = wide
        .filter(|(_, part, _)| *part != ResultPart::Whole)
        .collect();
    assert_eq!(wide.len(), 10, "five calls of gas_left");
    for halves in wide.chunks(2) {
        assert!(halves[0].1 == ResultPart::Low && u64::from(halves[0].2) < GAS);
        assert_eq!((halves[1].1, halves[1].2), (ResultPart::High, 0));
    }
}

#[test]
fn code_without_probes_reports_none() {
    let mut trace = Trace::default();
    run(CodeCache::default(), "main", GAS, &mut trace);
    assert!(trace.0.is_empty());
}

#[test]
fn traps_and_ends_of_gas_are_the_same() {
    for (method, status) in [
        ("null", Status::IndirectCallNull),
        ("outside", Status::MemoryOutOfBounds),
        ("deep", Status::StackOverflow),
    ] {
        let plain = run(CodeCache::default(), method, GAS, &mut NoObserver);
        assert_eq!(plain.status, status);
        assert_eq!(traced(method, GAS).0, plain, "{method}");
        assert_eq!(with_results(method, GAS).0, plain, "{method}");
    }
    let full = run(CodeCache::default(), "main", GAS, &mut NoObserver);
    let all = full.gas.total();
    let meaning = meaning();
    for gas in (0..60).map(|step| all * step / 59).chain([all - 1]) {
        let plain = run(CodeCache::default(), "main", gas, &mut NoObserver);
        let (probed, trace) = traced("main", gas);
        assert_eq!(probed, plain, "{gas}");
        assert_eq!(with_results("main", gas).0, plain, "{gas}");
        assert!(gas_of(&trace, &meaning) <= full.gas.wasm, "{gas}");
    }
}

/// What the order of the probes says about calls: every function that began, in order, with the
/// depth at which it did.
#[test]
fn the_call_stack_follows_from_the_order() {
    let meaning = meaning();
    let (_, trace) = traced("falls_off", GAS);
    let mut stack: Vec<u32> = Vec::new();
    let mut calls = Vec::new();
    for (number, _) in &trace.0 {
        let ProbeKind::Segment(segment) = &meaning[*number as usize].kind else {
            continue;
        };
        match segment.start {
            SegmentStart::Entry => {
                calls.push(stack.len());
                stack.push(*number);
            }
            SegmentStart::AfterCall { waiting } => {
                while *stack.last().unwrap() != waiting {
                    stack.pop();
                }
            }
            SegmentStart::Within => {}
        }
        *stack.last_mut().unwrap() = *number;
    }
    // The method, then fib(4): it calls fib(3) and fib(2), and so on.
    assert_eq!(calls, [0, 1, 2, 3, 4, 4, 3, 2, 3, 3]);
}

#[test]
fn every_host_function_does_the_same() {
    for function in HostFunction::ALL {
        let ran = |cache: CodeCache| {
            let mut stage = Stage::new();
            stage.world.cache = cache;
            let id = stage.contract(function, &good(function).args);
            let message = stage.world.message(id, "main", INPUT);
            stage.world.run(message)
        };
        let plain = ran(CodeCache::default());
        assert_eq!(ran(CodeCache::with_probes()), plain, "{function:?}");
        assert_eq!(ran(CodeCache::with_result_probes()), plain, "{function:?}");
    }
}
