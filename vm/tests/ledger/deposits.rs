//! Storage deposits: who pays them, when they come back, and how they can fail.

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Action, Receipt, Status};

use crate::script::{self, Step};
use crate::world::{FUNDS, PLENTY, World, account, transaction};

/// The deposit for so many items and bytes.
fn due(items: u64, bytes: u64) -> u128 {
    let prices = Protocol::v1().schedule.deposit;
    u128::from(items * prices.per_item + bytes * prices.per_byte)
}

fn write(key: u8, length: u8) -> Step {
    Step::Write { key, length }
}

fn held(world: &World, contract: AccountId) -> u128 {
    world.account(contract).contract.unwrap().deposit
}

fn moves(receipt: &Receipt) -> (u128, u128) {
    (receipt.deposit_charged, receipt.deposit_refunded)
}

#[test]
fn deposits_follow_what_is_stored() {
    let (mut world, contract) = World::with_script(0);
    let mut run = |program: &[Step]| {
        let receipt = world.receipt(0, script::call(contract, program));
        assert_eq!(receipt.status, Status::Success);
        (moves(&receipt), held(&world, contract))
    };
    assert_eq!(run(&[write(1, 9)]), ((due(1, 10), 0), due(1, 10)));
    assert_eq!(run(&[write(1, 9)]), ((0, 0), due(1, 10)));
    assert_eq!(run(&[write(1, 4)]), ((0, due(0, 5)), due(1, 5)));
    assert_eq!(
        run(&[write(2, 0), write(3, 0)]),
        ((due(2, 2), 0), due(3, 7))
    );
    let swap = [Step::Remove { key: 2 }, write(4, 0)];
    assert_eq!(run(&swap), ((0, 0), due(3, 7)));
    let clear = [1, 3, 4, 4].map(|key| Step::Remove { key });
    assert_eq!(run(&clear), ((0, due(3, 7)), 0));
}

#[test]
fn whoever_frees_storage_is_paid() {
    let (mut world, contract) = World::with_script(0);
    world.receipt(0, script::call(contract, &[write(1, 9)]));
    let before = world.balance(account(1));
    let receipt = world.receipt(1, script::call(contract, &[Step::Remove { key: 1 }]));
    assert_eq!(moves(&receipt), (0, due(1, 10)));
    assert_eq!(world.balance(account(1)), before + due(1, 10) - receipt.fee);
}

#[test]
fn one_contract_s_refund_pays_for_another_s_storage() {
    let (mut world, first) = World::with_script(0);
    let second = world.instantiate(1, 0);
    world.receipt(0, script::call(first, &[write(1, 9)]));
    let nonce = world.account(account(0)).nonce;
    let program = [
        Step::Remove { key: 1 },
        script::sub_call(second, &[write(1, 9)]),
    ];
    let mut swap = transaction(0, nonce, script::call(first, &program));
    swap.deposit_limit = 0;
    let receipt = world.send_transaction(0, swap).receipt;
    assert_eq!(receipt.status, Status::Success);
    assert_eq!(moves(&receipt), (due(1, 10), due(1, 10)));
    assert_eq!((held(&world, first), held(&world, second)), (0, due(1, 10)));
}

#[test]
fn a_deposit_over_the_limit_undoes_everything_but_gas() {
    let (mut world, contract) = World::with_script(0);
    let supply = world.supply();
    let nonce = world.account(account(0)).nonce;
    let program = [write(1, 9), Step::Event(1), Step::Return(1)];
    let mut run = |nonce, deposit_limit| {
        let mut call = transaction(0, nonce, script::call(contract, &program));
        call.deposit_limit = deposit_limit;
        let receipt = world.send_transaction(0, call).receipt;
        assert_eq!(world.supply(), supply);
        (receipt, held(&world, contract))
    };
    let (refused, held) = run(nonce, due(1, 10) - 1);
    assert_eq!(refused.status, Status::DepositOverLimit);
    assert!(refused.output.is_empty() && refused.events.is_empty());
    assert_eq!((moves(&refused), held), ((0, 0), 0));
    assert_eq!(refused.gas_used.forfeited, 0);

    let (accepted, held) = run(nonce + 1, due(1, 10));
    assert_eq!(accepted.status, Status::Success);
    assert_eq!(accepted.gas_used, refused.gas_used);
    assert_eq!(held, due(1, 10));
}

#[test]
fn a_deposit_that_the_sender_cannot_pay() {
    let (mut world, contract) = World::with_script(0);
    let supply = world.supply();
    // Free gas, so that account 1 can be left with one less than the deposit.
    let mut send = |nonce, action| {
        let mut free = transaction(1, nonce, action);
        free.gas_price = 0;
        world.send_transaction(1, free).receipt
    };
    let away = Action::Transfer {
        to: account(2),
        value: FUNDS - due(1, 10) + 1,
    };
    assert_eq!(send(0, away).status, Status::Success);
    let program = [write(1, 9)];
    let refused = send(1, script::call(contract, &program));
    assert_eq!(refused.status, Status::DepositUnaffordable);
    assert_eq!(moves(&refused), (0, 0));

    let smaller = send(2, script::call(contract, &[write(1, 8)]));
    assert_eq!(smaller.status, Status::Success);
    assert_eq!(moves(&smaller), (due(1, 9), 0));
    assert_eq!(world.balance(account(1)), due(1, 10) - 1 - due(1, 9));
    assert_eq!(world.supply(), supply);
}

#[test]
fn unused_gas_is_paid_back_before_the_deposit_is_taken() {
    let (mut world, contract) = World::with_script(0);
    let nonce = world.account(account(0)).nonce;
    let mut all = transaction(0, nonce, script::call(contract, &[write(1, 9)]));
    all.gas_price = world.balance(account(0)) / u128::from(PLENTY);
    let receipt = world.send_transaction(0, all).receipt;
    assert_eq!(receipt.status, Status::Success);
    assert_eq!(held(&world, contract), due(1, 10));
}

#[test]
fn a_terminated_contract_gives_back_its_deposit_and_balance() {
    let (mut world, contract) = World::with_script(500);
    let supply = world.supply();
    world.receipt(0, script::call(contract, &[write(1, 9)]));
    let full = [Step::Terminate { to: account(2) }];
    let receipt = world.receipt(0, script::call(contract, &full));
    assert_eq!(receipt.status, Status::StorageNotEmpty);
    assert_eq!(receipt.gas_used.total(), PLENTY);

    let before = world.balance(account(2));
    let program = [Step::Remove { key: 1 }, Step::Terminate { to: account(2) }];
    let receipt = world.receipt(0, script::call(contract, &program));
    assert_eq!(receipt.status, Status::Success);
    assert_eq!(moves(&receipt), (0, due(1, 10)));
    assert_eq!(world.balance(account(2)), before + 500);
    assert!(!world.accounts().contains_key(&contract));
    assert_eq!(world.supply(), supply);

    let gone = world.receipt(0, script::call(contract, &[]));
    assert_eq!(gone.status, Status::NotAContract);
}

#[test]
fn a_contract_can_be_made_and_terminated_at_once_and_made_again() {
    let (mut world, _) = World::with_script(0);
    let program = [
        write(1, 1),
        Step::Remove { key: 1 },
        Step::Terminate { to: account(0) },
    ];
    for _ in 0..2 {
        let receipt = world.receipt(0, script::instantiate(7, &program, 30));
        assert_eq!(receipt.status, Status::Success);
        assert_eq!(moves(&receipt), (0, 0));
    }
}
