//! A store of which one read fails, and a transaction on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie};
use lockstep_vm::{
    Action, Block, Chain, Fatal, Machine, NoObserver, Signer, Transaction, WasmiEngine,
};

use crate::world::{GAS, World};

/// No read has this number.
pub(super) const NEVER: u64 = u64::MAX;

/// Counts reads, and fails at one of them.
#[derive(Clone)]
struct Faulty {
    store: MemoryStore,
    reads: Arc<AtomicU64>,
    fails_at: Arc<AtomicU64>,
}

#[derive(Debug, thiserror::Error)]
#[error("injected")]
struct Injected;

impl Faulty {
    fn read(&self) -> Result<(), Injected> {
        let number = self.reads.fetch_add(1, Ordering::Relaxed);
        match number == self.fails_at.load(Ordering::Relaxed) {
            true => Err(Injected),
            false => Ok(()),
        }
    }
}

impl NodeStore for Faulty {
    type Error = Injected;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Injected> {
        self.read()?;
        Ok(self.store.root(root).unwrap())
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Injected> {
        self.read()?;
        Ok(self.store.page(number).unwrap())
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Injected> {
        self.read()?;
        Ok(self.store.leaf(number).unwrap())
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Injected> {
        self.store.apply(changes).unwrap();
        Ok(())
    }
}

/// Who sends the transactions.
pub(super) fn signer() -> Signer {
    Signer::from_seed([5; 32])
}

/// What a block with one transaction came to.
pub(super) struct Attempt {
    pub(super) block: Result<Block, Fatal>,
    /// The committed root behind it.
    pub(super) root: Digest,
    /// The reads before the block was finished, and all of them.
    pub(super) reads: (u64, u64),
}

/// Executes one transaction on the world's state, on a machine without any code, over a store that
/// fails at one read.
pub(super) fn attempt(world: &World, action: &Action, fails_at: u64) -> Attempt {
    let store = Faulty {
        store: world.trie.store().clone(),
        reads: Arc::new(AtomicU64::new(0)),
        fails_at: Arc::new(AtomicU64::new(NEVER)),
    };
    let trie = Trie::open(store.clone(), world.trie.root()).unwrap();
    let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let mut chain = Chain::new(trie, machine);
    store.reads.store(0, Ordering::Relaxed);
    store.fails_at.store(fails_at, Ordering::Relaxed);
    let signed = signer().sign(Transaction {
        chain_id: world.block.chain_id,
        sender: signer().account(),
        nonce: 0,
        gas_limit: GAS,
        gas_price: 1,
        deposit_limit: u128::MAX,
        action: action.clone(),
    });
    let reads = || store.reads.load(Ordering::Relaxed);
    let mut builder = chain.begin(world.block.clone());
    let pushed = builder.push(&signed, &mut NoObserver);
    let reads_of_push = reads();
    let block = match pushed {
        Ok(included) => {
            included.unwrap();
            builder.finish()
        }
        Err(fatal) => {
            assert!(matches!(builder.finish(), Err(Fatal::BlockAborted)));
            Err(fatal)
        }
    };
    Attempt {
        block,
        root: chain.state_root(),
        reads: (reads_of_push, reads()),
    }
}
