//! wasm3 does with prepared modules what wasmi does. Where there is no `python3` with its package, this
//! says so on the standard error and leaves wasm3 out.

use lockstep_fuzz::control_flow::{module, narrow_module, recursive_module};
use lockstep_fuzz::endings::{ENDINGS, check_endings};
use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_fuzz::wasm3::Wasm3Engine;

/// How many modules of each kind every run of the tests checks.
const MODULES: u64 = 20;

#[test]
fn wasm3_agrees_on_generated_modules() {
    if !Wasm3Engine::is_installed() {
        return;
    }
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    let mut judge = judge.with_wasm3().expect("wasm3 starts");
    for seed in 1..=MODULES {
        for module in [module(seed), recursive_module(seed)] {
            let judged = judge.judge(seed, &module);
            judged.unwrap_or_else(|difference| panic!("{difference}"));
        }
    }
    let agreement = judge.agreement;
    println!("{agreement:?}");
    assert!(agreement.returned > MODULES, "{agreement:?}");
    assert!(agreement.out_of_gas > MODULES, "{agreement:?}");
    assert!(agreement.stack_overflows > MODULES, "{agreement:?}");
    assert!(agreement.left_out < 2 * MODULES - 10, "{agreement:?}");
}

#[test]
fn wasm3_takes_most_narrow_modules() {
    if !Wasm3Engine::is_installed() {
        return;
    }
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    let mut judge = judge.with_wasm3().expect("wasm3 starts");
    for seed in 1..=MODULES {
        let judged = judge.judge(seed, &narrow_module(seed));
        judged.unwrap_or_else(|difference| panic!("{difference}"));
    }
    assert!(
        judge.agreement.left_out < MODULES / 2,
        "{:?}",
        judge.agreement
    );
}

#[test]
fn every_ending_is_the_same() {
    if !Wasm3Engine::is_installed() {
        return;
    }
    let wasm3 = Wasm3Engine::new().expect("wasm3 starts");
    let compared = check_endings(&wasm3, Wasm3Engine::as_it_tells);
    let compared = compared.unwrap_or_else(|what| panic!("{what}"));
    // It has no `memory.init`, and does not know how large a table is.
    assert_eq!(compared, ENDINGS.len() - 2);
}
