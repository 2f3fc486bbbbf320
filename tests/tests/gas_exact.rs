//! Gas and stack, exact to the last unit, at limits from nothing to more than enough.
//!
//! Each program in `programs/` shows one kind of construct. Every export is called with several
//! argument lists; for each call the stack bound goes through every value from 0 to one more than
//! the call needs, and so does the gas limit when the call needs little; when it needs more than
//! `LIMITS_MAX`, limits spread evenly and those next to the need are tried. At each limit the
//! instrumented module on wasmi and the reference interpreter must agree about everything that can
//! be observed. The limits at which a returning call runs out are also checked against the amount
//! that it used; for a call that traps, the reference alone says which of the two comes first.

use std::path::Path;

use lockstep_gas_meter::{Protocol, prepare};
use lockstep_reference::Stop;
use lockstep_tests::{
    Bounds, Metered, Outcome, Pair, ScriptedHost, Subject, argument_lists, binaries,
    distinct_prices, programs, with_several_values,
};

/// Enough for every program that ends, and little enough for those that do not.
const GAS_MAX: i64 = 60_000;
/// Enough for every recursion that ends.
const STACK_MAX: u32 = 1_000;
/// Calls that use more than this are tried at this many limits, spread evenly.
const LIMITS_MAX: i64 = 64;

/// One program under one protocol.
struct Program {
    subject: Subject,
}

impl Program {
    fn new(bytes: Vec<u8>, protocol: Protocol, host_price: u32) -> Program {
        let host = ScriptedHost::new(host_price);
        let subject = Subject::prepare(&Metered::engine(), &bytes, &protocol, &host);
        Program {
            subject: subject.expect("the program is in the subset"),
        }
    }

    /// A fresh instance on both sides.
    fn pair(&self) -> Pair {
        self.subject
            .pair()
            .expect("the program can be instantiated")
    }

    /// Runs one call in a fresh instance; gives the outcome, the gas charged by code and host up
    /// to where it stopped, and the greatest number of stack slots.
    fn call(&self, name: &str, arguments: &[u64], bounds: Bounds) -> (Outcome, i64, i64) {
        let mut pair = self.pair();
        let outcome = pair
            .invoke(name, arguments, bounds)
            .unwrap_or_else(|disagreement| panic!("{disagreement}"));
        let meter = pair.meter();
        let stack = i64::from(bounds.stack) - meter.stack_left_lowest;
        (outcome, bounds.gas - meter.gas_left, stack)
    }

    /// Tries one call at every gas limit. Returns how many limits it tried.
    fn sweep_gas(&self, name: &str, arguments: &[u64]) -> u64 {
        let ample = Bounds {
            gas: GAS_MAX,
            stack: STACK_MAX,
        };
        let (outcome, used, _) = self.call(name, arguments, ample);
        let used = used.min(GAS_MAX);
        let step = (used / LIMITS_MAX).max(1);
        let mut limits: Vec<i64> = (0..=used + 1).step_by(step as usize).collect();
        limits.extend([used - 1, used, used + 1]);
        for gas in limits.iter().copied().filter(|gas| *gas >= 0) {
            let (limited, _, _) = self.call(name, arguments, Bounds { gas, ..ample });
            let what = format!("{name}{arguments:?} with {gas} of {used} gas");
            let depends_on_gas = outcome.events.iter().any(|event| event.name == "gas_left");
            if gas < used && outcome.gas_left.is_some() {
                let out = [Err(Stop::OutOfGas), Err(Stop::Host)];
                assert!(out.contains(&limited.result), "{what}: {limited:?}");
            } else if gas >= used && outcome.result != Err(Stop::OutOfGas) && !depends_on_gas {
                assert_eq!(limited.result, outcome.result, "{what}");
                let left = outcome.gas_left.is_some().then_some(gas - used);
                assert_eq!(limited.gas_left, left, "{what}");
            }
        }
        limits.len() as u64
    }

    /// Tries one call at every stack bound. Returns how many bounds it tried.
    fn sweep_stack(&self, name: &str, arguments: &[u64]) -> u64 {
        let ample = Bounds {
            gas: GAS_MAX,
            stack: STACK_MAX,
        };
        let (outcome, _, used) = self.call(name, arguments, ample);
        if outcome.result == Err(Stop::StackOverflow) || outcome.result == Err(Stop::OutOfGas) {
            return 0;
        }
        for stack in 0..=used + 1 {
            let bounds = Bounds {
                stack: u32::try_from(stack).expect("a small number"),
                ..ample
            };
            let (limited, _, _) = self.call(name, arguments, bounds);
            let what = format!("{name}{arguments:?} with {stack} of {used} slots");
            if stack < used {
                assert_eq!(limited.result, Err(Stop::StackOverflow), "{what}");
            } else {
                assert_eq!(limited.result, outcome.result, "{what}");
                // What is open when the host ends the run has the same slots at every bound.
                let fewer = i64::from(STACK_MAX) - stack;
                let expected = outcome.stack_left.map(|left| left - fewer);
                assert_eq!(limited.stack_left, expected, "{what}");
            }
        }
        used.unsigned_abs() + 2
    }
}

