//! Storage, lasting and transient.
//!
//! What a key costs depends on the path to it. Under random keys a path is about as long as the
//! logarithm of the state's size. Whoever chooses keys can make it branch at every bit of a key,
//! which is why each byte of a key has its price.

use lockstep_abi::{AccountId, HostFunction as F};

use super::deep::{DeepPath, DeepPaths};
use super::{BUFFER, HostContexts, KEYS, Unit, path, scattered};
use crate::calibrate::world::World;
use crate::problem::Failure;
use crate::random::Random;

pub(super) fn add(contexts: &mut HostContexts, world: &mut World) -> Result<(), Failure> {
    let large = prepare_large(world)?;
    let deep = DeepPaths::prepare(world)?;
    readers(contexts, world, &deep);
    writers(contexts, world, &deep.to_first);
    values(contexts, world, &large);
    transient(contexts, world);
    Ok(())
}

/// A contract that stores a few large values, and their sizes.
struct Large {
    contract: AccountId,
    sizes: Vec<u32>,
}

fn prepare_large(world: &mut World) -> Result<Large, Failure> {
    let contract = AccountId([0x6c; 32]);
    world.make_contract(&contract, "(module)")?;
    let sizes = vec![32_u32, 1024, 16_384, 65_536];
    let mut random = Random::new(2);
    let items = sizes
        .iter()
        .map(|size| (size.to_be_bytes().to_vec(), random.bytes(*size as usize)));
    world.store(&contract, items.collect())?;
    Ok(Large { contract, sizes })
}

/// Every key of one byte.
fn short_keys() -> Vec<[u8; 1]> {
    (0..=255).map(|key| [key]).collect()
}

/// The call with a key at `$p`, and room or a value of so many bytes behind it.
fn call(function: F, key_bytes: u32, value_bytes: u32) -> String {
    let name = function.name();
    let key = format!("(local.get $p) (i32.const {key_bytes})");
    let buffer = format!("(i32.const {BUFFER}) (i32.const {value_bytes})");
    // Every turn writes another value.
    let vary = format!("(i32.store (i32.const {BUFFER}) (local.get $n))");
    match function {
        F::StorageWrite | F::TransientWrite => format!("{vary} (call ${name} {key} {buffer})"),
        F::StorageRemove | F::StorageLength | F::TransientRemove => {
            format!("(drop (call ${name} {key}))")
        }
        _ => format!("(drop (call ${name} {key} {buffer}))"),
    }
}

fn readers(contexts: &mut HostContexts, world: &World, deep: &DeepPaths) {
    let present: Vec<[u8; 32]> = world.keys.iter().take(512).copied().collect();
    let absent: Vec<[u8; 32]> = world.accounts.iter().take(512).copied().collect();
    for function in [
        F::StorageRead,
        F::StorageLength,
        F::StorageNext,
        F::StoragePrevious,
    ] {
        let out = |bytes: u32| match function {
            F::StorageLength => 0.0,
            _ => f64::from(bytes),
        };
        let out_price = path(function, "per_output_byte");
        contexts.item(function, Unit::Input);
        for (label, keys) in [("of random keys", &present), ("of absent keys", &absent)] {
            let found = match (function, label) {
                (F::StorageRead, "of absent keys") => 0,
                _ => 32,
            };
            contexts
                .add(function, label, 512, call(function, 32, 32))
                .keys(keys)
                .units(32)
                .also(out_price.clone(), out(found));
        }
        contexts
            .add(function, "of keys of one byte", 200, call(function, 1, 32))
            .keys(&short_keys())
            .units(1)
            .also(out_price.clone(), out(1));
        for DeepPath {
            contract,
            key_bytes,
        } in &deep.to_first
        {
            let mut key = vec![0; *key_bytes as usize];
            if function == F::StoragePrevious {
                key[*key_bytes as usize - 1] = 1;
            }
            let found = match function {
                F::StorageRead => 1,
                _ => *key_bytes,
            };
            contexts
                .add(
                    function,
                    "down a deep path",
                    20,
                    call(function, *key_bytes, *key_bytes),
                )
                .data(KEYS, key)
                .on(*contract)
                .units(*key_bytes)
                .also(out_price.clone(), out(found))
                .hostile();
        }
        // What is found pays for no path: the base does.
        if let Some(contract) = deep.searched_without_key(function) {
            let call = call(function, 0, 256);
            contexts
                .add(function, "from nothing, down a deep path", 20, call)
                .on(contract)
                .also(out_price, out(256))
                .hostile();
        }
    }
}

