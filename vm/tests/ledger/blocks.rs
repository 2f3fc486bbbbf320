//! Building blocks, importing them, and what they commit to.

use lockstep_state_trie::{MemoryStore, Trie, verify};
use lockstep_vm::{
    Action, BlockError, Chain, GenesisError, InvalidTransaction, NoObserver, Receipt,
    SignedTransaction, receipts_root,
};

use crate::script::{self, Step};
use crate::world::{World, account, balances, environment, machine, signer, transaction};

fn transfer(number: u8, nonce: u64, value: u128) -> SignedTransaction {
    let to = account(1);
    signer(number).sign(transaction(number, nonce, Action::Transfer { to, value }))
}

/// Transactions of every kind, in the order of one block.
fn mixed() -> Vec<SignedTransaction> {
    let code = lockstep_vm::code_hash(&script::wasm());
    let contract = lockstep_vm::contract_id(&account(0), &code, &[0; 32]);
    let actions = [
        script::upload(),
        script::instantiate(0, &[Step::Write { key: 1, length: 5 }], 100),
        script::call(contract, &[Step::Event(1)]),
        script::call(contract, &[Step::Trap]),
        script::call(contract, &[Step::Remove { key: 1 }]),
    ];
    (0..)
        .zip(actions)
        .map(|(nonce, action)| signer(0).sign(transaction(0, nonce, action)))
        .chain([transfer(1, 0, 5)])
        .collect()
}

#[test]
fn a_later_transaction_sees_what_an_earlier_one_did() {
    let mut world = World::new();
    let (block, reports) = world
        .chain
        .execute_block(environment(1), &mixed(), &mut NoObserver)
        .unwrap();
    let statuses: Vec<u16> = block
        .receipts
        .iter()
        .map(|receipt| receipt.status.code())
        .collect();
    assert_eq!(statuses, [0, 0, 0, 5, 0, 0]);
    assert_eq!(block.state_root, world.chain.state_root());
    let total: u64 = block
        .receipts
        .iter()
        .map(|receipt| receipt.gas_used.total())
        .sum();
    assert_eq!(block.gas_used, total);
    let reported: Vec<_> = reports.into_iter().map(|report| report.receipt).collect();
    assert_eq!(reported, block.receipts);
}

#[test]
fn one_block_or_many_lead_to_the_same_accounts() {
    let mut together = World::new();
    let (block, _) = together
        .chain
        .execute_block(environment(1), &mixed(), &mut NoObserver)
        .unwrap();
    let mut apart = World::new();
    let receipts: Vec<Receipt> = mixed()
        .iter()
        .map(|signed| apart.submit(signed).unwrap().receipt)
        .collect();
    assert_eq!(receipts, block.receipts);
    assert_eq!(apart.chain.state_root(), block.state_root);
}

#[test]
fn the_receipts_root_proves_each_receipt() {
    let mut world = World::new();
    let (block, _) = world
        .chain
        .execute_block(environment(1), &mixed(), &mut NoObserver)
        .unwrap();
    let entries = block
        .receipts
        .iter()
        .zip(0_u32..)
        .map(|(receipt, position)| (position.to_be_bytes().to_vec(), Some(receipt.to_bytes())));
    let mut trie = Trie::new(MemoryStore::new());
    assert_eq!(trie.update(entries).unwrap(), block.receipts_root);
    let key = 3_u32.to_be_bytes();
    let proof = trie.prove(&key).unwrap();
    let proven = verify(&block.receipts_root, &key, &proof).unwrap();
    assert_eq!(proven, Some(block.receipts[3].to_bytes()));

    let mut other = block.receipts.clone();
    other.swap(0, 1);
    assert_ne!(receipts_root(&other).unwrap(), block.receipts_root);
}

#[test]
fn an_imported_block_with_an_invalid_transaction_is_refused_whole() {
    let mut world = World::new();
    let root = world.chain.state_root();
    let transactions = [transfer(0, 0, 5), transfer(0, 1, 5), transfer(0, 1, 5)];
    let result = world
        .chain
        .execute_block(environment(1), &transactions, &mut NoObserver);
    let Err(BlockError::Invalid { index, reason }) = result else {
        panic!("{result:?}");
    };
    let expected = InvalidTransaction::WrongNonce {
        expected: 2,
        actual: 1,
    };
    assert_eq!((index, reason), (2, expected));
    assert_eq!(world.chain.state_root(), root);
}

#[test]
fn a_builder_goes_on_after_an_invalid_transaction() {
    let mut world = World::new();
    let mut builder = world.chain.begin(environment(1));
    builder
        .push(&transfer(0, 0, 5), &mut NoObserver)
        .unwrap()
        .unwrap();
    builder
        .push(&transfer(0, 7, 5), &mut NoObserver)
        .unwrap()
        .unwrap_err();
    builder
        .push(&transfer(0, 1, 5), &mut NoObserver)
        .unwrap()
        .unwrap();
    assert_eq!(builder.finish().unwrap().receipts.len(), 2);
}

#[test]
fn a_builder_that_is_dropped_changes_nothing() {
    let mut world = World::new();
    let root = world.chain.state_root();
    let mut builder = world.chain.begin(environment(1));
    builder
        .push(&transfer(0, 0, 5), &mut NoObserver)
        .unwrap()
        .unwrap();
    drop(builder);
    assert_eq!(world.chain.state_root(), root);
    world.submit(&transfer(0, 0, 5)).unwrap();
}

#[test]
fn an_empty_block_keeps_the_root() {
    let mut world = World::new();
    let root = world.chain.state_root();
    let block = world.chain.begin(environment(1)).finish().unwrap();
    assert_eq!(block.state_root, root);
    assert_eq!(block.receipts_root, lockstep_state_trie::EMPTY_ROOT);
}

#[test]
fn balances_are_given_out_once_and_within_u128() {
    let mut world = World::new();
    let again = world.chain.genesis(&balances());
    assert!(matches!(again, Err(GenesisError::NotEmpty)));

    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine());
    let mut too_much = balances();
    too_much.insert(account(0), u128::MAX);
    let result = chain.genesis(&too_much);
    assert!(matches!(result, Err(GenesisError::SupplyTooLarge)));
    assert!(chain.trie().is_empty());
    chain
        .genesis(&[(account(0), u128::MAX), (account(1), 0)].into())
        .unwrap();
    assert_eq!(chain.account(&account(0)).unwrap().balance, u128::MAX);
    let records = chain.trie().range(..).count();
    assert_eq!(records, 1, "nothing is no record");

    let mut small = Chain::new(Trie::new(MemoryStore::new()), machine());
    small.genesis(&[(account(0), 1)].into()).unwrap();
    assert_eq!(small.account(&account(0)).unwrap().balance, 1);
}
