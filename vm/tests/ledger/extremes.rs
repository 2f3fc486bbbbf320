//! Balances and prices at the ends of their range: all of 2^128 - 1 is out, gas costs nothing or nearly
//! all that the sender has, and fees go to anybody.

use lockstep_abi::AccountId;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{BlockEnvironment, Chain, NoObserver, Report, SignedTransaction};
use proptest::prelude::*;

use crate::conservation::{LIMIT, action, contract};
use crate::script;
use crate::world::{
    COLLECTOR, FUNDS, SIGNERS, World, account, environment, machine, signer, transaction,
};

/// A chain on which all that there can be is given out, with three contracts.
fn world() -> World {
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine());
    let others = FUNDS * u128::from(SIGNERS - 1);
    let mut balances = crate::world::balances();
    balances.insert(account(0), u128::MAX - others);
    chain.genesis(&balances).unwrap();
    let mut world = World { chain, height: 1 };
    assert!(world.send(0, script::upload()).receipt.status.is_success());
    for salt in 0..3 {
        world.instantiate(salt, 1_000);
    }
    world
}

/// Who gets the fees: somebody alone, a sender, or a contract.
fn collector() -> impl Strategy<Value = AccountId> {
    prop_oneof![
        Just(COLLECTOR),
        (0..SIGNERS).prop_map(account),
        (0..3_u8).prop_map(contract),
    ]
}

/// Puts a transaction into a block whose fees go to `fee_collector`.
fn submit(
    world: &mut World,
    signed: &SignedTransaction,
    fee_collector: AccountId,
) -> Option<Report> {
    let environment = BlockEnvironment {
        fee_collector,
        ..environment(world.height)
    };
    let mut builder = world.chain.begin(environment);
    let pushed = builder.push(signed, &mut NoObserver).unwrap();
    builder.finish().unwrap();
    world.height += 1;
    pushed.ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_supply_of_all_that_there_can_be_is_conserved(
        actions in prop::collection::vec((0..SIGNERS, action(), collector(), 0..4_u8), 1..12),
    ) {
        let mut world = world();
        for (number, action, collector, price) in actions {
            let sender = world.account(account(number));
            let affordable = (sender.balance - action.value().min(sender.balance)) / u128::from(LIMIT);
            let mut transaction = transaction(number, sender.nonce, action);
            transaction.gas_limit = LIMIT;
            transaction.gas_price = match price {
                0 => 0,
                1 => 3,
                2 => affordable,
                _ => affordable.saturating_add(1),
            };
            let signed = signer(number).sign(transaction);
            let before = world.account(account(number));
            match submit(&mut world, &signed, collector) {
                Some(report) => {
                    let gas = u128::from(report.receipt.gas_used.total());
                    prop_assert_eq!(report.receipt.fee, gas * signed.transaction.gas_price);
                    prop_assert_eq!(world.account(account(number)).nonce, before.nonce + 1);
                }
                None => prop_assert_eq!(world.account(account(number)), before),
            }
            prop_assert_eq!(world.supply(), u128::MAX);
        }
    }
}
