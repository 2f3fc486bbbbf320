//! Transactions of more host calls than a tape keeps.

use lockstep_engines::{Divergence, SideBySide, SideBySideError, SideBySideReplayError};
use lockstep_vm::{NoObserver, WasmiEngine};

use crate::faulty::{Fault, LATE};
use crate::{bundle, chain_with, environment, faulty, machine};

/// Makes 40,001 host calls.
const CONTRACT: &str = r#"(module
    (import "lockstep" "block_height" (func $height (result i64)))
    (import "lockstep" "return" (func $return (param i32 i32)))
    (memory 1)
    (func (export "run") (local $count i32)
        (loop $again
            call $height
            drop
            local.get $count i32.const 1 i32.add local.tee $count
            i32.const 40000 i32.lt_u
            br_if $again)
        i32.const 0 i32.const 0 call $return))"#;

/// What a replay finds of a fault beside an engine that is sound.
fn found_by_replay(fault: Fault) -> Divergence {
    let bundle = bundle(chain_with(CONTRACT));
    let mut engines = SideBySide::with_machines(vec![faulty(fault)]);
    match engines.replay(&bundle, &mut machine(WasmiEngine::new())) {
        Err(SideBySideReplayError::Diverged { place, divergence }) => {
            assert_eq!(place.and_then(|place| place.transaction), Some(3));
            *divergence
        }
        other => panic!("the replay came to {other:?}"),
    }
}

/// What these engines find beside one that is sound, in a new block.
fn found_by_push(engines: &mut SideBySide) -> Divergence {
    let (mut chain, first, call) = chain_with(CONTRACT);
    let root = chain.state_root();
    let mut builder = chain.begin(environment());
    for signed in &first {
        let outcome = engines.push(&mut builder, signed, &mut NoObserver);
        outcome.expect("no code runs yet").expect("it is valid");
    }
    let outcome = engines.push(&mut builder, &call, &mut NoObserver);
    drop(builder);
    assert_eq!(chain.state_root(), root, "something was committed");
    match outcome {
        Err(SideBySideError::Diverged(divergence)) => *divergence,
        other => panic!("the fault was seen as {other:?}"),
    }
}

/// Whether that is what there is to say of the gas that is lost.
fn is_the_lost_gas(divergence: &Divergence) {
    assert!(divergence.is_exact());
    let before = usize::try_from(LATE - 1).expect("it fits");
    assert_eq!(divergence.host_calls_before, before);
    let place = format!("host call {before} (`block_height`)");
    assert_eq!(divergence.place, place);
    assert_eq!(divergence.field, "gas_before");
    let value = |text: &String| text.parse::<i64>().expect("a number");
    let (first, second) = (&divergence.first_value, &divergence.second_value);
    assert_eq!(value(first) - value(second), 1, "{divergence}");
}

#[test]
fn a_replay_finds_the_exact_place_however_many_host_calls_are_before_it() {
    is_the_lost_gas(&found_by_replay(Fault::LateGas));
}

#[test]
fn a_block_finds_about_where_it_is_and_the_next_one_finds_the_exact_place() {
    let mut engines = SideBySide::with_machines(vec![faulty(Fault::LateGas)]);
    let about = found_by_push(&mut engines);
    assert!(!about.is_exact());
    assert!(about.place.starts_with("between host calls "), "{about}");
    let before = usize::try_from(LATE - 1).expect("it fits");
    let from = about.host_calls_before;
    assert!((before - 16_000..=before).contains(&from), "{about}");
    assert_ne!(about.first_value, about.second_value);

    is_the_lost_gas(&found_by_push(&mut engines));
}

#[test]
fn of_an_engine_that_fails_a_replay_says_how_many_host_calls_agree() {
    let late = found_by_replay(Fault::LateCrash);
    assert!(late.is_exact());
    assert_eq!(late.place, "after 29999 host calls that agree");
    assert_eq!(late.host_calls_before, 29_999);
    assert!(late.second_value.contains("as planned"), "{late}");
    let agrees = found_by_replay(Fault::Crash);
    assert_eq!(agrees.place, "after 40001 host calls that agree");
}

#[test]
fn long_transactions_on_equal_engines_agree() {
    let bundle = bundle(chain_with(CONTRACT));
    let mut engines = SideBySide::with_machines(vec![machine(WasmiEngine::new())]);
    let replayed = engines.replay(&bundle, &mut machine(WasmiEngine::new()));
    let root = replayed.expect("they agree").state_root;
    assert_eq!(root, bundle.blocks[0].state_root);
}
