//! A store that fails at any point leaves the chain on its last committed state, and no failure
//! of the store ever becomes a receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_state_trie::{Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie};
use lockstep_vm::{Block, Chain, Fatal, NoObserver, SignedTransaction};

use crate::script::{self, Step};
use crate::world::{World, account, environment, machine, signer, transaction};

/// Counts operations down and fails from zero on.
#[derive(Clone)]
struct Failing {
    store: MemoryStore,
    left: Arc<AtomicU64>,
}

#[derive(Debug, thiserror::Error)]
#[error("injected")]
struct Injected;

impl Failing {
    fn step(&self) -> Result<(), Injected> {
        match self.left.load(Ordering::Relaxed) {
            0 => Err(Injected),
            left => {
                self.left.store(left - 1, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

impl NodeStore for Failing {
    type Error = Injected;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Injected> {
        self.step()?;
        Ok(self.store.root(root).unwrap())
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Injected> {
        self.step()?;
        Ok(self.store.page(number).unwrap())
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Injected> {
        self.step()?;
        Ok(self.store.leaf(number).unwrap())
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Injected> {
        self.step()?;
        self.store.apply(changes).unwrap();
        Ok(())
    }
}

fn build(chain: &mut Chain<Failing>, signed: &SignedTransaction) -> Result<Block, Fatal> {
    let mut builder = chain.begin(environment(50));
    if let Err(fatal) = builder.push(signed, &mut NoObserver) {
        let again = builder.push(signed, &mut NoObserver);
        assert!(matches!(again, Err(Fatal::BlockAborted)));
        assert!(matches!(builder.finish(), Err(Fatal::BlockAborted)));
        return Err(fatal);
    }
    builder.finish()
}

#[test]
fn a_store_that_fails_anywhere_leaves_the_last_state() {
    let (mut world, contract) = World::with_script(100);
    let program = [
        Step::Write { key: 1, length: 9 },
        Step::Transfer {
            to: account(2),
            value: 5,
        },
        Step::Remove { key: 2 },
    ];
    let nonce = world.account(account(0)).nonce;
    let signed = signer(0).sign(transaction(0, nonce, script::call(contract, &program)));
    let before = world.chain.state_root();
    let left = Arc::new(AtomicU64::new(u64::MAX));
    let failing = Failing {
        store: world.chain.trie().store().clone(),
        left: Arc::clone(&left),
    };
    world.submit(&signed).unwrap();
    let after = world.chain.state_root();

    let mut failures = 0;
    for operations in 0.. {
        left.store(u64::MAX, Ordering::Relaxed);
        let trie = Trie::open(failing.clone(), before).unwrap();
        let mut chain = Chain::new(trie, machine());
        left.store(operations, Ordering::Relaxed);
        match build(&mut chain, &signed) {
            Err(Fatal::Store(_)) => failures += 1,
            Err(other) => panic!("{other}"),
            Ok(block) => {
                assert_eq!(block.receipts.len(), 1);
                assert!(block.receipts[0].status.is_success());
                break;
            }
        }
        assert_eq!(chain.state_root(), before);
        // Once the store works again the same chain goes on from where it was.
        left.store(u64::MAX, Ordering::Relaxed);
        let result = build(&mut chain, &signed).unwrap();
        assert!(result.receipts[0].status.is_success());
        assert_ne!(chain.state_root(), before);
    }
    assert!(failures > 10, "only {failures} operations could fail");
    assert_ne!(before, after);
}
