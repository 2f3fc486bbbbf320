//! The native stack decides nothing: recursion ends at the metered bound on every engine, also on
//! a thread with little stack, and compiled frames that are too large for it fail the engine.
#![cfg(feature = "wasmtime")]

use std::fmt::Write;

use lockstep_abi::HostFunction;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Call, Completion, EngineError, HostCalls, Meter, Run, TrapCode, Unwind};

/// The smallest that a thread of the standard library may have, about.
const TINY_STACK_BYTES: usize = 128 << 10;

/// Calls itself until something ends it.
const ENDLESS: &str = r#"(module
    (func $down (param i64 i64) (result i64)
        local.get 0 i64.const 1 i64.add local.get 1 call $down
        local.get 1 i64.xor)
    (func (export "run") i64.const 1 i64.const 2 call $down drop))"#;

struct NoHost;

impl HostCalls for NoHost {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        _memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        Err(Unwind)
    }
}

/// Runs a module's `run` with all that the protocol allows, on a thread with this much stack.
fn run(kind: EngineKind, text: &str, stack_bytes: usize) -> Result<Run, EngineError> {
    let protocol = Protocol::v1();
    let bytes = wat::parse_str(text).expect("the text is a module");
    let prepared = prepare(&bytes, &protocol).expect("it is accepted");
    let engine = kind.build().expect("it is available");
    let module = engine.compile(&prepared).expect("it compiles");
    let stack_slots = protocol.limits.stack_slots_max;
    let thread = std::thread::Builder::new().stack_size(stack_bytes);
    let handle = thread.spawn(move || {
        let call = Call {
            method: "run",
            gas: 1_000_000_000,
            stack_slots,
        };
        module.run(call, &mut NoHost)
    });
    handle.expect("a thread").join().expect("no panic")
}

#[test]
fn a_tiny_stack_and_a_large_one_give_the_same_answer() {
    let expected = run(EngineKind::Wasmi, ENDLESS, 1 << 20).expect("the engine works");
    assert_eq!(
        expected.completion,
        Completion::Trapped(TrapCode::Unreachable)
    );
    assert!(expected.meter.stack < 0);
    for kind in EngineKind::available() {
        for stack_bytes in [TINY_STACK_BYTES, 64 << 20, 300 << 20] {
            let run = run(kind, ENDLESS, stack_bytes).expect("the engine works");
            assert_eq!(run, expected, "{kind} on {stack_bytes} bytes");
        }
    }
}

/// A function of few slots whose compiled frame is large: it computes the same products before
/// and after it calls itself, and the compiler keeps them across the call.
fn large_frames(products: usize) -> String {
    let mut text = String::from("(module (memory 1)\n(func $down (param i64)\n");
    stores(&mut text, 0, products);
    text.push_str("local.get 0 i64.const 1 i64.add call $down\n");
    stores(&mut text, 16_384, products);
    text.push_str(")\n(func (export \"run\") i64.const 3 call $down))");
    text
}

/// Stores the products of the parameter with as many odd numbers, a thousand addresses in turn.
fn stores(text: &mut String, base: usize, products: usize) {
    for number in 0..products {
        let address = base + 8 * (number % 1_000);
        let factor = 1_000_003 + 2 * number;
        let _ = writeln!(
            text,
            "i32.const {address} local.get 0 i64.const {factor} i64.mul i64.store"
        );
    }
}

/// Either the metered bound comes first, as on the interpreter, or the engine fails; there is no
/// third way.
#[test]
fn frames_that_are_too_large_fail_the_engine_and_trap_no_guest() {
    let text = large_frames(6_000);
    let expected = run(EngineKind::Wasmi, &text, 1 << 20).expect("the engine works");
    assert!(expected.meter.stack < 0);
    for kind in EngineKind::available().filter(|kind| kind.is_native()) {
        match run(kind, &text, TINY_STACK_BYTES) {
            Ok(run) => assert_eq!(run, expected, "{kind}"),
            Err(error) => {
                println!("{kind}: {error}");
                let is_stack = matches!(error, EngineError::NativeStack { .. });
                assert!(is_stack, "{error}");
            }
        }
    }
}
