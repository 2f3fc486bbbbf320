//! Calls that cannot be made: no such contract, code or method, too little balance, and methods
//! that only the machine calls.

use lockstep_abi::{AccountId, CallStatus, HostFunction as F};
use lockstep_vm::{GasUsed, Status};

use crate::calling::{AMOUNT, ZERO, call_args, callee, caller, delegate_args};
use crate::script::Script;
use crate::world::{SENDER, World};

/// The gas of a message whose only frame is that of [`caller`] with one `call` in its `main` and
/// the status as its output, by the schedule; nothing of the callee is in it.
fn caller_alone(world: &mut World, contract: AccountId, method: &str) -> GasUsed {
    let (load, instance) = world.code_gas(contract);
    let schedule = &world.protocol.schedule;
    let (call, give) = (schedule.host_price(F::Call), schedule.host_price(F::Return));
    let (call_bytes, output_bytes) = ((method.len() + b"input".len()) as u64, 8);
    let prices = &schedule.wasm;
    // The address and the arguments of `call`; the status, extended and stored; `return`.
    let status = prices.arithmetic + prices.store;
    let operators = 9 * prices.constant + prices.call + status + 2 * prices.constant + prices.call;
    GasUsed {
        wasm: prices.function_entry + operators,
        host: load
            + instance
            + (call.base + call.per_input_byte * call_bytes)
            + (give.base + give.per_input_byte * output_bytes),
        ..GasUsed::default()
    }
}

#[test]
fn a_call_that_cannot_be_made_has_its_status_and_costs_the_caller_only() {
    let (callee_id, nobody, own) = ([2; 32], [9; 32], 10);
    for (contract, method, amount, status) in [
        (callee_id, "succeed", own, CallStatus::Success),
        (callee_id, "succeed", own + 1, CallStatus::BalanceTooLow),
        (callee_id, "succeed", u128::MAX, CallStatus::BalanceTooLow),
        (nobody, "succeed", 0, CallStatus::NotAContract),
        (SENDER.0, "succeed", 0, CallStatus::NotAContract),
        (callee_id, "absent", own, CallStatus::MethodNotFound),
    ] {
        let mut world = World::new();
        let peer = world.deploy(2, &callee().wat());
        let script = caller(contract, method, amount)
            .give_result(F::Call, &call_args(method, AMOUNT, u64::MAX, 0));
        let id = world.deploy(1, &script.wat());
        world.fund(id, own);
        let ran = world.run(world.message(id, "main", &[]));
        assert_eq!(ran.number(), status.code() as u64);

        let made = status == CallStatus::Success;
        let left = if made { (0, own) } else { (own, 0) };
        assert_eq!((world.balance(id), world.balance(peer)), left, "{status:?}");
        let mut expected = caller_alone(&mut world, id, method);
        if status == CallStatus::MethodNotFound {
            // Whether there is the method is seen in the code: it is loaded, but not entered.
            expected.host += world.code_gas(peer).0;
        }
        match made {
            true => assert!(ran.gas.wasm > expected.wasm && ran.gas.storage > 0),
            false => assert_eq!(ran.gas, expected, "{status:?}"),
        }
    }
}

#[test]
fn unknown_code_and_reserved_methods() {
    let mut world = World::new();
    let other = world.upload(&callee().wat());
    let mut run = |contract: [u8; 32], method: &str, delegate: bool| {
        let script = caller(contract, method, 0);
        let script = match delegate {
            true => script.give_result(F::DelegateCall, &delegate_args(method)),
            false => script.give_result(F::Call, &call_args(method, ZERO, u64::MAX, 0)),
        };
        let id = world.deploy(1, &script.wat());
        world.run(world.message(id, "main", &[]))
    };
    assert_eq!(
        run([7; 32], "succeed", true).number(),
        CallStatus::CodeNotFound.code() as u64
    );
    assert_eq!(
        run(other.0, "absent", true).number(),
        CallStatus::MethodNotFound.code() as u64
    );
    for method in ["init", "upgraded"] {
        for delegate in [true, false] {
            assert_eq!(
                run([1; 32], method, delegate).status,
                Status::ReservedMethod
            );
        }
    }
}

#[test]
fn a_message_cannot_name_what_only_the_machine_calls() {
    let mut world = World::new();
    let id = world.deploy(1, &Script::new().method("init").method("upgraded").wat());
    for method in ["init", "upgraded", "absent", "memory", "lockstep.gas", ""] {
        let ran = world.run(world.message(id, method, &[]));
        assert_eq!(ran.status, Status::MethodNotFound, "{method}");
        assert!(ran.gas_left > 0);
    }
}
