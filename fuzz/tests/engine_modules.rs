//! Modules that no generator of this crate made, on every engine that is built in: the hand-written
//! programs and modules of `wasm-smith`. With `--features wasmtime` the native engines are among them.

use lockstep_fuzz::engine_agreement::{EngineJudge, ExportedCall};
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_reference::Module;
use lockstep_tests::{argument_lists, generate, programs};

/// How many modules of `wasm-smith` every run of the tests checks.
const SMITH_MODULES: u64 = 80;

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

#[test]
fn engines_agree_on_modules_of_wasm_smith() {
    let mut judge = EngineJudge::new().expect("every engine that is built in works here");
    let mut refused = 0;
    for seed in 0..SMITH_MODULES {
        let module = generate(seed);
        if prepare(&module, &Protocol::v1()).is_err() {
            refused += 1;
            continue;
        }
        // What a seed's lowest bits stand for should meet both lists of prices.
        let prices = seed / 4;
        let gas = EngineJudge::ample_gas(prices);
        let judged = judge.calls(prices, &module, &calls(&module, 7), gas);
        judged.unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
    }
    let agreement = judge.agreement;
    println!("{refused} refused, {agreement:?}");
    assert!(refused * 10 < SMITH_MODULES, "{refused} are refused");
    assert!(agreement.returned > SMITH_MODULES, "{agreement:?}");
    assert!(agreement.out_of_gas > SMITH_MODULES, "{agreement:?}");
    assert!(agreement.trapped > SMITH_MODULES, "{agreement:?}");
}
