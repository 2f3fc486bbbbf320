//! The smallest numbers count: a balance of one, a price of a byte that is not there, and the last
//! gas.

use lockstep_abi::{AccountId, CallStatus, HostFunction as F};
use lockstep_gas_meter::Schedule;
use lockstep_vm::{GasUsed, Message, Status};

use crate::calling::{AMOUNT, call_args, callee, caller};
use crate::cases::{Case, Stage, good};
use crate::script::{OUT, Script};
use crate::world::World;

const READ_ONLY: u64 = 1;

#[test]
fn not_even_one_is_sent_read_only() {
    let mut world = World::new();
    let peer = world.deploy(2, &callee().wat());
    let call = |flags| call_args("silent", AMOUNT, 5_000_000, flags);
    for (flags, read_only) in [(READ_ONLY, false), (0, true)] {
        let script = caller(peer.0, "silent", 1).give_result(F::Call, &call(flags));
        let id = world.deploy(1, &script.wat());
        world.fund(id, 10);
        let message = world.message(id, "main", &[]);
        let ran = world.run(Message {
            read_only,
            ..message
        });
        assert_eq!(ran.status, Status::ReadOnlyViolation);
        assert_eq!(world.balance(peer), 0);
    }
    let script = caller(peer.0, "silent", 1).give_result(F::Call, &call(0));
    let id = world.deploy(1, &script.wat());
    let success = CallStatus::Success.code() as u64;
    assert_eq!(world.run(world.message(id, "main", &[])).number(), success);
    assert_eq!(world.balance(peer), 1);
}

#[test]
fn a_transfer_of_one_is_made_or_fails() {
    let mut world = World::new();
    let to = AccountId([9; 32]);
    let script = caller(to.0, "", 1).give_result(F::Transfer, &[0x100, AMOUNT]);
    let id = world.deploy(1, &script.wat());
    let mut run = || world.run(world.message(id, "main", &[])).number() as i64;
    assert_eq!(run(), i64::from(CallStatus::BalanceTooLow.code()));
    world.fund(id, 1);
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.number() as i64, i64::from(CallStatus::Success.code()));
    assert_eq!((world.balance(id), world.balance(to)), (0, 1));
}

#[test]
fn an_upgrade_brings_its_hook_no_value() {
    let mut world = World::new();
    let out = u64::from(OUT);
    let hook = Script::new()
        .method("upgraded")
        .call(F::Value, &[out])
        .give(OUT, 16);
    let code = world.upload(&hook.wat());
    let script = Script::new()
        .data(0, &code.0)
        .call(F::Upgrade, &[0, 0, 0, 5_000_000])
        .call(F::ReturnedRead, &[out, 0, 16])
        .give(OUT, 16);
    let id = world.deploy(1, &script.wat());
    world.fund(id, 100);
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.bytes(), [0; 16]);
}

/// The first schedule, with other prices for the bytes of one function.
fn priced(function: F, per_input_byte: u64, per_output_byte: u64) -> Schedule {
    let row = format!("{} = {{", function.name());
    let text = Schedule::V1_TOML.lines().map(|line| match line.starts_with(&row) {
        true => format!(
            "{row} base = 1, per_input_byte = {per_input_byte}, per_output_byte = {per_output_byte} }}"
        ),
        false => line.to_owned(),
    });
    Schedule::from_toml(&text.collect::<Vec<_>>().join("\n")).unwrap()
}

#[test]
fn only_bytes_that_there_are_are_paid_for() {
    for function in F::ALL {
        let Case { args, bytes, .. } = good(function);
        let gas = |input, output| {
            let mut stage = Stage::new();
            stage.world.protocol.schedule = priced(function, input, output);
            let ran = stage.run(function, &args);
            ran.gas.host + ran.gas.storage
        };
        let without = gas(0, 0);
        assert_eq!(gas(1_009, 0), without + bytes.0 * 1_009, "{function:?}");
        assert_eq!(gas(0, 1_013), without + bytes.1 * 1_013, "{function:?}");
    }
}

/// What is left at a trap is forfeited, also if the trap took the last gas.
#[test]
fn a_trap_with_the_last_gas_is_booked_as_any_other() {
    let mut world = World::new();
    let wat = r#"(module
        (import "lockstep" "gas_left" (func $gas_left (result i64)))
        (func $charged_behind_the_call (local i64 i64) nop nop nop unreachable)
        (func (export "main") (drop (call $gas_left)) (call $charged_behind_the_call)))"#;
    let id = world.deploy(1, wat);
    let mut run = |gas| {
        let message = world.message(id, "main", &[]);
        world.run(Message { gas, ..message })
    };
    let plenty = run(1_000_000);
    assert_eq!(plenty.status, Status::Unreachable);
    let spent = plenty.gas.total() - plenty.gas.forfeited;
    let last = (spent..).find(|gas| run(*gas).status != Status::OutOfGas);
    let last = run(last.unwrap());
    assert_eq!(last.status, Status::Unreachable);
    let forfeited = last.gas.forfeited;
    assert!(forfeited > 0);
    let expected = GasUsed {
        forfeited,
        ..plenty.gas
    };
    assert_eq!(last.gas, expected);
    // With less, what could not be paid was Wasm.
    let less = run(last.gas.total() - 1);
    assert_eq!(less.gas.forfeited, 0);
    assert_eq!(less.gas.wasm, plenty.gas.wasm + forfeited - 1);
}

/// `World::run` holds the sum of the buckets against the gas that was given.
#[test]
fn no_gas_is_lost_at_any_limit_between_two_host_calls() {
    let mut world = World::new();
    let script = Script::new().call(F::GasLeft, &[]).call(F::GasLeft, &[]);
    let id = world.deploy(1, &script.wat());
    let (load, instance) = world.code_gas(id);
    let whole = world.run(world.message(id, "main", &[])).gas.total();
    assert!(whole - load - instance < 2_000);
    for gas in load + instance..=whole {
        let message = world.message(id, "main", &[]);
        let ran = world.run(Message { gas, ..message });
        assert_eq!(ran.status == Status::Success, gas == whole, "{gas}");
    }
}
