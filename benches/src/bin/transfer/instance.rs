//! What an instance costs around a run: one that is made for it and dropped, and one that waited and is
//! set back behind it.
//!
//! Both run a method that returns at once, in a module of the token's shape: a page of memory, as
//! many functions and some imports. The one with a passive data segment cannot be set back, so an
//! instance is made for each run.

use lockstep_abi::HostFunction;
use lockstep_benches::measure::thread_cpu_nanoseconds;
use lockstep_engines::EngineKind;
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Call, Completion, HostCalls, Meter, Unwind};

use crate::median;

/// Functions of the module; the token has about as many.
const FUNCTIONS: usize = 60;
/// Runs of which the mean is taken.
const RUNS: u32 = 100;

/// Nanoseconds of a run, at the median.
pub(crate) struct Times {
    /// With an instance that is made.
    pub(crate) made: f64,
    /// With one that waited.
    pub(crate) set_back: f64,
}

/// Measures both.
pub(crate) fn times(kind: EngineKind, rounds: u32) -> Times {
    Times {
        made: nanoseconds(kind, rounds, "(data \"x\")"),
        set_back: nanoseconds(kind, rounds, ""),
    }
}

/// Nanoseconds of a run in a module with these fields besides.
fn nanoseconds(kind: EngineKind, rounds: u32, besides: &str) -> f64 {
    let functions = "(func (result i32) (i32.const 1))".repeat(FUNCTIONS);
    let text = format!(
        "(module
          (import \"lockstep\" \"caller\" (func (param i32)))
          (import \"lockstep\" \"storage_read\" (func (param i32 i32 i32 i32) (result i32)))
          (import \"lockstep\" \"return\" (func (param i32 i32)))
          (memory 1) (global (mut i32) (i32.const 65536)) {functions} {besides}
          (func (export \"run\") (i32.store (i32.const 4096) (i32.const 1))))"
    );
    let bytes = wat::parse_str(text).expect("it is a module");
    let prepared = prepare(&bytes, &Protocol::v1()).expect("it is accepted");
    assert_eq!(prepared.is_resettable(), besides.is_empty());
    let engine = kind.build().expect("it is available");
    let module = engine.compile(&prepared).expect("it was prepared");
    let call = Call {
        method: "run",
        gas: 1_000_000,
        stack_slots: 10_000,
    };
    median(rounds, || {
        let start = thread_cpu_nanoseconds();
        for _ in 0..RUNS {
            let run = module.run(call, &mut Nobody).expect("the engine works");
            assert_eq!(run.completion, Completion::Returned);
        }
        (thread_cpu_nanoseconds() - start) / f64::from(RUNS)
    })
}

/// A host that is never called.
struct Nobody;

impl HostCalls for Nobody {
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
