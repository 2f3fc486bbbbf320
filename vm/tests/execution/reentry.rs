//! Re-entry: a contract that waits is entered again only if each of its waiting frames allows
//! it.

use lockstep_abi::{AccountId, CallStatus, HostFunction as F};

use crate::script::{OUT, Script};
use crate::world::World;

/// Addresses of ids, names and a zero value.
const SELF: u64 = 0;
const OTHER: u64 = 0x20;
const LEAF: u64 = 0x40;
const BACK: u64 = 0x50;
const THERE: u64 = 0x60;
const ZERO: u64 = 0x80;
const CODE: u64 = 0xa0;

const OUT64: u64 = OUT as u64;

fn names(own: u8, other: u8) -> Script {
    Script::new()
        .data(SELF as u32, &[own; 32])
        .data(OTHER as u32, &[other; 32])
        .data(LEAF as u32, b"leaf")
        .data(BACK as u32, b"back")
        .data(THERE as u32, b"there")
}

fn call(contract: u64, method: u64, length: u64, flags: u64) -> [u64; 8] {
    [contract, method, length, 0, 0, ZERO, u64::MAX, flags]
}

/// Contract 1: `main` calls itself, `there` goes through contract 2, whose `back` calls `leaf`.
fn world(flags: u64) -> World {
    let mut world = World::new();
    let first = names(1, 2)
        .give_result(F::Call, &call(SELF, LEAF, 4, flags))
        .method("leaf")
        .method("there")
        .call(F::Call, &call(OTHER, BACK, 4, flags))
        .call(F::ReturnedRead, &[OUT64, 0, 8])
        .give(OUT, 8);
    world.deploy(1, &first.wat());
    let second = names(2, 1)
        .method("back")
        .give_result(F::Call, &call(OTHER, LEAF, 4, 0));
    world.deploy(2, &second.wat());
    world
}

#[test]
fn re_entry_must_be_allowed_by_the_waiting_contract() {
    for (flags, status) in [(0, CallStatus::ReentryRefused), (2, CallStatus::Success)] {
        for method in ["main", "there"] {
            let mut world = world(flags);
            let ran = world.run(world.message(AccountId([1; 32]), method, &[]));
            assert_eq!(
                ran.number(),
                status.code() as u64,
                "{method} with flags {flags}"
            );
        }
    }
}

#[test]
fn every_waiting_frame_must_allow_it() {
    // Contract 1 allows re-entry, is entered again by itself, and that frame does not allow it.
    for (inner, status) in [(0, CallStatus::ReentryRefused), (2, CallStatus::Success)] {
        let mut world = World::new();
        let first = names(1, 2)
            .call(F::Call, &call(SELF, THERE, 5, 2))
            .call(F::ReturnedRead, &[OUT64, 0, 8])
            .give(OUT, 8)
            .method("there")
            .call(F::Call, &call(OTHER, BACK, 4, inner))
            .call(F::ReturnedRead, &[OUT64, 0, 8])
            .give(OUT, 8)
            .method("leaf");
        let first = world.deploy(1, &first.wat());
        let second = names(2, 1)
            .method("back")
            .give_result(F::Call, &call(OTHER, LEAF, 4, 0));
        world.deploy(2, &second.wat());
        let ran = world.run(world.message(first, "main", &[]));
        assert_eq!(ran.number(), status.code() as u64, "flags {inner}");
    }
}

#[test]
fn the_permission_ends_with_the_call() {
    let mut world = world(2);
    let script = names(3, 2)
        .data(0x100, &[1; 32])
        .call(F::Call, &call(0x100, LEAF, 4, 2))
        .give_result(F::Call, &call(SELF, LEAF, 4, 0))
        .method("leaf");
    let id = world.deploy(3, &script.wat());
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.number(), CallStatus::ReentryRefused.code() as u64);
}

#[test]
fn a_delegated_frame_counts_as_a_frame_of_its_contract() {
    // Contract 1 delegates to code that calls contract 2, which calls back.
    for (outer, inner, status) in [
        (0, 2, CallStatus::ReentryRefused),
        (2, 0, CallStatus::ReentryRefused),
        (2, 2, CallStatus::Success),
    ] {
        let mut world = World::new();
        let library = names(9, 2)
            .method("there")
            .call(F::Call, &call(OTHER, BACK, 4, inner))
            .call(F::ReturnedRead, &[OUT64, 0, 8])
            .give(OUT, 8);
        let code = world.upload(&library.wat());
        let first = names(1, 2)
            .data(CODE as u32, &code.0)
            .call(F::DelegateCall, &[CODE, THERE, 5, 0, 0, u64::MAX, outer])
            .call(F::ReturnedRead, &[OUT64, 0, 8])
            .give(OUT, 8)
            .method("leaf");
        let first = world.deploy(1, &first.wat());
        let second = names(2, 1)
            .method("back")
            .give_result(F::Call, &call(OTHER, LEAF, 4, 0));
        world.deploy(2, &second.wat());
        let ran = world.run(world.message(first, "main", &[]));
        assert_eq!(
            ran.number(),
            status.code() as u64,
            "flags {outer} and {inner}"
        );
    }
}

#[test]
fn a_contract_being_made_cannot_call_its_waiting_creator() {
    let mut world = World::new();
    let child = names(9, 1)
        .method("init")
        .give_result(F::Call, &call(OTHER, LEAF, 4, 0));
    let code = world.upload(&child.wat());
    let first = names(1, 2)
        .data(CODE as u32, &code.0)
        .call(F::Instantiate, &[CODE, CODE, 0, 0, ZERO, u64::MAX, OUT64])
        .call(F::ReturnedRead, &[OUT64, 0, 8])
        .give(OUT, 8)
        .method("leaf");
    let first = world.deploy(1, &first.wat());
    let ran = world.run(world.message(first, "main", &[]));
    assert_eq!(ran.number(), CallStatus::ReentryRefused.code() as u64);
}
