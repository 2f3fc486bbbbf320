//! Blocks that are held against a header before they are committed.

use lockstep_state_trie::{Digest, EMPTY_ROOT, MemoryStore, Trie, Witness};
use lockstep_vm::{
    Action, Block, BlockBuilder, BlockClaim, BlockDifference, BlockError, Ledger, NoObserver,
    PreparedBlock, Recording, SignedTransaction, StateKey,
};

use crate::world::{World, account, environment, machine, signer, transaction};

fn transfer(nonce: u64) -> SignedTransaction {
    let to = account(1);
    signer(0).sign(transaction(0, nonce, Action::Transfer { to, value: 5 }))
}

fn transactions() -> [SignedTransaction; 2] {
    [transfer(0), transfer(1)]
}

/// What a proposer writes into the header of the block.
fn claim() -> BlockClaim {
    let mut proposer = World::new().chain;
    let executed = proposer.execute_block(environment(1), &transactions(), &mut NoObserver);
    let (block, _) = executed.unwrap();
    block.claim()
}

fn prepare(world: &mut World) -> PreparedBlock<&mut Trie<MemoryStore>> {
    let transactions = transactions();
    let prepared = world
        .chain
        .prepare_block(environment(1), &transactions, &mut NoObserver);
    let (prepared, reports) = prepared.unwrap();
    let reported: Vec<_> = reports.into_iter().map(|report| report.receipt).collect();
    assert_eq!(reported, prepared.block().receipts);
    prepared
}

#[test]
fn a_block_that_is_as_claimed_is_committed() {
    let mut world = World::new();
    let prepared = prepare(&mut world);
    assert_eq!(prepared.block().check(&claim()), Ok(()));
    let block = prepared.commit().unwrap();
    assert_eq!(block.claim(), claim());
    assert_eq!(world.chain.state_root(), claim().state_root);
    assert_eq!(world.account(account(0)).nonce, 2);
}

/// What is not the claim, with the first difference of the block from it.
fn forged(true_claim: BlockClaim) -> [(BlockClaim, BlockDifference); 3] {
    let other = Digest([7; 32]);
    let gas = BlockClaim {
        gas_used: true_claim.gas_used + 1,
        receipts_root: other,
        state_root: other,
    };
    let receipts = BlockClaim {
        receipts_root: other,
        state_root: other,
        ..true_claim
    };
    let state = BlockClaim {
        state_root: other,
        ..true_claim
    };
    let gas_used = BlockDifference::GasUsed {
        expected: true_claim.gas_used + 1,
        actual: true_claim.gas_used,
    };
    let receipts_root = BlockDifference::ReceiptsRoot {
        expected: other,
        actual: true_claim.receipts_root,
    };
    let state_root = BlockDifference::StateRoot {
        expected: other,
        actual: true_claim.state_root,
    };
    [
        (gas, gas_used),
        (receipts, receipts_root),
        (state, state_root),
    ]
}

#[test]
fn a_block_that_differs_leaves_the_state_and_says_the_first_difference() {
    let true_claim = claim();
    let mut world = World::new();
    let (root, accounts) = (world.chain.state_root(), world.accounts());
    let versions = world.chain.trie().store().clone();
    for (claim, difference) in forged(true_claim) {
        let prepared = prepare(&mut world);
        assert_eq!(prepared.block().check(&claim), Err(difference));
        drop(prepared);
        let followed =
            world
                .chain
                .follow_block(environment(1), &transactions(), &claim, &mut NoObserver);
        match followed.map(drop) {
            Err(BlockError::NotAsClaimed(found)) => assert_eq!(found, difference),
            other => panic!("{other:?}"),
        }
        assert_eq!(world.chain.state_root(), root);
        assert_eq!(world.accounts(), accounts);
        let store = world.chain.trie().store();
        assert_eq!(store.page_count(), versions.page_count());
        assert_eq!(store.leaf_count(), versions.leaf_count());
    }
    assert_eq!(prepare(&mut world).commit().unwrap().claim(), true_claim);
}

