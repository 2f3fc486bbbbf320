//! A frame or transaction that fails leaves no trace but gas.

use lockstep_abi::AccountId;
use lockstep_vm::{Report, StateChange, Status};

use crate::script::{self, Step, sub_call};
use crate::world::{COLLECTOR, PLENTY, World, account, transaction};

/// Steps that leave traces of every kind.
fn traces() -> Vec<Step> {
    vec![
        Step::Write { key: 1, length: 8 },
        Step::Remove { key: 9 },
        Step::Transfer {
            to: account(2),
            value: 10,
        },
        Step::Event(1),
    ]
}

fn with(end: Step) -> Vec<Step> {
    let mut steps = traces();
    steps.push(end);
    steps
}

/// Ways to end badly, with the status of a transaction that does.
fn bad_ends() -> [(Step, Status); 3] {
    [
        (Step::Revert(3), Status::Reverted),
        (Step::Panic, Status::Panicked),
        (Step::Trap, Status::Unreachable),
    ]
}

/// A chain with two contracts; the first has a key 9 that `traces` would remove.
fn world() -> (World, AccountId, AccountId) {
    let (mut world, outer) = World::with_script(1_000);
    let inner = world.instantiate(1, 1_000);
    let write = [Step::Write { key: 9, length: 1 }];
    for contract in [outer, inner] {
        assert!(
            world
                .receipt(0, script::call(contract, &write))
                .status
                .is_success()
        );
    }
    (world, outer, inner)
}

fn only_sender_and_collector_changed(report: &Report) {
    for change in &report.changes {
        match change {
            StateChange::Account { id, before, after } => {
                assert!(*id == account(0) || *id == COLLECTOR, "{id} changed");
                assert_eq!(before.contract, after.contract);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(report.receipt.events.is_empty());
    assert_eq!(report.receipt.deposit_charged, 0);
    assert_eq!(report.receipt.deposit_refunded, 0);
}

#[test]
fn the_steps_do_leave_traces_when_they_succeed() {
    let (mut world, contract, _) = world();
    let report = world.send(0, script::call(contract, &traces()));
    assert_eq!(report.receipt.status, Status::Success);
    assert_eq!(report.receipt.events.len(), 1);
    assert_eq!(
        world.chain.storage(&contract, &[1]).unwrap(),
        Some(vec![0x2a; 8])
    );
    assert_eq!(world.chain.storage(&contract, &[9]).unwrap(), None);
    assert_eq!(world.balance(contract), 990);
}

#[test]
fn failed_transactions() {
    for (end, status) in bad_ends() {
        let (mut world, contract, _) = world();
        let report = world.send(0, script::call(contract, &with(end)));
        assert_eq!(report.receipt.status, status);
        only_sender_and_collector_changed(&report);
    }
}

#[test]
fn failed_sub_calls_leave_what_the_caller_did() {
    for (end, _) in bad_ends() {
        let (mut world, outer, inner) = world();
        let call = Step::Call {
            contract: inner,
            value: 5,
            gas: 5_000_000,
            flags: 0,
            program: with(end),
        };
        let inner_before = world.account(inner);
        let mut program = vec![Step::Event(50), call];
        program.extend([Step::Write { key: 2, length: 1 }, Step::Return(77)]);
        let report = world.send(0, script::call(outer, &program));
        assert_eq!(report.receipt.status, Status::Success);
        assert_eq!(report.receipt.output, [77]);
        let events: Vec<_> = report
            .receipt
            .events
            .iter()
            .map(|event| &event.data)
            .collect();
        assert_eq!(events, [&vec![50]]);
        assert_eq!(world.account(inner), inner_before);
        assert_eq!(world.balance(outer), 1_000);
        assert_eq!(world.chain.storage(&outer, &[2]).unwrap(), Some(vec![0x2a]));
    }
}

#[test]
fn what_a_sub_call_did_is_undone_with_its_caller() {
    for (end, status) in bad_ends() {
        let (mut world, outer, inner) = world();
        let program = [sub_call(inner, &traces()), end];
        let report = world.send(0, script::call(outer, &program));
        assert_eq!(report.receipt.status, status);
        only_sender_and_collector_changed(&report);
    }
}

#[test]
fn a_trap_takes_only_the_gas_that_the_callee_was_given() {
    let (mut world, outer, inner) = world();
    let call = |program: Vec<Step>| Step::Call {
        contract: inner,
        value: 0,
        gas: 3_000_000,
        flags: 0,
        program,
    };
    let trapped = world.receipt(0, script::call(outer, &[call(vec![Step::Trap])]));
    let burnt = world.receipt(0, script::call(outer, &[call(vec![Step::Burn])]));
    assert_eq!(trapped.status, Status::Success);
    assert_eq!(trapped.gas_used.total(), burnt.gas_used.total());
    assert!(trapped.gas_used.total() > 3_000_000);
    assert!(trapped.gas_used.total() < PLENTY / 10);
    assert!(trapped.gas_used.forfeited > 0);
}

#[test]
fn transient_storage_ends_with_the_transaction_and_with_a_revert() {
    let (mut world, outer, inner) = world();
    let write = Step::TransientWrite { key: 4 };
    let check = Step::TrapIfTransient { key: 4 };
    let seen = world.receipt(0, script::call(outer, &[write.clone(), check.clone()]));
    assert_eq!(seen.status, Status::Unreachable);

    let in_next = [vec![write.clone()], vec![check.clone()]];
    for program in in_next {
        let receipt = world.receipt(0, script::call(outer, &program));
        assert_eq!(receipt.status, Status::Success);
    }
    let reverted = [
        sub_call(inner, &[write, Step::Revert(1)]),
        sub_call(inner, &[check]),
        Step::Return(1),
    ];
    let receipt = world.receipt(0, script::call(outer, &reverted));
    assert_eq!(
        receipt.gas_used.forfeited, 0,
        "the check must not have trapped"
    );
}

#[test]
fn too_little_gas_fails_the_same_way_at_every_limit() {
    let (mut world, contract, _) = world();
    let first = world.account(account(0)).nonce + 1;
    let program = with(Step::Return(1));
    let full = world.receipt(0, script::call(contract, &program));
    let (intrinsic, total) = (full.gas_used.intrinsic, full.gas_used.total());
    let limits = (0..24).map(|step| intrinsic + (total - intrinsic) * step / 24);
    for (nonce, limit) in (first..).zip(limits) {
        let mut short = transaction(0, nonce, script::call(contract, &program));
        short.gas_limit = limit;
        let report = world.send_transaction(0, short);
        assert_eq!(report.receipt.status, Status::OutOfGas, "limit {limit}");
        assert_eq!(report.receipt.gas_used.total(), limit);
        only_sender_and_collector_changed(&report);
    }
}
