//! The hand-written programs on every engine that is built in. With `--features wasmtime` the native
//! engines are among them.

use lockstep_fuzz::engine_agreement::{EngineJudge, ExportedCall};
use lockstep_gas_meter::Protocol;
use lockstep_reference::Module;
use lockstep_tests::{argument_lists, programs};

/// Calls of each exported function, with every `step`-th of its lists of arguments.
fn calls(module: &[u8], step: usize) -> Vec<ExportedCall> {
    let schedule = Protocol::v1().schedule;
    let module = Module::decode(module, &schedule).expect("the reference knows all of it");
    let of_export = |name: &str| {
        let ty = module.exported_function(name).expect("an export");
        let lists = argument_lists(ty).into_iter().step_by(step);
        let calls = lists.map(|arguments| ExportedCall {
            name: name.to_string(),
            arguments,
        });
        calls.collect::<Vec<_>>()
    };
    module.exported_functions().flat_map(of_export).collect()
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
