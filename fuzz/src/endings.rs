//! A module for each way in which a run can end: every engine must tell each as wasmi does.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{
    Call, Completion, Engine, EngineError, HostCalls, Meter, Run, Unwind, WasmiEngine,
};

/// A module for each way in which code can trap, some that an engine could confuse, and one whose host
/// stops it.
pub const ENDINGS: [&str; 15] = [
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
    "(module (import \"lockstep\" \"debug_log\" (func $log (param i32 i32)))
        (memory 1) (func (export \"run\") i32.const 0 i32.const 0 call $log))",
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

/// Runs every module on an engine and on wasmi, whose endings `tells` makes as coarse as the engine's.
/// Gives the number of modules that were compared; what the engine refuses is left out.
///
/// # Errors
/// The first difference, with the module.
pub fn check_endings(
    engine: &dyn Engine,
    tells: fn(Completion) -> Completion,
) -> Result<usize, String> {
    let mut compared = 0;
    for text in ENDINGS {
        let module = prepared(text).map_err(|error| format!("{error}: {text}"))?;
        let expected = run(&WasmiEngine::new(), &module);
        let mut expected = expected.map_err(|error| format!("{error}: {text}"))?;
        expected.completion = tells(expected.completion);
        match run(engine, &module) {
            Ok(run) if run == expected => compared += 1,
            Err(EngineError::Refused { .. }) => {}
            other => return Err(format!("{expected:?}, but {other:?}: {text}")),
        }
    }
    Ok(compared)
}

fn prepared(text: &str) -> Result<PreparedModule, String> {
    let bytes = wat::parse_str(text).map_err(|error| error.to_string())?;
    prepare(&bytes, &Protocol::v1()).map_err(|error| error.to_string())
}

fn run(engine: &dyn Engine, module: &PreparedModule) -> Result<Run, EngineError> {
    let call = Call {
        method: "run",
        gas: 100_000,
        stack_slots: 1_000,
    };
    engine.compile(module)?.run(call, &mut OneCall)
}
