//! What an instance of the token costs before and after its method runs: made for a module that
//! has none, or taken from those that wait and set back behind the run.
//!
//! The host stops the method at its first call, so a run is little more than its instance. The
//! first run of a module makes one and keeps it, the second finds it.

use lockstep_abi::HostFunction;
use lockstep_benches::measure::thread_cpu_nanoseconds;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Call, CompiledModule, Completion, HostCalls, Meter, Unwind};

use crate::median;
use crate::token::TOKEN;

/// Nanoseconds of a run, at the median.
pub(crate) struct Times {
    /// With an instance that is made.
    pub(crate) made: f64,
    /// With one that was used before.
    pub(crate) reused: f64,
}

/// Measures both, with one module for each round.
pub(crate) fn times(kind: EngineKind, rounds: u32) -> Times {
    let prepared = prepare(TOKEN, &Protocol::v1()).expect("the token is accepted");
    let engine = kind.build().expect("it is available");
    let mut modules = Vec::new();
    let made = median(rounds, || {
        let module = engine.compile(&prepared).expect("it was prepared");
        let elapsed = run(module.as_ref());
        modules.push(module);
        elapsed
    });
    let mut waiting = modules.iter();
    let reused = median(rounds, || run(waiting.next().expect("one each").as_ref()));
    Times { made, reused }
}

/// Nanoseconds of one run that its first host call ends.
fn run(module: &dyn CompiledModule) -> f64 {
    let call = Call {
        method: "transfer",
        gas: 1_000_000,
        stack_slots: 10_000,
    };
    let start = thread_cpu_nanoseconds();
    let run = module.run(call, &mut Stop).expect("the engine works");
    let elapsed = thread_cpu_nanoseconds() - start;
    assert_eq!(run.completion, Completion::Unwound);
    elapsed
}

/// A host that lets nobody go on.
struct Stop;

impl HostCalls for Stop {
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