/// Runs `visit` for every export of every program with every argument list.
fn for_every_call(
    protocol: &Protocol,
    mut visit: impl FnMut(&Program, &str, &[u64]) -> u64,
) -> u64 {
    let mut visited = 0;
    for (file, bytes) in programs() {
        let program = Program::new(bytes, protocol.clone(), 3);
        let pair = program.pair();
        let names: Vec<&str> = pair.module().exported_functions().collect();
        assert!(!names.is_empty(), "{file} exports nothing");
        for name in names {
            let ty = pair.module().exported_function(name).expect("an export");
            for arguments in argument_lists(ty) {
                visited += visit(&program, name, &arguments);
            }
        }
    }
    visited
}

#[test]
fn gas_limits_agree_under_the_committed_prices() {
    let runs = for_every_call(&with_several_values(Protocol::v1()), Program::sweep_gas);
    println!("{runs} runs");
    assert!(runs > 5_000, "only {runs} runs");
}

#[test]
fn gas_limits_agree_when_each_class_has_its_own_price() {
    let runs = for_every_call(&distinct_prices(128), Program::sweep_gas);
    println!("{runs} runs");
    assert!(runs > 5_000, "only {runs} runs");
}

#[test]
fn every_stack_bound_agrees() {
    let runs = for_every_call(&with_several_values(Protocol::v1()), Program::sweep_stack);
    println!("{runs} runs");
    assert!(runs > 2_000, "only {runs} runs");
}

/// Folders of contracts and fixtures, with how many calls there are of those in each.
const FOLDERS: [(&str, u64); 3] = [
    ("contracts/artifacts", 42),
    ("tests/fixtures", 45),
    ("tests/fixtures/compilers", 156),
];
/// The fixtures that are refused.
const REFUSED: [&str; 1] = ["floats.wat"];

/// The example contracts and the compilers' fixtures: with ample gas, and at limits spread over
/// what they use. The host hands them numbers instead of a ledger, so most calls end in a panic or
/// a revert of the contract; what matters here is the count up to there.
#[test]
fn contracts_and_fixtures_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (folder, expected) in FOLDERS {
        let mut total = 0;
        for (file, bytes) in binaries(&root.join(folder)) {
            let protocol = Protocol::v1();
            if REFUSED.contains(&file.as_str()) {
                assert!(prepare(&bytes, &protocol).is_err(), "{file} is accepted");
                continue;
            }
            let program = Program::new(bytes, protocol, 20);
            let module = program.pair();
            let mut calls = 0;
            for name in module.module().exported_functions() {
                let ty = module.module().exported_function(name).expect("an export");
                for arguments in argument_lists(ty) {
                    program.sweep_gas(name, &arguments);
                    calls += 1;
                }
            }
            println!("{folder}/{file}: {calls} calls");
            total += calls;
        }
        assert_eq!(total, expected, "calls in {folder}");
    }
}

/// Twenty million operators in a thread with a quarter of a megabyte of stack. wasmi must dispatch
/// in a way that takes no native stack; if a build profile spoils that, the process dies here.
#[test]
fn a_long_run_takes_no_native_stack() {
    let text = r#"(module
        (func (export "count") (param i32) (result i32)
            (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 0)))"#;
    let bytes = wat::parse_str(text).expect("a module");
    let prepared = prepare(&bytes, &Protocol::v1()).expect("in the subset");
    let run = move || {
        let engine = Metered::engine();
        let host = ScriptedHost::default();
        let mut metered =
            Metered::new(&engine, prepared.bytes(), host).expect("it can be instantiated");
        metered.invoke(
            "count",
            &[5_000_000],
            Bounds::AMPLE.gas,
            Bounds::AMPLE.stack,
        )
    };
    let thread = std::thread::Builder::new().stack_size(256 << 10);
    let outcome = thread.spawn(run).expect("a thread").join();
    assert_eq!(outcome.expect("no panic").result, Ok(vec![0]));
}
