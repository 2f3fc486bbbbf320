//! An instance that was used before cannot be told from a fresh one, whatever was done to it.
//!
//! A contract has methods that spoil all that an instance has and end in every way there is, and
//! `look`, which gives back everything that the guest can see of itself. Any sequence of them on a
//! machine that keeps instances gives what it gives on one that never has one to reuse.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{CodeCache, Engine, Status};
use proptest::prelude::*;

use crate::script::Script;
use crate::world::{Ran, World};

/// See the file. `engines/tests/reuse.rs` runs it on the other engines.
const TEXT: &str = include_str!("reuse.wat");

/// Methods of both contracts, and one more for that whose code drops a segment.
const METHODS: [&str; 12] = [
    "look",
    "returns",
    "returns_early",
    "reverts",
    "traps",
    "traps_outside",
    "traps_in_the_host",
    "runs_out",
    "overflows",
    "grows",
    "grows_by_none",
    "nests",
];
const DROPS: &str = "drops";

/// The same module with a passive segment and a method that drops it.
fn dropping() -> String {
    let passive = r#"(data $passive "passive")
        (func (export "drops") (call $spoil)
            (memory.init $passive (i32.const 0xfff0) (i32.const 0) (i32.const 7))
            (data.drop $passive))"#;
    TEXT.replace("(;drops;)", passive)
}

/// Runs these methods one after the other, all with the same code.
fn run_all(text: &str, cache: CodeCache, methods: &[&str]) -> Vec<Ran> {
    run_and_count(text, cache, methods).0
}

/// Says besides how many instances were used again.
fn run_and_count(text: &str, cache: CodeCache, methods: &[&str]) -> (Vec<Ran>, u64) {
    let mut world = World::new();
    world.cache = cache;
    let contract = world.deploy(1, text);
    let ran = methods
        .iter()
        .map(|method| {
            let mut message = world.message(contract, method, &[]);
            message.gas = 6_000_000;
            world.run(message)
        })
        .collect();
    (ran, world.engine.instances_reused())
}

fn require_no_difference(text: &str, methods: &[&str]) {
    let reusing = run_all(text, CodeCache::default(), methods);
    let (fresh, reused) = run_and_count(text, CodeCache::new(0), methods);
    assert_eq!(reusing, fresh, "{methods:?}");
    assert_eq!(reused, 0, "the other machine has none to use again");
}

#[test]
fn an_instance_is_used_again_unless_it_cannot_be_set_back() {
    let reused = |text: &str, method| {
        let methods = [method, "look"];
        run_and_count(text, CodeCache::default(), &methods).1
    };
    for method in METHODS {
        let expected = u64::from(method != "grows");
        assert_eq!(reused(TEXT, method), expected, "{method}");
        assert_eq!(reused(&dropping(), method), 0, "{method}");
    }
    assert_eq!(reused(&dropping(), DROPS), 0);
}

#[test]
fn each_method_ends_as_it_is_called() {
    let ends = |method: &&str| run_all(TEXT, CodeCache::default(), &[method])[0].status;
    let expected = [
        Status::Success,
        Status::Success,
        Status::Success,
        Status::Reverted,
        Status::Unreachable,
        Status::MemoryOutOfBounds,
        Status::PointerOutOfBounds,
        Status::OutOfGas,
        Status::StackOverflow,
        Status::Success,
        Status::Success,
        Status::Success,
    ];
    assert_eq!(METHODS.iter().map(ends).collect::<Vec<_>>(), expected);
}

#[test]
fn look_sees_what_a_method_did_to_its_own_instance() {
    let ran = run_all(TEXT, CodeCache::default(), &["look", "nests"]);
    assert_ne!(ran[0].output, ran[1].output);
    assert_eq!(ran[0].output.len(), 0x120);
}

#[test]
fn after_each_method_an_instance_is_as_new() {
    for method in METHODS {
        require_no_difference(TEXT, &[method, "look", method, method, "nests", "look"]);
    }
    require_no_difference(&dropping(), &[DROPS, "returns", DROPS, "look", "nests"]);
}

#[test]
fn contracts_with_the_same_code_share_instances_and_nothing_else() {
    let mut world = World::new();
    let first = world.deploy(1, TEXT);
    let second = world.deploy(2, TEXT);
    let look = |world: &mut World, id: AccountId| world.run(world.message(id, "look", &[])).output;
    let before = look(&mut world, second);
    world.run(world.message(first, "returns", &[]));
    assert_eq!(look(&mut world, second), before);
    assert_eq!(look(&mut world, first), before);
}

#[test]
fn every_host_function_can_be_the_one_that_ends_a_frame() {
    // The guest stops at a host call and never goes on; the next run begins anew.
    for function in HostFunction::ALL {
        let mut world = World::new();
        let args = vec![u64::MAX; function.signature().params.len()];
        let script = Script::new().call(function, &args);
        let contract = world.deploy(1, &script.wat());
        let runs: Vec<Ran> = (0..3)
            .map(|_| world.run(world.message(contract, "main", &[])))
            .collect();
        assert_eq!(runs[0], runs[1], "{}", function.name());
        assert_eq!(runs[0], runs[2], "{}", function.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_sequence_gives_what_fresh_instances_give(
        sequence in proptest::collection::vec(proptest::sample::select(&METHODS[..]), 1..12),
    ) {
        require_no_difference(TEXT, &sequence);
    }
}
