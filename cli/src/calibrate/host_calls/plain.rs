//! Host functions that touch neither the state nor other contracts: call data, context, events,
//! hashing, signatures.

use lockstep_abi::HostFunction as F;
use lockstep_vm::{Action, Signer, Transaction};

use super::{BUFFER, FIXED, HostContexts, KEYS, Unit, scattered};
use crate::calibrate::world::World;
use crate::problem::Failure;

pub(super) fn add(contexts: &mut HostContexts, world: &mut World) -> Result<(), Failure> {
    context(contexts, world);
    input(contexts);
    endings(contexts);
    events(contexts);
    hashes(contexts);
    signatures(contexts);
    Ok(())
}

fn context(contexts: &mut HostContexts, world: &World) {
    for function in [
        F::InputLength,
        F::BlockHeight,
        F::BlockTimestamp,
        F::ChainId,
        F::GasLeft,
        F::IsReadOnly,
        F::ReturnedLength,
    ] {
        contexts.item(function, Unit::None);
        let call = format!("(drop (call ${}))", function.name());
        contexts.add(function, "in a loop", 2000, call);
    }
    for function in [F::Caller, F::SelfId, F::Origin, F::Value] {
        contexts.item(function, Unit::None);
        let call = format!("(call ${} (i32.const {BUFFER}))", function.name());
        contexts.add(function, "in a loop", 2000, call);
        scattered::memory(contexts, function);
    }
    contexts.item(F::Balance, Unit::None);
    let call = format!("(call $balance (local.get $p) (i32.const {BUFFER}))");
    let accounts = &world.accounts[..world.accounts.len().min(512)];
    contexts
        .add(F::Balance, "of accounts", 512, call.clone())
        .keys(accounts);
    let absent: Vec<[u8; 32]> = world.keys.iter().take(512).copied().collect();
    contexts
        .add(F::Balance, "of accounts that do not exist", 512, call)
        .keys(&absent);
    scattered::memory(contexts, F::Balance);
    scattered::balances(contexts);
}

fn input(contexts: &mut HostContexts) {
    contexts.item(F::InputRead, Unit::Output);
    for length in [0_u32, 64, 1024, 16_384, 131_072] {
        let call =
            format!("(call $input_read (i32.const {BUFFER}) (i32.const 0) (i32.const {length}))");
        contexts
            .add(F::InputRead, "of the input", turns(length), call)
            .units(length)
            .input = vec![7; 131_072];
    }
    scattered::memory(contexts, F::InputRead);
}

/// Fewer turns for longer work.
fn turns(length: u32) -> u32 {
    if length > 10_000 { 20 } else { 500 }
}

fn endings(contexts: &mut HostContexts) {
    let text: String = "\u{20ac}".repeat(4096);
    for function in [F::Return, F::Revert, F::Panic] {
        contexts.item(function, Unit::Input);
        for length in [0_u32, 1536, 12_288] {
            let call = format!(
                "(call ${} (i32.const {BUFFER}) (i32.const {length}))",
                function.name()
            );
            contexts
                .add(function, "of text", 1, call)
                .units(length)
                .data(BUFFER, text.as_bytes());
        }
    }
    contexts.item(F::DebugLog, Unit::Input);
    for length in [0_u32, 64, 1024, 4096] {
        let call = format!("(call $debug_log (i32.const {BUFFER}) (i32.const {length}))");
        contexts
            .add(F::DebugLog, "nobody listens", 500, call)
            .units(length);
    }
    scattered::memory(contexts, F::DebugLog);
}

fn events(contexts: &mut HostContexts) {
    contexts.item(F::EmitEvent, Unit::Input);
    for (topics, length) in [(0, 0_u32), (1, 32), (4, 0), (4, 1024), (0, 16_384)] {
        let call = format!(
            "(call $emit_event (i32.const {KEYS}) (i32.const {topics}) (i32.const {BUFFER}) (i32.const {length}))"
        );
        contexts
            .add(F::EmitEvent, "to the receipt", turns(length).min(200), call)
            .units(32 * topics + length);
    }
    let call = format!(
        "(call $emit_event (i32.const {KEYS}) (i32.const 0) (i32.const {BUFFER}) (i32.const 16384))"
    );
    contexts
        .add(F::EmitEvent, "as many as a transaction may", 1_000, call)
        .units(16_384);
    scattered::memory(contexts, F::EmitEvent);
}