#[test]
fn a_block_is_followed_as_it_is_executed() {
    let mut world = World::new();
    let executed = World::new()
        .chain
        .execute_block(environment(1), &transactions(), &mut NoObserver)
        .unwrap();
    let followed =
        world
            .chain
            .follow_block(environment(1), &transactions(), &claim(), &mut NoObserver);
    assert_eq!(followed.unwrap(), executed);
    assert_eq!(world.chain.state_root(), claim().state_root);
    assert_eq!(world.account(account(0)).nonce, 2);
}

#[test]
fn a_difference_says_both_sides() {
    let difference = BlockDifference::GasUsed {
        expected: 5,
        actual: 6,
    };
    assert_eq!(
        difference.to_string(),
        "the block used 6 gas, but its header says 5"
    );
    let (expected, actual) = (EMPTY_ROOT, Digest([7; 32]));
    let roots = [
        BlockDifference::ReceiptsRoot { expected, actual },
        BlockDifference::StateRoot { expected, actual },
    ];
    for difference in roots {
        let end = format!("has the root {actual}, but its header says {expected}");
        let text = difference
            .to_string()
            .replace("have the root", "has the root");
        assert!(text.ends_with(&end), "{text}");
    }
}

#[test]
fn a_block_with_an_invalid_transaction_is_not_prepared() {
    let mut world = World::new();
    let root = world.chain.state_root();
    let again = [transfer(0), transfer(0)];
    let refused = world
        .chain
        .prepare_block(environment(1), &again, &mut NoObserver);
    let refused = refused.map(drop);
    assert!(matches!(refused, Err(BlockError::Invalid { index: 1, .. })));
    assert_eq!(world.chain.state_root(), root);
}

fn on<L: Ledger>(ledger: L) -> PreparedBlock<L> {
    let mut machine = machine();
    let mut builder = BlockBuilder::new(&mut machine, ledger, environment(1));
    for signed in transactions() {
        builder.push(&signed, &mut NoObserver).unwrap().unwrap();
    }
    builder.prepare().unwrap()
}

/// As `on`, held against a claim.
fn follow<L: Ledger>(ledger: L, claim: &BlockClaim) -> Result<Block, BlockDifference> {
    let mut machine = machine();
    let mut builder = BlockBuilder::new(&mut machine, ledger, environment(1));
    for signed in transactions() {
        builder.push(&signed, &mut NoObserver).unwrap().unwrap();
    }
    builder.finish_as_claimed(claim).unwrap()
}

#[test]
fn recordings_and_witnesses_are_changed_by_what_is_as_claimed() {
    let world = World::new();
    let before = world.chain.trie().snapshot();
    let mut recording = Recording::new(before);
    for (claim, difference) in forged(claim()) {
        assert_eq!(follow(&mut recording, &claim), Err(difference));
        assert_eq!(recording.root(), before.root());
    }
    assert_eq!(follow(&mut recording, &claim()).unwrap().claim(), claim());
    assert_eq!(recording.root(), claim().state_root);

    let proof = recording.finish().unwrap().witness(before).unwrap();
    let mut witness = Witness::open(&before.root(), proof).unwrap();
    for (claim, difference) in forged(claim()) {
        assert_eq!(follow(&mut witness, &claim), Err(difference));
        assert_eq!(witness.root(), before.root());
    }
    assert_eq!(follow(&mut witness, &claim()).unwrap().claim(), claim());
    assert_eq!(witness.root(), claim().state_root);
}

#[test]
fn recordings_and_witnesses_prepare_what_they_commit() {
    let world = World::new();
    let before = world.chain.trie().snapshot();
    let recording = on(Recording::new(before)).discard();
    assert_eq!(recording.root(), before.root());
    let (block, recording) = on(recording).commit_with_ledger().unwrap();
    assert_eq!(block.claim(), claim());
    assert_eq!(recording.root(), claim().state_root);

    let proof = recording.finish().unwrap().witness(before).unwrap();
    let witness = Witness::open(&before.root(), proof).unwrap();
    let key = StateKey::Account(account(1)).to_bytes();
    let funds = witness.get(&key).unwrap();
    let witness = on(witness).discard();
    assert_eq!(witness.root(), before.root());
    assert_eq!(witness.get(&key).unwrap(), funds);
    let (block, witness) = on(witness).commit_with_ledger().unwrap();
    assert_eq!(block.claim(), claim());
    assert_eq!(witness.root(), claim().state_root);
    assert_ne!(witness.get(&key).unwrap(), funds);
}
