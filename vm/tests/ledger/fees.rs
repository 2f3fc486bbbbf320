//! What a sender pays, to whom, and in which bucket it is counted.

use lockstep_gas_meter::Protocol;
use lockstep_vm::{Action, GasUsed, Receipt, StateChange, Status};
use parity_scale_codec::Encode;

use crate::script::{self, Step};
use crate::world::{COLLECTOR, FUNDS, GAS_PRICE, PLENTY, World, account, signer, transaction};

/// Checks a receipt's fee against the balances before and after.
fn assert_fee_moved(world: &World, before: (u128, u128), receipt: &Receipt, value: u128) {
    let fee = u128::from(receipt.gas_used.total()) * GAS_PRICE;
    assert_eq!(receipt.fee, fee);
    assert_eq!(world.balance(COLLECTOR), before.1 + fee);
    let paid = fee + value + receipt.deposit_charged - receipt.deposit_refunded;
    assert_eq!(world.balance(account(0)), before.0 - paid);
}

#[test]
fn a_transfer_costs_its_intrinsic_gas() {
    let mut world = World::new();
    let to = account(1);
    let action = Action::Transfer { to, value: 5 };
    let length = signer(0)
        .sign(transaction(0, 0, action.clone()))
        .encoded_size();
    let receipt = world.receipt(0, action);

    let prices = Protocol::v1().schedule.transaction;
    let length = u64::try_from(length).unwrap();
    let intrinsic = prices.base + prices.signature + prices.transfer + prices.per_byte * length;
    let expected = GasUsed {
        intrinsic,
        ..GasUsed::default()
    };
    assert_eq!(receipt.gas_used, expected);
    assert_fee_moved(&world, (FUNDS, 0), &receipt, 5);
    assert_eq!(world.account(account(0)).nonce, 1);
}

#[test]
fn a_transfer_to_oneself_only_costs_the_fee() {
    let mut world = World::new();
    let to = account(0);
    let receipt = world.receipt(
        0,
        Action::Transfer {
            to,
            value: FUNDS / 2,
        },
    );
    assert_eq!(receipt.status, Status::Success);
    assert_fee_moved(&world, (FUNDS, 0), &receipt, 0);
}

#[test]
fn the_collector_can_be_the_sender() {
    let mut world = World::new();
    let mut environment = crate::world::environment(1);
    environment.fee_collector = account(0);
    let action = Action::Transfer {
        to: account(1),
        value: 5,
    };
    let signed = signer(0).sign(transaction(0, 0, action));
    let mut builder = world.chain.begin(environment);
    builder
        .push(&signed, &mut lockstep_vm::NoObserver)
        .unwrap()
        .unwrap();
    builder.finish().unwrap();
    assert_eq!(world.balance(account(0)), FUNDS - 5);
    assert_eq!(world.supply(), FUNDS * 3);
}

#[test]
fn a_call_pays_for_what_it_does_in_separate_buckets() {
    let (mut world, contract) = World::with_script(0);
    let before = (world.balance(account(0)), world.balance(COLLECTOR));
    let write = [Step::Write { key: 1, length: 8 }];
    let receipt = world.receipt(0, script::call(contract, &write));
    assert_eq!(receipt.status, Status::Success);
    assert_fee_moved(&world, before, &receipt, 0);

    let gas = receipt.gas_used;
    let price = Protocol::v1().schedule.host.storage_write;
    assert_eq!(
        gas.storage,
        price.base + price.per_input_byte + 8 * price.per_output_byte
    );
    assert!(gas.wasm > 0 && gas.host > 0);
    assert_eq!(gas.forfeited, 0);

    let nothing = world.receipt(0, script::call(contract, &[]));
    assert_eq!(nothing.gas_used.storage, 0);
    assert!(nothing.gas_used.wasm < gas.wasm);
}

#[test]
fn failures_pay_by_their_kind() {
    let (mut world, contract) = World::with_script(0);
    let mut used = |step: Step| {
        let before = (world.balance(account(0)), world.balance(COLLECTOR));
        let receipt = world.receipt(0, script::call(contract, &[step]));
        assert_fee_moved(&world, before, &receipt, 0);
        receipt
    };
    let reverted = used(Step::Revert(7));
    assert_eq!(
        (reverted.status, reverted.output),
        (Status::Reverted, vec![7])
    );
    assert_eq!(reverted.gas_used.forfeited, 0);
    assert!(reverted.gas_used.total() < PLENTY);

    let panicked = used(Step::Panic);
    assert_eq!(
        (panicked.status, panicked.output),
        (Status::Panicked, b"run".to_vec())
    );
    assert_eq!(panicked.gas_used.forfeited, 0);
    assert!(panicked.gas_used.total() < PLENTY);

    let trapped = used(Step::Trap);
    assert_eq!(trapped.status, Status::Unreachable);
    assert!(trapped.gas_used.forfeited > 0);
    assert_eq!(trapped.gas_used.total(), PLENTY);
}

#[test]
fn running_out_of_gas_costs_the_limit() {
    let (mut world, contract) = World::with_script(0);
    let nonce = world.account(account(0)).nonce;
    let mut burn = transaction(0, nonce, script::call(contract, &[Step::Burn]));
    burn.gas_limit = 2_000_000;
    let receipt = world.send_transaction(0, burn).receipt;
    assert_eq!(receipt.status, Status::OutOfGas);
    assert_eq!(receipt.gas_used.total(), 2_000_000);
}

#[test]
fn a_report_tells_what_changed() {
    let (mut world, contract) = World::with_script(0);
    let sender = world.account(account(0));
    let collector = world.account(COLLECTOR);
    let program = [
        Step::Write { key: 1, length: 4 },
        Step::Write { key: 2, length: 4 },
        Step::Remove { key: 2 },
    ];
    let changes = world.send(0, script::call(contract, &program)).changes;
    let mut seen = Vec::new();
    for change in changes {
        match change {
            StateChange::Account { id, before, after } => {
                assert_eq!(after, world.account(id));
                if id == account(0) {
                    assert_eq!(before, sender);
                }
                if id == COLLECTOR {
                    assert_eq!(before, collector);
                }
                seen.push(id);
            }
            StateChange::Storage {
                contract: id,
                key,
                before,
                after,
            } => {
                assert_eq!((id, key, before), (contract, vec![1], None));
                assert_eq!(after, Some(vec![0x2a; 4]));
            }
            StateChange::Code { .. } => panic!("no code was uploaded"),
        }
    }
    let mut expected = vec![account(0), COLLECTOR, contract];
    expected.sort();
    assert_eq!(seen, expected);
}