fn writers(contexts: &mut HostContexts, world: &World, deep: &[DeepPath]) {
    let present: Vec<[u8; 32]> = world.keys.iter().skip(100).take(400).copied().collect();
    let absent: Vec<[u8; 32]> = world.accounts.iter().take(400).copied().collect();
    for function in [F::StorageWrite, F::StorageRemove] {
        let value = |bytes: f64| match function {
            F::StorageWrite => bytes,
            _ => 0.0,
        };
        let value_price = path(function, "per_output_byte");
        contexts.item(function, Unit::Input);
        for (label, keys, turns) in [
            ("of one key in a block", &present, 1),
            ("of 16 keys in a block", &present, 16),
            ("of 300 keys in a block", &present, 300),
            ("of an absent key", &absent, 16),
        ] {
            contexts
                .add(function, label, turns, call(function, 32, 32))
                .keys(keys)
                .units(32)
                .also(value_price.clone(), value(32.0));
        }
        contexts
            .add(function, "of keys of one byte", 16, call(function, 1, 32))
            .keys(&short_keys())
            .units(1)
            .also(value_price.clone(), value(32.0));
        for DeepPath {
            contract,
            key_bytes,
        } in deep
        {
            contexts
                .add(
                    function,
                    "down a deep path",
                    1,
                    call(function, *key_bytes, 32),
                )
                .data(KEYS, vec![0; *key_bytes as usize])
                .on(*contract)
                .units(*key_bytes)
                .also(value_price.clone(), value(32.0))
                .hostile();
        }
    }
}

/// The price of a value's bytes, by the largest values there can be.
fn values(contexts: &mut HostContexts, world: &World, large: &Large) {
    for function in [F::StorageRead, F::StorageWrite] {
        contexts.output_item(function);
        for size in &large.sizes {
            contexts
                .add(
                    function,
                    "of large values",
                    if function == F::StorageRead { 20 } else { 1 },
                    call(function, 4, *size),
                )
                .data(KEYS, size.to_be_bytes())
                .on(large.contract)
                .units(*size)
                .also(path(function, "base"), 1.0)
                .also(path(function, "per_input_byte"), 4.0);
        }
    }
    // Keys that are handed out: all have 32 bytes, or the length of a deep path.
    let present: Vec<[u8; 32]> = world.keys.iter().take(200).copied().collect();
    for function in [F::StorageNext, F::StoragePrevious] {
        contexts.output_item(function);
        contexts
            .add(function, "of keys of 32 bytes", 200, call(function, 32, 32))
            .keys(&present)
            .units(32)
            .also(path(function, "base"), 1.0)
            .also(path(function, "per_input_byte"), 32.0);
    }
}

fn transient(contexts: &mut HostContexts, world: &World) {
    let keys: Vec<[u8; 32]> = world.keys.iter().take(256).copied().collect();
    let write = call(F::TransientWrite, 32, 32);
    let filled = format!(
        "(local.set $n (i32.const 256)) (loop $fill {write} (local.set $p (i32.add (local.get $p) (i32.const 32)))\
         (br_if $fill (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.set $p (i32.const 0))"
    );
    contexts.item(F::TransientWrite, Unit::Input);
    for size in [0_u32, 32, 1024, 16_384] {
        let turns = if size > 10_000 { 16 } else { 128 };
        contexts
            .add(
                F::TransientWrite,
                "of new keys",
                turns,
                call(F::TransientWrite, 32, size),
            )
            .keys(&keys)
            .units(32 + size);
    }
    for key_bytes in [4, 32, 256] {
        scattered::transient(contexts, F::TransientWrite, key_bytes);
    }
    for function in [F::TransientRead, F::TransientRemove] {
        contexts.item(function, Unit::Input);
        for key_bytes in [8_u32, 32] {
            let context = contexts
                .add(
                    function,
                    "of present and absent keys",
                    256,
                    call(function, key_bytes, 32),
                )
                .keys(&keys)
                .units(key_bytes);
            context.prologue.clone_from(&filled);
            context.imports.push(F::TransientWrite);
            if function == F::TransientRead {
                let found = if key_bytes == 32 { 32.0 } else { 0.0 };
                context.also(path(function, "per_output_byte"), found);
            }
        }
        for key_bytes in [4, 32, 256] {
            scattered::transient(contexts, function, key_bytes);
        }
    }
    contexts.output_item(F::TransientRead);
    for size in [32_u32, 1024, 16_384, 65_536] {
        let context = contexts
            .add(
                F::TransientRead,
                "of large values",
                20,
                call(F::TransientRead, 32, size),
            )
            .data(KEYS, [3; 32])
            .units(size)
            .also(path(F::TransientRead, "base"), 1.0)
            .also(path(F::TransientRead, "per_input_byte"), 32.0);
        context.prologue = call(F::TransientWrite, 32, size);
        context.imports.push(F::TransientWrite);
    }
}
