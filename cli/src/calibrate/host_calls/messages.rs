//! Host functions that reach other accounts: calls, instantiation, transfer, upgrade, the end of
//! a contract, and the data that a call gave back.

use lockstep_abi::{AccountId, CodeHash, HostFunction as F};

use super::{BUFFER, FIXED, HostContexts, Unit};
use crate::calibrate::world::World;
use crate::problem::Failure;
use crate::random::Random;

/// Does nothing when it is called, and has no hooks.
const IDLE: &str = "(module (func (export \"run\")))";
/// Does nothing when it is made, upgraded to, or called.
const HOOKED: &str =
    "(module (func (export \"init\")) (func (export \"upgraded\")) (func (export \"run\")))";
/// Gives back 64 KiB.
const ECHO: &str = "(module (import \"lockstep\" \"return\" (func $f (param i32 i32))) (memory 1)\
    (func (export \"run\") (call $f (i32.const 0) (i32.const 65536))))";

/// Where the method's name, a code hash, a value of 0 and a value of 1 lie.
const METHOD: u32 = FIXED;
const CODE: u32 = FIXED + 32;
const NOTHING: u32 = FIXED + 64;
const ONE: u32 = FIXED + 80;

/// What a frame costs besides its call.
const FRAME: [(&str, f64); 2] = [("code.instantiate_base", 1.0), ("wasm.function_entry", 1.0)];

pub(super) fn add(contexts: &mut HostContexts, world: &mut World) -> Result<(), Failure> {
    let mut random = Random::new(3);
    let callees: Vec<[u8; 32]> = (0..64).map(|_| random.id()).collect();
    let mut idle = CodeHash([0; 32]);
    for id in &callees {
        idle = world.make_contract(&AccountId(*id), IDLE)?;
    }
    let hooked = world.put_code(HOOKED)?;
    let echo = AccountId(random.id());
    world.make_contract(&echo, ECHO)?;
    let doomed = AccountId(random.id());
    world.make_contract(&doomed, IDLE)?;
    calls(contexts, &callees, idle);
    making(contexts, world, idle, hooked);
    moving(contexts, world, doomed);
    returned(contexts, echo);
    Ok(())
}

fn calls(contexts: &mut HostContexts, callees: &[[u8; 32]], idle: CodeHash) {
    contexts.item(F::Call, Unit::Input);
    for length in [0_u32, 1024, 16_384, 131_072] {
        let call = format!(
            "(drop (call $call (local.get $p) (i32.const {METHOD}) (i32.const 3) (i32.const {BUFFER}) (i32.const {length}) \
             (i32.const {NOTHING}) (i64.const -1) (i32.const 0)))"
        );
        let context = contexts
            .add(F::Call, "of contracts that do nothing", 64, call)
            .keys(callees)
            .units(length + 3)
            .data(METHOD, *b"run");
        for (path, count) in FRAME {
            context.also(path, count);
        }
    }
    contexts.item(F::DelegateCall, Unit::Input);
    for length in [0_u32, 1024, 16_384, 131_072] {
        let call = format!(
            "(drop (call $delegate_call (i32.const {CODE}) (i32.const {METHOD}) (i32.const 3) (i32.const {BUFFER}) \
             (i32.const {length}) (i64.const -1) (i32.const 0)))"
        );
        let context = contexts
            .add(F::DelegateCall, "of code that does nothing", 64, call)
            .units(length + 3)
            .data(METHOD, *b"run")
            .data(CODE, idle.0);
        for (path, count) in FRAME {
            context.also(path, count);
        }
    }
}

fn making(contexts: &mut HostContexts, world: &World, idle: CodeHash, hooked: CodeHash) {
    let salts = &world.keys[..world.keys.len().min(64)];
    let making = |length: u32| {
        format!(
            "(drop (call $instantiate (i32.const {CODE}) (local.get $p) (i32.const {BUFFER}) (i32.const {length}) \
             (i32.const {NOTHING}) (i64.const -1) (i32.const {BUFFER})))"
        )
    };
    contexts.item(F::Instantiate, Unit::Input);
    contexts
        .add(F::Instantiate, "without a hook", 32, making(0))
        .keys(salts)
        .data(CODE, idle.0);
    contexts
        .add(F::Instantiate, "of one contract in a block", 1, making(0))
        .keys(salts)
        .data(CODE, idle.0);
    for length in [0_u32, 16_384, 131_072] {
        let context = contexts
            .add(F::Instantiate, "with a hook", 16, making(length))
            .keys(salts)
            .units(length)
            .data(CODE, hooked.0);
        for (path, count) in FRAME {
            context.also(path, count);
        }
    }
    contexts.item(F::Upgrade, Unit::Input);
    for length in [0_u32, 16_384, 131_072] {
        let call = format!(
            "(drop (call $upgrade (i32.const {CODE}) (i32.const {BUFFER}) (i32.const {length}) (i64.const -1)))"
        );
        let context = contexts
            .add(F::Upgrade, "with a hook", 16, call)
            .units(length)
            .data(CODE, hooked.0);
        for (path, count) in FRAME {
            context.also(path, count);
        }
    }
}

fn moving(contexts: &mut HostContexts, world: &World, doomed: AccountId) {
    contexts.item(F::Transfer, Unit::None);
    let call = format!("(drop (call $transfer (local.get $p) (i32.const {ONE})))");
    let accounts = &world.accounts[..world.accounts.len().min(300)];
    let absent = &world.keys[..world.keys.len().min(300)];
    for (label, keys, turns) in [
        ("to one account in a block", accounts, 1),
        ("to 16 accounts in a block", accounts, 16),
        ("to 300 accounts in a block", accounts, 300),
        ("to accounts that do not exist", absent, 16),
    ] {
        contexts
            .add(F::Transfer, label, turns, call.clone())
            .keys(keys)
            .data(ONE, [1]);
    }
    contexts.item(F::Terminate, Unit::None);
    let call = format!("(call $terminate (i32.const {FIXED}))");
    contexts
        .add(F::Terminate, "of a contract", 1, call)
        .on(doomed)
        .data(FIXED, world.accounts[0]);
}

fn returned(contexts: &mut HostContexts, echo: AccountId) {
    contexts.item(F::ReturnedRead, Unit::Output);
    for length in [0_u32, 64, 1024, 16_384, 65_536] {
        let call = format!(
            "(call $returned_read (i32.const {BUFFER}) (i32.const 0) (i32.const {length}))"
        );
        let context = contexts
            .add(
                F::ReturnedRead,
                "of a callee's output",
                if length > 10_000 { 20 } else { 500 },
                call,
            )
            .units(length)
            .data(METHOD, *b"run")
            .data(CODE, echo.0);
        context.imports.push(F::Call);
        context.prologue = format!(
            "(drop (call $call (i32.const {CODE}) (i32.const {METHOD}) (i32.const 3) (i32.const 0) (i32.const 0) \
             (i32.const {NOTHING}) (i64.const -1) (i32.const 0)))"
        );
    }
}
