//! Each host function with slices in place of pointers.
//!
//! All `unsafe` blocks here rest on the same ground: a pointer and a length that come from one
//! slice name memory that is valid, initialised and, for `&mut`, not aliased, for as long as the
//! slice is borrowed, which is longer than the call; the machine reads `&[u8]` and writes no more
//! than the length of `&mut [u8]`, and keeps no pointer.
//!
//! All are inlined by force. The compiler would keep some as functions of their own, which only
//! call the import, and a call takes an interpreter longer than all else that they do.

use alloc::vec;
use alloc::vec::Vec;
use core::arch::wasm32::unreachable;

use super::import;

pub(crate) use import::{
    balance, block_height, block_timestamp, caller, chain_id, gas_left, is_read_only, origin,
    p256_verify, secp256k1_recover, self_id, transfer, value,
};

#[inline(always)]
pub(crate) fn input() -> Vec<u8> {
    let mut input = vec![0; import::input_length() as usize];
    if input.is_empty() {
        return input;
    }
    // SAFETY: see the module's text.
    unsafe { import::input_read(input.as_mut_ptr(), 0, input.len()) };
    input
}

#[inline(always)]
pub(crate) fn finish(output: &[u8]) {
    // SAFETY: see the module's text.
    unsafe { import::r#return(output.as_ptr(), output.len()) };
}

#[inline(always)]
pub(crate) fn revert(error: &[u8]) {
    // SAFETY: see the module's text.
    unsafe { import::revert(error.as_ptr(), error.len()) };
}

#[inline(always)]
pub(crate) fn panic(message: &[u8]) -> ! {
    // SAFETY: see the module's text.
    unsafe { import::panic(message.as_ptr(), message.len()) };
    unreachable()
}

#[inline(always)]
pub(crate) fn trap() -> ! {
    unreachable()
}

#[inline(always)]
pub(crate) fn storage_read(key: &[u8], out: &mut [u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::storage_read(key.as_ptr(), key.len(), out.as_mut_ptr(), out.len()) }
}

#[inline(always)]
pub(crate) fn storage_write(key: &[u8], value: &[u8]) {
    // SAFETY: see the module's text.
    unsafe { import::storage_write(key.as_ptr(), key.len(), value.as_ptr(), value.len()) }
}

#[inline(always)]
pub(crate) fn storage_remove(key: &[u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::storage_remove(key.as_ptr(), key.len()) }
}

#[inline(always)]
pub(crate) fn storage_length(key: &[u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::storage_length(key.as_ptr(), key.len()) }
}

#[inline(always)]
pub(crate) fn storage_next(from: &[u8], out: &mut [u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::storage_next(from.as_ptr(), from.len(), out.as_mut_ptr(), out.len()) }
}

#[inline(always)]
pub(crate) fn storage_previous(before: &[u8], out: &mut [u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::storage_previous(before.as_ptr(), before.len(), out.as_mut_ptr(), out.len()) }
}

#[inline(always)]
pub(crate) fn transient_read(key: &[u8], out: &mut [u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::transient_read(key.as_ptr(), key.len(), out.as_mut_ptr(), out.len()) }
}

#[inline(always)]
pub(crate) fn transient_write(key: &[u8], value: &[u8]) {
    // SAFETY: see the module's text.
    unsafe { import::transient_write(key.as_ptr(), key.len(), value.as_ptr(), value.len()) }
}

#[inline(always)]
pub(crate) fn transient_remove(key: &[u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::transient_remove(key.as_ptr(), key.len()) }
}

#[inline(always)]
pub(crate) fn call(
    contract: &[u8; 32],
    method: &[u8],
    input: &[u8],
    value: &[u8; 16],
    gas_limit: u64,
    flags: u32,
) -> i32 {
    let (name, name_length) = (method.as_ptr(), method.len());
    let (ptr, length) = (input.as_ptr(), input.len());
    // SAFETY: see the module's text.
    unsafe {
        import::call(
            contract,
            name,
            name_length,
            ptr,
            length,
            value,
            gas_limit,
            flags,
        )
    }
}

#[inline(always)]
pub(crate) fn delegate_call(
    code: &[u8; 32],
    method: &[u8],
    input: &[u8],
    gas_limit: u64,
    flags: u32,
) -> i32 {
    let (name, name_length) = (method.as_ptr(), method.len());
    let (ptr, length) = (input.as_ptr(), input.len());
    // SAFETY: see the module's text.
    unsafe { import::delegate_call(code, name, name_length, ptr, length, gas_limit, flags) }
}

#[inline(always)]
pub(crate) fn instantiate(
    code: &[u8; 32],
    salt: &[u8; 32],
    input: &[u8],
    value: &[u8; 16],
    gas_limit: u64,
    out: &mut [u8; 32],
) -> i32 {
    let (ptr, length) = (input.as_ptr(), input.len());
    // SAFETY: see the module's text.
    unsafe { import::instantiate(code, salt, ptr, length, value, gas_limit, out) }
}

#[inline(always)]
pub(crate) fn upgrade(code: &[u8; 32], input: &[u8], gas_limit: u64) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::upgrade(code, input.as_ptr(), input.len(), gas_limit) }
}

