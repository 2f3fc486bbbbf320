//! An instance that was used before cannot be told from a fresh one, whatever was done to it.
//!
//! A contract has methods that spoil all that an instance has and end in every way there is, and
//! `look`, which gives back everything that the guest can see of itself. Any sequence of them on a
//! machine that keeps instances gives what it gives on one that never has one to reuse.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{CodeCache, Status};
use proptest::prelude::*;

use crate::script::Script;
use crate::world::{Ran, World};

/// Data across two parts of the comparison and across two pages; a passive segment; globals.
const TEXT: &str = r#"(module
    (import "lockstep" "return" (func $return (param i32 i32)))
    (import "lockstep" "revert" (func $revert (param i32 i32)))
    (import "lockstep" "hash_blake2b_256" (func $hash (param i32 i32 i32)))
    (import "lockstep" "call"
        (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
    (memory 2 4)
    (data (i32.const 0x0ffa) "across parts")
    (data (i32.const 0xfffa) "across pages")
    (data (i32.const 0x1ffc0) "\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01\01")
    (data (i32.const 0x1ffe0) "look")
    (data $passive "passive")
    (global $small (mut i32) (i32.const -5))
    (global $constant i32 (i32.const 9))
    (global $large (mut i64) (i64.const 0x0123456789abcdef))
    (func $spoil
        (global.set $small (i32.add (global.get $small) (i32.const 1)))
        (global.set $large (i64.mul (global.get $large) (i64.const 3)))
        (i32.store (i32.const 0) (i32.const 1))
        (i64.store (i32.const 0x0ffd) (i64.const -1))
        (memory.fill (i32.const 0x8000) (i32.const 7) (i32.const 0x2345))
        (memory.init $passive (i32.const 0xfff0) (i32.const 0) (i32.const 7)))
    (func $look
        (i32.store (i32.const 0x100) (global.get $small))
        (i32.store (i32.const 0x104) (memory.size))
        (i64.store (i32.const 0x108) (global.get $large))
        (call $hash (i32.const 0) (i32.mul (memory.size) (i32.const 65536)) (i32.const 0x200))
        (call $return (i32.const 0x100) (i32.const 0x120)))
    (func (export "look") (call $look))
    (func (export "returns") (call $spoil))
    (func (export "returns_early") (call $spoil) (call $return (i32.const 0) (i32.const 4)))
    (func (export "reverts") (call $spoil) (call $revert (i32.const 0) (i32.const 4)))
    (func (export "traps") (call $spoil) (unreachable))
    (func (export "traps_outside") (call $spoil) (drop (i32.load (i32.const -4))))
    (func (export "traps_in_the_host") (call $spoil) (call $return (i32.const -4) (i32.const 8)))
    (func (export "runs_out") (call $spoil) (loop $on (br $on)))
    (func $deep (global.set $small (i32.const 77)) (call $deep) (call $spoil))
    (func (export "overflows") (call $spoil) (call $deep))
    (func (export "grows") (call $spoil)
        (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 0x20000) (i32.const 1)))
    (func (export "grows_by_none") (call $spoil) (drop (memory.grow (i32.const 0))))
    (func (export "nests") (call $spoil)
        (drop (call $call (i32.const 0x1ffc0) (i32.const 0x1ffe0) (i32.const 4)
            (i32.const 0) (i32.const 0) (i32.const 0x4000) (i64.const -1) (i32.const 2)))
        (call $look))
    (;drops;))"#;

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

/// The same module with a method that drops its passive segment.
fn dropping() -> String {
    let method = r#"(func (export "drops") (call $spoil) (data.drop $passive))"#;
    TEXT.replace("(;drops;)", method)
}

/// Runs these methods one after the other, all with the same code.
fn run_all(text: &str, cache: CodeCache, methods: &[&str]) -> Vec<Ran> {
    let mut world = World::new();
    world.cache = cache;
    let contract = world.deploy(1, text);
    methods
        .iter()
        .map(|method| {
            let mut message = world.message(contract, method, &[]);
            message.gas = 6_000_000;
            world.run(message)
        })
        .collect()
}

fn require_no_difference(text: &str, methods: &[&str]) {
    let reusing = run_all(text, CodeCache::default(), methods);
    let fresh = run_all(text, CodeCache::new(0), methods);
    assert_eq!(reusing, fresh, "{methods:?}");
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
