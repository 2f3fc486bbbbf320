//! Where gas goes: the buckets add up in every ending (checked by `World::run` for every message
//! in these tests), loading is paid once, and a trap forfeits exactly what was not spent.

use lockstep_abi::{AccountId, HostFunction as F};
use lockstep_vm::{GasUsed, Message, Status};

use crate::script::{OUT, Script};
use crate::world::{GAS, World};

const OUT64: u64 = OUT as u64;

/// A contract that calls another three times, and one of its ends.
fn world(end: &str) -> (World, Message) {
    let mut world = World::new();
    let peer = Script::new()
        .method("work")
        .data(0, b"key")
        .call(F::StorageWrite, &[0, 3, 0, 100])
        .wat_line(end);
    world.deploy(2, &peer.wat());
    let call = [0, 0x40, 4, 0, 0, 0x80, 2_000_000, 0];
    let script = Script::new()
        .data(0, &[2; 32])
        .data(0x40, b"work")
        .call(F::Call, &call)
        .call(F::Call, &call)
        .call(F::Call, &call)
        .call(F::StorageRead, &[0x40, 4, OUT64, 10]);
    let id = world.deploy(1, &script.wat());
    let message = world.message(id, "main", &[]);
    (world, message)
}

#[test]
fn the_buckets_add_up_at_every_gas_limit() {
    for end in ["", "unreachable", "(loop $on br $on)"] {
        let (mut world, message) = world(end);
        let whole = world.run(message.clone()).gas.total();
        // World::run asserts the sum each time.
        let mut statuses = std::collections::BTreeSet::new();
        for step in 0..200_u64 {
            let gas = whole * step / 190;
            let ran = world.run(Message {
                gas,
                ..message.clone()
            });
            statuses.insert(ran.status);
            if ran.status == Status::OutOfGas {
                assert_eq!(ran.gas_left, 0);
            }
        }
        assert!(statuses.contains(&Status::Success) && statuses.contains(&Status::OutOfGas));
    }
}

#[test]
fn loading_is_charged_once_per_transaction_and_code() {
    let (mut world, message) = world("");
    let ran = world.run(message.clone());
    let (own_load, own_instance) = world.code_gas(AccountId([1; 32]));
    let (peer_load, peer_instance) = world.code_gas(AccountId([2; 32]));
    let schedule = world.protocol.schedule.clone();
    let call = schedule.host_price(F::Call);
    let expected = own_load
        + own_instance
        + peer_load
        + 3 * peer_instance
        + 3 * (call.base + 4 * call.per_input_byte);
    assert_eq!(ran.gas.host, expected);
    let (write, read) = (
        schedule.host_price(F::StorageWrite),
        schedule.host_price(F::StorageRead),
    );
    let storage = 3 * (write.base + 3 * write.per_input_byte + 100 * write.per_output_byte)
        + read.base
        + 4 * read.per_input_byte;
    assert_eq!(ran.gas.storage, storage);
    assert_eq!(
        world.run(message).gas.host,
        expected,
        "the next transaction pays again"
    );
}

#[test]
fn a_trap_forfeits_what_was_not_spent() {
    let mut world = World::new();
    let spend = Script::new().call(F::StorageWrite, &[0, 1, 0, 1]);
    let fine = world.deploy(1, &spend.clone().wat_line("nop").wat());
    let trap = world.deploy(2, &spend.wat_line("unreachable").wat());
    let fine = world.run(world.message(fine, "main", &[]));
    let trap = world.run(world.message(trap, "main", &[]));
    assert_eq!(trap.status, Status::Unreachable);
    assert_eq!(trap.gas.storage, fine.gas.storage);
    let spent = GasUsed {
        forfeited: 0,
        ..trap.gas
    };
    assert_eq!(spent.total() + trap.gas.forfeited, GAS);
    assert!(spent.wasm.abs_diff(fine.gas.wasm) <= 1, "{trap:?} {fine:?}");
}

#[test]
fn revert_and_panic_give_back_what_was_not_spent() {
    for function in [F::Revert, F::Panic] {
        let mut world = World::new();
        let id = world.deploy(1, &Script::new().call(function, &[0, 8]).wat());
        let ran = world.run(world.message(id, "main", &[]));
        assert!(ran.gas_left > GAS - 1_000_000);
        assert_eq!(ran.gas.forfeited, 0);
    }
}