#[inline(always)]
pub(crate) fn terminate(beneficiary: &[u8; 32]) -> ! {
    import::terminate(beneficiary);
    unreachable()
}

#[inline(always)]
pub(crate) fn returned() -> Vec<u8> {
    let mut data = vec![0; import::returned_length() as usize];
    if data.is_empty() {
        return data;
    }
    // SAFETY: see the module's text.
    unsafe { import::returned_read(data.as_mut_ptr(), 0, data.len()) };
    data
}

#[inline(always)]
pub(crate) fn emit_event(topics: &[[u8; 32]], data: &[u8]) {
    let (first, count) = (topics.as_flattened().as_ptr(), topics.len());
    // SAFETY: see the module's text; `topics` is `count` times 32 bytes without gaps.
    unsafe { import::emit_event(first, count, data.as_ptr(), data.len()) }
}

#[inline(always)]
pub(crate) fn hash_sha2_256(bytes: &[u8], out: &mut [u8; 32]) {
    // SAFETY: see the module's text.
    unsafe { import::hash_sha2_256(bytes.as_ptr(), bytes.len(), out) }
}

#[inline(always)]
pub(crate) fn hash_sha3_256(bytes: &[u8], out: &mut [u8; 32]) {
    // SAFETY: see the module's text.
    unsafe { import::hash_sha3_256(bytes.as_ptr(), bytes.len(), out) }
}

#[inline(always)]
pub(crate) fn hash_keccak_256(bytes: &[u8], out: &mut [u8; 32]) {
    // SAFETY: see the module's text.
    unsafe { import::hash_keccak_256(bytes.as_ptr(), bytes.len(), out) }
}

#[inline(always)]
pub(crate) fn hash_blake2b_256(bytes: &[u8], out: &mut [u8; 32]) {
    // SAFETY: see the module's text.
    unsafe { import::hash_blake2b_256(bytes.as_ptr(), bytes.len(), out) }
}

#[inline(always)]
pub(crate) fn hash_blake2b_128(bytes: &[u8], out: &mut [u8; 16]) {
    // SAFETY: see the module's text.
    unsafe { import::hash_blake2b_128(bytes.as_ptr(), bytes.len(), out) }
}

#[inline(always)]
pub(crate) fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> i32 {
    // SAFETY: see the module's text.
    unsafe { import::ed25519_verify(public_key, signature, message.as_ptr(), message.len()) }
}

#[inline(always)]
pub(crate) fn debug_log(message: &str) {
    // SAFETY: see the module's text.
    unsafe { import::debug_log(message.as_ptr(), message.len()) }
}
