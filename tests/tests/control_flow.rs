//! Generated modules with random control flow, out of gas at every segment, against the reference.
//!
//! This is the fixed share that every run of the tests does. The whole hundred thousand:
//! `cargo run --release -p lockstep-fuzz --bin exact -- --modules 100000 --seed 1`.

use lockstep_fuzz::control_flow::recursive_module;
use lockstep_fuzz::exactness::{Judge, Mismatch};

/// How many modules every run of the tests checks.
const MODULES: u64 = 1_000;
/// How many of those that call themselves.
const RECURSIVE_MODULES: u64 = 300;
/// Bytes of native stack: an engine that took native stack for guest calls would die here.
const NATIVE_STACK_BYTES: usize = 512 << 10;

fn fail(mismatch: &Mismatch) -> ! {
    panic!(
        "seed {}: {}\ncut down: {}\n{}",
        mismatch.seed, mismatch.what, mismatch.what_remains, mismatch.text
    );
}

#[test]
fn generated_control_flow_is_charged_exactly() {
    let mut judge = Judge::default();
    for seed in 1..=MODULES {
        judge.seed(seed).unwrap_or_else(|mismatch| fail(&mismatch));
    }
    let (coverage, bounds) = (judge.coverage, judge.bounds);
    println!("{coverage} bounds={bounds}");
    assert!(bounds >= MODULES / 40, "few bounds are compared: {bounds}");
    assert_eq!(coverage.modules, MODULES, "some are refused: {coverage}");
    let percent = |part| coverage.percent(part);
    assert!(percent(coverage.returned) > 50, "few return: {coverage}");
    assert!(percent(coverage.working) > 30, "little work: {coverage}");
    assert!(percent(coverage.trapped) > 3, "few trap: {coverage}");
    assert!(
        percent(coverage.out_of_gas) < 25,
        "many endless: {coverage}"
    );
    assert!(coverage.host_calls > MODULES, "few host calls: {coverage}");
    let missed = coverage.places - coverage.places_run_out;
    assert!(missed * 50 < coverage.places, "places missed: {coverage}");
}

/// Each call is made with ample slots, exactly those it used, one less, and a few.
#[test]
fn the_stack_overflows_at_the_same_call() {
    let run = || {
        let mut judge = Judge::default();
        for seed in 1..=RECURSIVE_MODULES {
            judge
                .judge(seed, recursive_module(seed))
                .unwrap_or_else(|mismatch| fail(&mismatch));
        }
        judge.coverage
    };
    let thread = std::thread::Builder::new().stack_size(NATIVE_STACK_BYTES);
    let coverage = thread.spawn(run).expect("a thread").join();
    let coverage = coverage.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    println!("{coverage}");
    let few = coverage.stack_run_out < RECURSIVE_MODULES;
    assert!(!few, "few overflow: {coverage}");
}
