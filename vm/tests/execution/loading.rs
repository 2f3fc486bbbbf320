//! Code that a transaction has loaded is ready until the transaction ends, up to 16 MiB of it, where
//! short code counts as 4 KiB; code beyond that is charged each time it comes back. No cache
//! changes that.

use lockstep_abi::{AccountId, HostFunction as F};
use lockstep_vm::{CodeCache, Message, MessageCharge, MessageGas, Observer, code_hash};

use crate::script::Script;
use crate::world::{Ran, World};

/// The greatest module that is accepted.
const MODULE_BYTES: usize = 1 << 20;

/// How many of these a transaction keeps loaded, beside the small one that calls them.
const KEPT: u8 = 15;

/// How often something was paid for loading.
#[derive(Default)]
struct Loads(u64);

impl Observer for Loads {
    fn message_gas(&mut self, gas: &MessageGas) {
        if gas.charge == MessageCharge::Load {
            self.0 += 1;
        }
    }
}

/// A module of [`MODULE_BYTES`] bytes, another one for each number, whose method does nothing.
fn large(number: u8) -> String {
    let with = |length: usize| {
        let rest = "x".repeat(length);
        format!(r#"(module (@custom "rest" "{number:03}{rest}") (func (export "work")))"#)
    };
    let others = wat::parse_str(with(1 << 19)).unwrap().len() - (1 << 19);
    with(MODULE_BYTES - others)
}

/// A contract that calls `count` large ones in turn, `rounds` times, and the call of it.
fn world(count: u8, rounds: u8, cache: CodeCache) -> (World, Message) {
    let mut world = World::new();
    world.cache = cache;
    let mut script = Script::new().data(0x40, b"work");
    for number in 0..count {
        let id = world.deploy(number + 2, &large(number));
        script = script.data(0x100 + 32 * u32::from(number), &id.0);
    }
    for number in (0..rounds).flat_map(|_| 0..count) {
        let id = 0x100 + 32 * u64::from(number);
        script = script.call(F::Call, &[id, 0x40, 4, 0, 0, 0x80, u64::MAX, 0]);
    }
    let id = world.deploy(1, &script.wat());
    let mut message = world.message(id, "main", &[]);
    message.gas = 40_000_000_000;
    (world, message)
}

/// Runs it and says what came of it, and how many loads were paid.
fn run(world: &mut World, message: &Message) -> (Ran, u64) {
    let mut loads = Loads::default();
    let ran = world.run_observed(message.clone(), &mut loads);
    assert!(ran.status.is_success(), "{:?}", ran.status);
    (ran, loads.0)
}

/// How often the cache had to prepare code so far.
fn misses(world: &World) -> u64 {
    world.cache.statistics().misses
}

/// Runs the same with a cold, a warm and no cache. All come to the same, without a cache nothing
/// is prepared without being paid; says how many loads were paid.
fn loads(count: u8, rounds: u8) -> u64 {
    let (mut usual, message) = world(count, rounds, CodeCache::default());
    let (cold, paid) = run(&mut usual, &message);
    let (mut without, _) = world(count, rounds, CodeCache::new(0));
    for _ in 0..2 {
        assert_eq!(run(&mut usual, &message), (cold.clone(), paid), "warm");
        let before = misses(&without);
        assert_eq!(run(&mut without, &message), (cold.clone(), paid));
        assert_eq!(misses(&without), before + paid);
    }
    assert_eq!(misses(&usual), u64::from(count) + 1);
    paid
}

#[test]
fn the_modules_are_as_large_as_they_should_be() {
    let bytes = wat::parse_str(large(7)).unwrap();
    assert_eq!(bytes.len(), MODULE_BYTES);
    let other = wat::parse_str(large(8)).unwrap();
    assert_ne!(code_hash(&bytes), code_hash(&other));
}

#[test]
fn what_fits_is_loaded_once_with_any_cache() {
    assert_eq!(loads(KEPT, 3), u64::from(KEPT) + 1);
}

#[test]
fn code_over_the_bound_is_charged_again_with_any_cache() {
    // In turn, so that each drops the one that comes back next. The caller goes too, for a first one
    // that fits in its place; it runs all the time and is not loaded again.
    let count = KEPT + 2;
    assert_eq!(loads(count, 3), 3 * u64::from(count) + 1);
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let mut world = World::new();
    let ids: Vec<AccountId> = (0..18).map(|n| world.deploy(n + 2, &large(n))).collect();
    let call = |script: Script, number: u64| {
        let id = 0x100 + 32 * number;
        script.call(F::Call, &[id, 0x40, 4, 0, 0, 0x80, u64::MAX, 0])
    };
    let mut script = Script::new().data(0x40, b"work");
    for (place, id) in (0..).zip(&ids) {
        script = script.data(0x100 + 32 * place, &id.0);
    }
    // 0 to 14 fit beside the caller. 15 drops the caller. 16 drops 1, because 0 was used again; so
    // 0 is still there, and 1 is not.
    let order = (0..15).chain([0, 15, 16, 0, 1]);
    for number in order {
        script = call(script, number);
    }
    let id = world.deploy(1, &script.wat());
    let mut message = world.message(id, "main", &[]);
    message.gas = 40_000_000_000;
    let (_, paid) = run(&mut world, &message);
    assert_eq!(paid, 1 + 15 + 2 + 1);
}

/// How many loads are paid when this many short codes are called in turn, twice.
fn loads_of_short_codes(count: usize) -> u64 {
    let mut world = World::new();
    let mut hashes = String::new();
    for number in 0..count {
        let text = format!(r#"(module (@custom "n" "{number}") (func (export "work")))"#);
        for byte in world.upload(&text).0 {
            hashes.push_str(&format!("\\{byte:02x}"));
        }
    }
    let pages = 1 + 32 * count / (64 << 10);
    let end = 16 + 32 * count;
    let caller = format!(
        r#"(module
            (import "lockstep" "delegate_call"
                (func $delegate (param i32 i32 i32 i32 i32 i64 i32) (result i32)))
            (memory {pages})
            (data (i32.const 0) "work")
            (data (i32.const 16) "{hashes}")
            (func (export "main") (local $round i32) (local $hash i32)
                (loop $rounds
                    (local.set $hash (i32.const 16))
                    (loop $codes
                        (if (call $delegate (local.get $hash) (i32.const 0) (i32.const 4)
                                (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 0))
                            (then unreachable))
                        (local.set $hash (i32.add (local.get $hash) (i32.const 32)))
                        (br_if $codes (i32.lt_u (local.get $hash) (i32.const {end}))))
                    (local.set $round (i32.add (local.get $round) (i32.const 1)))
                    (br_if $rounds (i32.lt_u (local.get $round) (i32.const 2))))))"#
    );
    let id = world.deploy(1, &caller);
    let mut message = world.message(id, "main", &[]);
    message.gas = 40_000_000_000;
    run(&mut world, &message).1
}

#[test]
fn short_codes_count_as_four_kilobytes() {
    // The caller goes when the last ones need its place.
    let most = MODULE_BYTES * 16 / (4 << 10);
    assert_eq!(most, 4_096);
    let paid = |count: usize| u64::try_from(count).unwrap() + 1;
    assert_eq!(loads_of_short_codes(most), paid(most));
    assert_eq!(loads_of_short_codes(most + 1), paid(2 * (most + 1)));
}
