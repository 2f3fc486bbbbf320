//! The sum of all balances and deposits is the same after every transaction, whatever it does,
//! and a transaction that fails changes nothing but its sender and the fee collector.

use lockstep_abi::AccountId;
use lockstep_vm::{Action, Report, StateChange, Status, code_hash, contract_id};
use proptest::prelude::*;

use crate::script::{self, Step};
use crate::world::{COLLECTOR, FUNDS, GAS_PRICE, SIGNERS, World, account, transaction};

const CONTRACTS: u8 = 3;

/// The contract that account 0 makes with this salt.
pub(crate) fn contract(salt: u8) -> AccountId {
    contract_id(&account(0), &code_hash(&script::wasm()), &[salt; 32])
}

fn anybody() -> impl Strategy<Value = AccountId> {
    prop_oneof![
        (0..SIGNERS).prop_map(account),
        (0..CONTRACTS).prop_map(contract),
        Just(COLLECTOR),
        Just(AccountId([0x77; 32])),
    ]
}

fn value() -> impl Strategy<Value = u128> {
    prop_oneof![4 => Just(0), 2 => 1..200_u128, 1 => 0..FUNDS]
}

fn leaf() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => (0..4_u8, any::<u8>()).prop_map(|(key, length)| Step::Write { key, length }),
        12 => (0..4_u8).prop_map(|key| Step::Remove { key }),
        4 => (0..4_u8).prop_map(|from| Step::RemoveNext { from }),
        4 => (0..6_u8).prop_map(|before| Step::Previous { before }),
        6 => (anybody(), value()).prop_map(|(to, value)| Step::Transfer { to, value }),
        6 => any::<u8>().prop_map(Step::Event),
        1 => any::<u8>().prop_map(Step::Revert),
        1 => Just(Step::Panic),
        1 => Just(Step::Trap),
        1 => Just(Step::Burn),
        1 => anybody().prop_map(|to| Step::Terminate { to }),
        1 => any::<u8>().prop_map(Step::Return),
    ]
}

/// A call that runs a program of these steps, mostly in a contract that exists, with enough gas
/// and flags that make sense.
fn call(step: impl Strategy<Value = Step>) -> impl Strategy<Value = Step> {
    let callee = prop_oneof![6 => (0..CONTRACTS).prop_map(contract), 1 => anybody()];
    let gas = prop_oneof![3 => Just(5_000_000), 1 => 0..500_000_u64];
    let flags = prop_oneof![8 => Just(0), 4 => Just(2), 1 => Just(1), 1 => 0..5_u8];
    let program = prop::collection::vec(step, 0..4);
    (callee, value(), gas, flags, program).prop_map(|(contract, value, gas, flags, mut program)| {
        // A program is handed to a callee with its length in one byte.
        while script::encode(&program).len() > usize::from(u8::MAX) {
            program.pop();
        }
        Step::Call {
            contract,
            value,
            gas,
            flags,
            program,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let inner = prop_oneof![6 => leaf(), 1 => call(leaf())];
    prop_oneof![6 => leaf(), 2 => call(inner)]
}

pub(crate) fn action() -> impl Strategy<Value = Action> {
    let program = || prop::collection::vec(step(), 0..7);
    prop_oneof![
        2 => (anybody(), value()).prop_map(|(to, value)| Action::Transfer { to, value }),
        3 => (0..CONTRACTS, program(), value())
            .prop_map(|(salt, program, value)| script::instantiate(salt, &program, value)),
        8 => (0..CONTRACTS, program())
            .prop_map(|(salt, program)| script::call(contract(salt), &program)),
        1 => (0..CONTRACTS, program()).prop_map(|(salt, program)| Action::Upgrade {
            contract: contract(salt),
            code: code_hash(&script::wasm()),
            input: script::encode(&program),
        }),
    ]
}

/// What a report must say of every transaction.
fn check(world: &World, sender: AccountId, report: &Report) -> Result<(), TestCaseError> {
    let receipt = &report.receipt;
    prop_assert_eq!(
        receipt.fee,
        u128::from(receipt.gas_used.total()) * GAS_PRICE
    );
    if receipt.status.is_trap() {
        prop_assert_eq!(receipt.gas_used.total(), LIMIT);
    }
    if receipt.status != Status::Success {
        prop_assert!(receipt.events.is_empty());
        prop_assert_eq!((receipt.deposit_charged, receipt.deposit_refunded), (0, 0));
        for change in &report.changes {
            let paid = matches!(
                change,
                StateChange::Account { id, .. } if *id == sender || *id == COLLECTOR
            );
            prop_assert!(paid, "{:?} left {:?}", receipt.status, change);
        }
    }
    for account in world.accounts().values() {
        let Some(record) = &account.contract else {
            continue;
        };
        let prices = &world.chain.machine().protocol().schedule.deposit;
        let due = record.storage_items * prices.per_item + record.storage_bytes * prices.per_byte;
        prop_assert_eq!(record.deposit, u128::from(due));
    }
    Ok(())
}

/// The gas limit of each transaction.
pub(crate) const LIMIT: u64 = 20_000_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_supply_is_conserved(
        actions in prop::collection::vec((0..SIGNERS, action()), 1..16),
    ) {
        let (mut world, _) = World::with_script(1_000);
        world.instantiate(1, 1_000);
        world.instantiate(2, 1_000);
        let supply = FUNDS * u128::from(SIGNERS);
        prop_assert_eq!(world.supply(), supply);
        for (number, action) in actions {
            let nonce = world.account(account(number)).nonce;
            let mut transaction = transaction(number, nonce, action);
            transaction.gas_limit = LIMIT;
            let signed = crate::world::signer(number).sign(transaction);
            let root = world.chain.state_root();
            match world.submit(&signed) {
                Ok(report) => check(&world, account(number), &report)?,
                Err(_) => prop_assert_eq!(world.chain.state_root(), root),
            }
            prop_assert_eq!(world.supply(), supply);
        }
    }
}
