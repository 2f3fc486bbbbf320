//! Which blocks a store hears of before their root is known, so that it can write them meanwhile.

use std::convert::Infallible;

use lockstep_state_trie::{
    ComingBatch, Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie,
};
use lockstep_vm::{Action, Block, BlockRecord, Chain, NoObserver, SignedTransaction};

use crate::world::{World, account, environment, machine, signer, transaction};

/// A store that keeps the records of the batches that were announced to it.
struct Listening {
    inner: MemoryStore,
    announced: Vec<Vec<u8>>,
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
    assert_eq!(chain.trie().store().announced, [record(block)]);
}

#[test]
fn a_block_that_is_executed_is_announced_with_its_record() {
    let mut chain = chain();
    let executed = chain.execute_block(environment(1), &[transfer()], &mut NoObserver);
    let (block, _) = executed.unwrap();
    assert_eq!(chain.trie().store().announced, [record(block)]);
}

#[test]
fn a_block_that_may_be_dropped_is_not_announced() {
    let mut chain = chain();
    let prepared = chain.prepare_block(environment(1), &[transfer()], &mut NoObserver);
    let (prepared, _) = prepared.unwrap();
    prepared.commit().unwrap();
    assert_eq!(chain.trie().store().announced, [[0; 0]; 0]);
}
