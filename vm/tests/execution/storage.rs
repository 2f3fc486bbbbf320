//! Storage as a contract sees it: rooms that are too small, ordered scans, transient storage,
//! and the separation of contracts.

use lockstep_abi::HostFunction as F;
use lockstep_vm::Status;

use crate::script::{OUT, Script};
use crate::world::{World, run_script};

const OUT64: u64 = OUT as u64;

#[test]
fn a_room_that_is_too_small_gets_the_beginning_and_the_full_length() {
    let script = Script::new()
        .data(0, b"kvalue")
        .call(F::StorageWrite, &[0, 1, 1, 5])
        .keep(F::StorageRead, &[0, 1, OUT64, 2], OUT + 8)
        .keep(F::StorageNext, &[0, 0, OUT64 + 16, 0], OUT + 24)
        .give(OUT, 32);
    let ran = run_script(script, &[]);
    assert_eq!(&ran.bytes()[..8], b"va\0\0\0\0\0\0");
    assert_eq!(ran.bytes()[8..16], 5_u64.to_le_bytes());
    assert_eq!(ran.bytes()[16..24], [0; 8]);
    assert_eq!(ran.bytes()[24..], 1_u64.to_le_bytes());
}

#[test]
fn the_full_length_is_charged_even_when_the_room_is_smaller() {
    let storage_gas = |capacity: u64| {
        let script = Script::new()
            .call(F::StorageWrite, &[0, 1, 0, 1000])
            .call(F::StorageRead, &[0, 1, OUT64, capacity]);
        run_script(script, &[]).gas.storage
    };
    assert_eq!(storage_gas(0), storage_gas(1000));
}

/// Scans from a starting key with one function, through the guest.
fn scan(world: &mut World, function: F, start: &[u8]) -> Option<Vec<u8>> {
    let script = Script::new()
        .data(0, start)
        .keep(function, &[0, start.len() as u64, OUT64, 16], OUT + 16)
        .give(OUT, 24);
    let code = world.upload(&script.wat());
    world.edit(|state| {
        let id = lockstep_abi::AccountId([1; 32]);
        let mut account = state.account(&id).unwrap();
        account.contract.as_mut().unwrap().code = code;
        state.set_account(&id, account).unwrap();
    });
    let ran = world.run(world.message(lockstep_abi::AccountId([1; 32]), "main", &[]));
    let length = i64::from_le_bytes(ran.bytes()[16..].try_into().unwrap());
    let length = usize::try_from(length).ok()?;
    Some(ran.bytes()[..length].to_vec())
}

#[test]
fn scans_are_in_byte_order_and_stay_in_the_contract() {
    let mut world = World::new();
    let contract = world.deploy(1, &Script::new().wat());
    let below = world.deploy(0, &Script::new().wat());
    let above = world.deploy(2, &Script::new().wat());
    for neighbour in [below, above] {
        world.store(neighbour, b"a", b"theirs");
        world.store(neighbour, &[0xff; 8], b"theirs");
    }
    let keys: [&[u8]; 6] = [b"\x00", b"a", b"a\x00", b"ab", b"b", b"\xff\xff"];
    for key in keys {
        world.store(contract, key, b"ours");
    }
    let probes: [&[u8]; 9] = [
        b"",
        b"\x00",
        b"\x00\x00",
        b"a",
        b"a\x00\x00",
        b"ac",
        b"b",
        b"\xff",
        b"\xff\xff\xff",
    ];
    for probe in probes {
        let next = keys
            .iter()
            .find(|key| **key >= probe)
            .map(|key| key.to_vec());
        assert_eq!(
            scan(&mut world, F::StorageNext, probe),
            next,
            "next {probe:x?}"
        );
        let below = |key: &&&[u8]| probe.is_empty() || **key < probe;
        let previous = keys.iter().rfind(below).map(|key| key.to_vec());
        assert_eq!(
            scan(&mut world, F::StoragePrevious, probe),
            previous,
            "previous {probe:x?}"
        );
    }
}

#[test]
fn transient_storage_ends_with_the_transaction() {
    let script = Script::new()
        .data(0, b"key")
        .data(16, b"value")
        .keep(F::TransientRead, &[0, 3, OUT64, 8], OUT + 8)
        .call(F::TransientWrite, &[0, 3, 16, 5])
        .keep(F::TransientRead, &[0, 3, OUT64, 8], OUT + 16)
        .keep(F::TransientRemove, &[0, 3], OUT + 24)
        .keep(F::TransientRemove, &[0, 3], OUT + 32)
        .give(OUT, 40);
    let mut world = World::new();
    let id = world.deploy(1, &script.wat());
    let root = world.trie.root().0;
    for _ in 0..2 {
        let ran = world.run(world.message(id, "main", &[]));
        let mut expected = b"value\0\0\0".to_vec();
        for number in [-1_i64, 5, 1, 0] {
            expected.extend_from_slice(&number.to_le_bytes());
        }
        assert_eq!(ran.bytes(), expected);
        assert_eq!(ran.root, root, "transient storage is not in the state");
    }
}

#[test]
fn counts_follow_the_storage() {
    let script = Script::new()
        .data(0, b"key")
        .call(F::StorageWrite, &[0, 3, 0, 10])
        .call(F::StorageWrite, &[0, 2, 0, 4])
        .call(F::StorageWrite, &[0, 3, 0, 7])
        .call(F::StorageRemove, &[0, 2]);
    let mut world = World::new();
    let id = world.deploy(1, &script.wat());
    assert_eq!(
        world.run(world.message(id, "main", &[])).status,
        Status::Success
    );
    let record = world.account(id).contract.unwrap();
    assert_eq!((record.storage_items, record.storage_bytes), (1, 10));
}
