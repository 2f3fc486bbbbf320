//! Random modules: the instrumented one on wasmi and the original on the reference interpreter
//! agree about everything that can be observed.
//!
//! The seeds are fixed. LOCKSTEP_GENERATED sets how many there are; LOCKSTEP_GENERATED_FIRST the
//! first one, to go on where an earlier run ended or to repeat one that failed.

use lockstep_gas_meter::{Limits, Protocol};
use lockstep_reference::Stop;
use lockstep_tests::{
    Bounds, Metered, Pair, PairError, ScriptedHost, argument_lists, distinct_prices, generate,
};

/// How many modules are tried when nobody says otherwise.
const MODULES: u64 = 250;
/// Little enough that endless loops end soon.
const GAS: i64 = 50_000;
/// Little enough that endless recursion ends soon.
const STACK: u32 = 4_000;

/// What the modules did, for the report and to see that they did something.
#[derive(Debug, Default)]
struct Work {
    modules: u64,
    refused: u64,
    trap_when_instantiated: u64,
    calls: u64,
    returned: u64,
    trapped: u64,
    ended_by_host: u64,
    out_of_gas: u64,
    stack_overflows: u64,
    limited: u64,
    host_calls: u64,
    operators: u64,
    operand_gas: u64,
    /// Calls that executed more than 50 operators.
    working: u64,
}

impl Work {
    fn count(&mut self, result: &Result<Vec<u64>, Stop>) {
        match result {
            Ok(_) => self.returned += 1,
            Err(Stop::Host) => self.ended_by_host += 1,
            Err(Stop::OutOfGas) => self.out_of_gas += 1,
            Err(Stop::StackOverflow) => self.stack_overflows += 1,
            Err(_) => self.trapped += 1,
        }
    }
}

/// Calls every export of one module, and each call again at limits below what it used.
fn check(seed: u64, engine: &wasmi::Engine, protocol: &Protocol, work: &mut Work) {
    let bytes = generate(seed);
    let host = ScriptedHost::new(5);
    work.modules += 1;
    let mut pair = match Pair::new(engine, &bytes, protocol, &host) {
        Ok(pair) => pair,
        Err(PairError::Refused(refusal)) => {
            work.refused += 1;
            assert!(
                work.refused * 10 <= work.modules + 50,
                "too many are refused, seed {seed}: {refusal}"
            );
            return;
        }
        Err(PairError::Traps(_)) => {
            work.trap_when_instantiated += 1;
            return;
        }
    };
    let exports: Vec<(String, Vec<Vec<u64>>)> = pair
        .module()
        .exported_functions()
        .map(|name| {
            let ty = pair.module().exported_function(name).expect("an export");
            (name.to_string(), argument_lists(ty))
        })
        .collect();
    let fresh = || Pair::new(engine, &bytes, protocol, &host).expect("as before");
    for (name, lists) in exports {
        for arguments in lists.iter().step_by(5) {
            let run = |pair: &mut Pair, gas: i64| {
                let bounds = Bounds { gas, stack: STACK };
                pair.invoke(&name, arguments, bounds)
                    .unwrap_or_else(|disagreement| panic!("seed {seed}: {disagreement}"))
            };
            let outcome = run(&mut pair, GAS);
            let meter = pair.meter().clone();
            work.calls += 1;
            work.count(&outcome.result);
            work.host_calls += outcome.events.len() as u64;
            work.operators += meter.operators;
            work.operand_gas += meter.operand_gas;
            work.working += u64::from(meter.operators > 50);
            if !matches!(outcome.result, Ok(_) | Err(Stop::Host)) {
                // Nothing of it remains: how far it came may differ.
                pair = fresh();
            }
            if outcome.result == Err(Stop::OutOfGas) {
                continue;
            }
            let used = (GAS - meter.gas_left).clamp(1, GAS);
            for limit in [used - 1, used / 2, used / 3] {
                run(&mut fresh(), limit);
                work.limited += 1;
            }
        }
    }
}

#[test]
fn generated_modules_agree() {
    let engine = Metered::engine();
    let protocols = [
        Protocol::v1(),
        distinct_prices(Limits::v1().memory_pages_max),
    ];
    let first = number("LOCKSTEP_GENERATED_FIRST").unwrap_or(0);
    let count = number("LOCKSTEP_GENERATED").unwrap_or(MODULES);
    let mut work = Work::default();
    for seed in first..first + count {
        let protocol = &protocols[usize::from(seed % 8 >= 4)];
        check(seed, &engine, protocol, &mut work);
    }
    println!("{work:#?}");
    if count >= MODULES {
        assert!(work.working * 5 > work.calls, "too little work: {work:#?}");
        assert!(work.returned * 5 > work.calls, "too few return: {work:#?}");
        assert!(work.operand_gas > 10_000, "no bulk memory: {work:#?}");
        assert!(work.host_calls > count / 4, "too few host calls: {work:#?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "chooses how many modules are tried; no result depends on it"
)]
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("the variable is a number"))
}
