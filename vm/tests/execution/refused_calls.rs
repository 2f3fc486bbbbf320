//! Calls that cannot be made: no such contract, code or method, too little balance, and methods
//! that only the machine calls.

use lockstep_abi::{CallStatus, HostFunction as F};
use lockstep_vm::Status;

use crate::calling::{AMOUNT, ZERO, call_args, callee, caller, delegate_args};
use crate::script::Script;
use crate::world::{SENDER, World};

#[test]
fn a_call_that_cannot_be_made_has_its_status_and_costs_the_caller_only() {
    let run = |contract: [u8; 32], amount: u128| {
        let mut world = World::new();
        world.deploy(2, &callee().wat());
        let script = caller(contract, "succeed", amount)
            .give_result(F::Call, &call_args("succeed", AMOUNT, u64::MAX, 0));
        let id = world.deploy(1, &script.wat());
        world.fund(id, 10);
        world.run(world.message(id, "main", &[])).number()
    };
    assert_eq!(run([2; 32], 10), 0);
    assert_eq!(run([2; 32], 11), CallStatus::BalanceTooLow.code() as u64);
    assert_eq!(
        run([2; 32], u128::MAX),
        CallStatus::BalanceTooLow.code() as u64
    );
    assert_eq!(run([9; 32], 0), CallStatus::NotAContract.code() as u64);
    assert_eq!(run(SENDER.0, 0), CallStatus::NotAContract.code() as u64);
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
