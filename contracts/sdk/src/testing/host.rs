//! The functions of `raw`, answered by the stand-in.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Bound;

use blake2::{Blake2b128, Blake2b256, Digest};
use lockstep_abi::{AccountId, CallFlags, CallStatus, LENGTH_ABSENT};

use super::{Called, Emitted, limits, with};

/// What the stand-in cannot do.
fn absent(function: &str) -> ! {
    panic!("`{function}` needs the machine: test it in a scenario")
}

pub(crate) fn input() -> Vec<u8> {
    absent("input")
}

pub(crate) fn finish(_: &[u8]) {
    absent("return")
}

pub(crate) fn revert(_: &[u8]) {
    absent("revert")
}

pub(crate) fn panic(message: &[u8]) -> ! {
    panic!("{}", String::from_utf8_lossy(message))
}

pub(crate) fn trap() -> ! {
    panic!("the contract trapped")
}

pub(crate) fn caller(out: &mut [u8; 32]) {
    *out = with(|machine| machine.context.caller.0);
}

pub(crate) fn self_id(out: &mut [u8; 32]) {
    *out = with(|machine| machine.context.self_id.0);
}

pub(crate) fn origin(out: &mut [u8; 32]) {
    *out = with(|machine| machine.context.origin.0);
}

pub(crate) fn value(out: &mut [u8; 16]) {
    *out = with(|machine| machine.context.value).to_le_bytes();
}

pub(crate) fn balance(account: &[u8; 32], out: &mut [u8; 16]) {
    let balance = with(|machine| machine.context.balances.get(&AccountId(*account)).copied());
    *out = balance.unwrap_or(0).to_le_bytes();
}

pub(crate) fn block_height() -> u64 {
    with(|machine| machine.context.block_height)
}

pub(crate) fn block_timestamp() -> u64 {
    with(|machine| machine.context.block_timestamp)
}

pub(crate) fn chain_id() -> u64 {
    with(|machine| machine.context.chain_id)
}

pub(crate) fn gas_left() -> u64 {
    with(|machine| machine.context.gas_left)
}

pub(crate) fn is_read_only() -> i32 {
    with(|machine| i32::from(machine.context.read_only))
}

/// Writes what fits and returns the full length, or -1 when there is nothing.
fn yield_bytes(bytes: Option<&Vec<u8>>, out: &mut [u8]) -> i32 {
    let Some(bytes) = bytes else {
        return LENGTH_ABSENT;
    };
    let fits = bytes.len().min(out.len());
    out[..fits].copy_from_slice(&bytes[..fits]);
    length(bytes)
}

fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).expect("stored bytes are short")
}

fn insert(map: &mut BTreeMap<Vec<u8>, Vec<u8>>, key: &[u8], value: &[u8]) {
    assert!(!key.is_empty(), "a storage key is not empty");
    limits::storage_value(value);
    map.insert(key.to_vec(), value.to_vec());
}

pub(crate) fn storage_read(key: &[u8], out: &mut [u8]) -> i32 {
    limits::storage_key(key);
    with(|machine| yield_bytes(machine.storage.get(key), out))
}

pub(crate) fn storage_write(key: &[u8], value: &[u8]) {
    limits::storage_key(key);
    with(|machine| insert(&mut machine.storage, key, value));
}

pub(crate) fn storage_remove(key: &[u8]) -> i32 {
    limits::storage_key(key);
    with(|machine| i32::from(machine.storage.remove(key).is_some()))
}

pub(crate) fn storage_length(key: &[u8]) -> i32 {
    limits::storage_key(key);
    with(|machine| {
        machine
            .storage
            .get(key)
            .map_or(LENGTH_ABSENT, |value| length(value))
    })
}

pub(crate) fn storage_next(from: &[u8], out: &mut [u8]) -> i32 {
    limits::storage_key(from);
    with(|machine| {
        let bounds = (Bound::Included(from), Bound::Unbounded);
        let next = machine.storage.range::<[u8], _>(bounds).next();
        yield_bytes(next.map(|(key, _)| key), out)
    })
}

pub(crate) fn storage_previous(before: &[u8], out: &mut [u8]) -> i32 {
    limits::storage_key(before);
    with(|machine| {
        let end = if before.is_empty() {
            Bound::Unbounded
        } else {
            Bound::Excluded(before)
        };
        let previous = machine
            .storage
            .range::<[u8], _>((Bound::Unbounded, end))
            .next_back();
        yield_bytes(previous.map(|(key, _)| key), out)
    })
}

