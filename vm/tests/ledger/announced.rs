//! Which blocks a store hears of before their root is known, so that it can write them meanwhile.

use std::convert::Infallible;

use lockstep_state_trie::{
    ComingBatch, Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie,
};
use lockstep_vm::{Action, Block, BlockClaim, BlockRecord, Chain, NoObserver, SignedTransaction};

use crate::world::{World, account, environment, machine, signer, transaction};

/// A store that keeps the records of the batches that were announced to it.
struct Listening {
    inner: MemoryStore,
    announced: Vec<Vec<u8>>,
    /// The roots that they have to lead to.
    claimed: Vec<Option<Digest>>,
}

impl NodeStore for Listening {
    type Error = Infallible;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Infallible> {
        self.inner.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Infallible> {
        self.inner.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Infallible> {
        self.inner.leaf(number)
    }

    fn announce(&mut self, batch: &ComingBatch<'_>) -> Result<(), Infallible> {
        self.announced.push(batch.record.to_vec());
        self.claimed.push(batch.claimed);
        Ok(())
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        self.inner.apply(changes)
    }
}

fn chain() -> Chain<Listening> {
    let world = World::new();
    let root = world.chain.state_root();
    let store = Listening {
        inner: world.chain.trie().store().clone(),
        announced: Vec::new(),
        claimed: Vec::new(),
    };
    let trie = Trie::open(store, root).unwrap();
    Chain::new(trie, machine())
}

fn transfer() -> SignedTransaction {
    let to = account(1);
    signer(0).sign(transaction(0, 0, Action::Transfer { to, value: 5 }))
}

/// The record that a block is kept with.
fn record(block: Block) -> Vec<u8> {
    let record = BlockRecord {
        environment: block.environment,
        receipts: block.receipts,
        receipts_root: block.receipts_root,
    };
    record.to_bytes()
}

#[test]
fn a_block_that_is_finished_is_announced_with_its_record() {
    let mut chain = chain();
    let mut builder = chain.begin(environment(1));
    builder.push(&transfer(), &mut NoObserver).unwrap().unwrap();
    let block = builder.finish().unwrap();
    let store = chain.trie().store();
    assert_eq!(store.announced, [record(block)]);
    assert_eq!(store.claimed, [None]);
}

#[test]
fn a_block_that_is_executed_is_announced_with_its_record() {
    let mut chain = chain();
    let executed = chain.execute_block(environment(1), &[transfer()], &mut NoObserver);
    let (block, _) = executed.unwrap();
    assert_eq!(chain.trie().store().announced, [record(block)]);
}

#[test]
fn a_block_is_announced_with_the_root_that_its_header_claims() {
    let executed = chain().execute_block(environment(1), &[transfer()], &mut NoObserver);
    let (block, _) = executed.unwrap();
    let mut chain = chain();
    let true_claim = block.claim();
    // A store does not hear of a block that differs before its state has a root.
    let forged = [
        BlockClaim {
            gas_used: 0,
            ..true_claim
        },
        BlockClaim {
            receipts_root: Digest([7; 32]),
            ..true_claim
        },
    ];
    for claim in forged {
        let followed = chain.follow_block(environment(1), &[transfer()], &claim, &mut NoObserver);
        followed.map(drop).unwrap_err();
        assert_eq!(chain.trie().store().announced, [[0; 0]; 0]);
    }
    let followed = chain.follow_block(environment(1), &[transfer()], &true_claim, &mut NoObserver);
    assert_eq!(followed.unwrap().0, block);
    let store = chain.trie().store();
    assert_eq!(store.claimed, [Some(true_claim.state_root)]);
    assert_eq!(store.announced, [record(block)]);
}

#[test]
fn a_block_that_may_be_dropped_is_not_announced() {
    let mut chain = chain();
    let prepared = chain.prepare_block(environment(1), &[transfer()], &mut NoObserver);
    let (prepared, _) = prepared.unwrap();
    prepared.commit().unwrap();
    assert_eq!(chain.trie().store().announced, [[0; 0]; 0]);
}