fn hashes(contexts: &mut HostContexts) {
    for function in [
        F::HashSha2x256,
        F::HashSha3x256,
        F::HashKeccak256,
        F::HashBlake2b256,
        F::HashBlake2b128,
    ] {
        contexts.item(function, Unit::Input);
        for length in [0_u32, 32, 136, 1024, 16_384, 131_072] {
            let call = format!(
                "(call ${} (i32.const {BUFFER}) (i32.const {length}) (i32.const {KEYS}))",
                function.name()
            );
            let turns = if length > 10_000 { 4 } else { 200 };
            contexts
                .add(function, "of zeros", turns, call)
                .units(length);
        }
        scattered::memory(contexts, function);
    }
}

fn signatures(contexts: &mut HostContexts) {
    contexts.item(F::Ed25519Verify, Unit::Input);
    for code_bytes in [0_usize, 1024, 16_384, 131_072] {
        let signer = Signer::from_seed([9; 32]);
        let transaction = Transaction {
            chain_id: 1,
            sender: signer.account(),
            nonce: 0,
            gas_limit: 0,
            gas_price: 0,
            deposit_limit: 0,
            action: Action::Upload {
                code: vec![0; code_bytes],
            },
        };
        let message = transaction.signing_bytes();
        let signed = signer.sign(transaction);
        let (key, signature) = (FIXED, FIXED + 32);
        let length = message.len() as u32;
        let call = format!(
            "(drop (call $ed25519_verify (i32.const {key}) (i32.const {signature}) (i32.const {BUFFER}) (i32.const {length})))"
        );
        contexts
            .add(F::Ed25519Verify, "valid", 4, call)
            .units(length)
            .data(key, signer.account().0)
            .data(signature, signed.signature)
            .data(BUFFER, message);
    }
    let (digest, signature) = (FIXED, FIXED + 32);
    contexts.item(F::Secp256k1Recover, Unit::None);
    let call = format!(
        "(drop (call $secp256k1_recover (i32.const {digest}) (i32.const {signature}) (i32.const {BUFFER})))"
    );
    contexts
        .add(F::Secp256k1Recover, "valid", 4, call)
        .data(digest, bytes(P256_DIGEST))
        .data(signature, [bytes(SECP256K1_SIGNATURE), vec![1]].concat());
    contexts.item(F::P256Verify, Unit::None);
    let key = FIXED + 96;
    let call = format!(
        "(drop (call $p256_verify (i32.const {digest}) (i32.const {signature}) (i32.const {key})))"
    );
    contexts
        .add(F::P256Verify, "valid", 4, call)
        .data(digest, bytes(P256_DIGEST))
        .data(signature, bytes(P256_SIGNATURE))
        .data(key, bytes(P256_KEY));
}

/// A digest, a signature that recovers a key when 1 is put behind it, and a signature with its
/// key, in hexadecimal.
pub(crate) const SIGNED: [&str; 4] = [P256_DIGEST, SECP256K1_SIGNATURE, P256_SIGNATURE, P256_KEY];

/// The bytes of a constant in hexadecimal.
fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_default()
}

// A published signature. Whatever the digest, it recovers the key of somebody.
const SECP256K1_SIGNATURE: &str = "46c05b6368a44b8810d79859441d819b8e7cdc8bfd371e35c53196f4bcacdb51\
    35c7facce2a97b95eacba8a586d87b7958aaf8368ab29cee481f76e871dbd9cb";
// RFC 6979, A.2.5: P-256 with SHA-256, message "sample".
const P256_DIGEST: &str = "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";
const P256_SIGNATURE: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
    f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const P256_KEY: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
    7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