pub(crate) fn transient_read(key: &[u8], out: &mut [u8]) -> i32 {
    limits::storage_key(key);
    with(|machine| yield_bytes(machine.transient.get(key), out))
}

pub(crate) fn transient_write(key: &[u8], value: &[u8]) {
    limits::storage_key(key);
    with(|machine| insert(&mut machine.transient, key, value));
}

pub(crate) fn transient_remove(key: &[u8]) -> i32 {
    limits::storage_key(key);
    with(|machine| i32::from(machine.transient.remove(key).is_some()))
}

pub(crate) fn call(
    contract: &[u8; 32],
    method: &[u8],
    input: &[u8],
    value: &[u8; 16],
    gas_limit: u64,
    flags: u32,
) -> i32 {
    limits::call(method, input);
    let called = Called {
        contract: AccountId(*contract),
        method: String::from_utf8(method.to_vec()).expect("a method's name is text"),
        input: input.to_vec(),
        value: u128::from_le_bytes(*value),
        gas_limit,
        flags: CallFlags::from_bits(flags).expect("a call has flags that exist"),
    };
    // The answer runs without the machine being borrowed, so that it may use this module.
    let Some(mut answer) = with(|machine| machine.answer.take()) else {
        panic!(
            "`{}` was called: say with `testing::on_call` how that ends",
            called.method
        );
    };
    let (status, returned) = answer(&called);
    with(|machine| {
        machine.answer.get_or_insert(answer);
        machine.returned = returned;
    });
    status.code()
}

pub(crate) fn delegate_call(_: &[u8; 32], _: &[u8], _: &[u8], _: u64, _: u32) -> i32 {
    absent("delegate_call")
}

pub(crate) fn instantiate(
    _: &[u8; 32],
    _: &[u8; 32],
    _: &[u8],
    _: &[u8; 16],
    _: u64,
    _: &mut [u8; 32],
) -> i32 {
    absent("instantiate")
}

pub(crate) fn transfer(to: &[u8; 32], value: &[u8; 16]) -> i32 {
    let (to, value) = (AccountId(*to), u128::from_le_bytes(*value));
    with(|machine| {
        let context = &mut machine.context;
        let own = context.balances.entry(context.self_id).or_default();
        let Some(left) = own.checked_sub(value) else {
            return CallStatus::BalanceTooLow.code();
        };
        *own = left;
        *context.balances.entry(to).or_default() += value;
        CallStatus::Success.code()
    })
}

pub(crate) fn upgrade(_: &[u8; 32], _: &[u8], _: u64) -> i32 {
    absent("upgrade")
}

pub(crate) fn terminate(_: &[u8; 32]) -> ! {
    absent("terminate")
}

pub(crate) fn returned() -> Vec<u8> {
    with(|machine| machine.returned.clone())
}

pub(crate) fn emit_event(topics: &[[u8; 32]], data: &[u8]) {
    limits::event(topics, data);
    let event = Emitted {
        topics: topics.to_vec(),
        data: data.to_vec(),
    };
    with(|machine| machine.events.push(event));
}

pub(crate) fn hash_sha2_256(_: &[u8], _: &mut [u8; 32]) {
    absent("hash_sha2_256")
}

pub(crate) fn hash_sha3_256(_: &[u8], _: &mut [u8; 32]) {
    absent("hash_sha3_256")
}

pub(crate) fn hash_keccak_256(_: &[u8], _: &mut [u8; 32]) {
    absent("hash_keccak_256")
}

pub(crate) fn hash_blake2b_256(bytes: &[u8], out: &mut [u8; 32]) {
    *out = Blake2b256::digest(bytes).into();
}

pub(crate) fn hash_blake2b_128(bytes: &[u8], out: &mut [u8; 16]) {
    *out = Blake2b128::digest(bytes).into();
}

pub(crate) fn ed25519_verify(_: &[u8; 32], _: &[u8; 64], _: &[u8]) -> i32 {
    absent("ed25519_verify")
}

pub(crate) fn secp256k1_recover(_: &[u8; 32], _: &[u8; 65], _: &mut [u8; 64]) -> i32 {
    absent("secp256k1_recover")
}

pub(crate) fn p256_verify(_: &[u8; 32], _: &[u8; 64], _: &[u8; 64]) -> i32 {
    absent("p256_verify")
}

pub(crate) fn debug_log(message: &str) {
    limits::debug_log(message);
    std::eprintln!("{message}");
}
