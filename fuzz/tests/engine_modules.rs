//! The hand-written programs on every engine that is built in. With `--features wasmtime` the native
//! engines are among them.

use lockstep_fuzz::engine_agreement::{EngineJudge, ExportedCall};
use lockstep_gas_meter::Protocol;
use lockstep_reference::Module;
use lockstep_tests::programs;

/// Calls of each exported function, with every `step`-th of its lists of arguments.
fn calls(module: &[u8], step: usize) -> Vec<ExportedCall> {
    let schedule = Protocol::v1().schedule;
    let module = Module::decode(module, &schedule).expect("the reference knows all of it");
    ExportedCall::of_exports(&module, step)
}

#[test]
fn engines_agree_on_the_programs() {
    let mut judge = EngineJudge::new().expect("every engine that is built in works here");
    for (file, module) in programs() {
        for seed in [0, 1] {
            let gas = EngineJudge::ample_gas(seed);
            let judged = judge.calls(seed, &module, &calls(&module, 2), gas);
            judged.unwrap_or_else(|difference| panic!("{file}: {difference}"));
        }
    }
    let agreement = judge.agreement;
    println!("{agreement:?}");
    assert!(agreement.returned > 1_000, "{agreement:?}");
    assert!(agreement.out_of_gas > 500, "{agreement:?}");
    assert!(agreement.trapped > 100, "{agreement:?}");
}
