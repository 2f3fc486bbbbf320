//! Wasmer does with prepared modules what wasmi does.

use lockstep_fuzz::control_flow::{module, narrow_module, recursive_module};
use lockstep_fuzz::endings::{ENDINGS, check_endings};
use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_fuzz::incidents::{AMPLE_GAS, hold_engines};
use lockstep_wasmer::{NAME, WasmerEngine};

/// How many modules every run of the tests checks, and as many that call themselves.
const MODULES: u64 = 40;

fn judge() -> EngineJudge {
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    judge.with_engine(NAME, Box::new(WasmerEngine::new()))
}

#[test]
fn wasmer_agrees_on_generated_modules() {
    let mut judge = judge();
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
    // These count modules that Wasmer was left out of, too. It takes one in six.
    assert!(agreement.left_out < 2 * MODULES - 8, "{agreement:?}");
}

#[test]
fn wasmer_takes_every_narrow_module() {
    let mut judge = judge();
    for seed in 1..=MODULES {
        let judged = judge.judge(seed, &narrow_module(seed));
        judged.unwrap_or_else(|difference| panic!("{difference}"));
    }
    assert_eq!(judge.agreement.left_out, 0);
}

#[test]
fn every_ending_is_the_same() {
    let compared = check_endings(&WasmerEngine::new(), |completion| completion);
    assert_eq!(compared, Ok(ENDINGS.len()));
}

#[test]
fn incidents_come_to_what_they_state_on_wasmer() {
    let mut judge = judge();
    let held = hold_engines(&mut judge, &[(0, AMPLE_GAS)]);
    held.unwrap_or_else(|difference| panic!("{difference}"));
    let agreement = judge.agreement;
    println!("{agreement:?}");
    assert!(agreement.returned > 1_000, "{agreement:?}");
    assert!(agreement.left_out < agreement.modules / 2, "{agreement:?}");
}
