//! A store or an engine that fails at any point leaves the chain on its last committed state, and
//! no failure of either ever becomes a receipt.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockstep_gas_meter::{PreparedModule, Protocol};
use lockstep_state_trie::{Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie};
use lockstep_vm::{
    Block, Call, Chain, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, Fatal,
    HostCalls, Machine, NoObserver, Run, SignedTransaction, WasmiEngine,
};

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

/// wasmi, which counts its steps down and fails from zero on: when it makes code ready, when it begins
/// a run, and when it ends one. The second is what a function that is translated at its first call
/// and then refused comes to.
struct FailingEngine {
    engine: WasmiEngine,
    left: Arc<AtomicU64>,
}

struct FailingModule {
    module: Box<dyn CompiledModule>,
    left: Arc<AtomicU64>,
}

fn engine_step(left: &AtomicU64) -> Result<(), EngineError> {
    let counted = left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    });
    counted.map(drop).map_err(|_| EngineError::Refused {
        engine: "wasmi",
        reason: "injected".to_string(),
    })
}

impl Engine for FailingEngine {
    fn identity(&self) -> EngineIdentity {
        self.engine.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        engine_step(&self.left)?;
        Ok(Box::new(FailingModule {
            module: self.engine.compile(module)?,
            left: Arc::clone(&self.left),
        }))
    }

    fn load(
        &self,
        _key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.compile(module)
    }
}

impl CompiledModule for FailingModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        engine_step(&self.left)?;
        let run = self.module.run(call, host)?;
        engine_step(&self.left)?;
        Ok(run)
    }
}

fn build<S: NodeStore<Error: Send + Sync>>(
    chain: &mut Chain<S>,
    signed: &SignedTransaction,
) -> Result<Block, Fatal> {
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

#[test]
fn an_engine_that_fails_anywhere_leaves_the_last_state() {
    let (mut world, outer) = World::with_script(100);
    let inner = world.instantiate(1, 100);
    let write = Step::Write { key: 1, length: 9 };
    let call = Step::Call {
        contract: inner,
        value: 5,
        gas: 1_000_000,
        flags: 0,
        program: vec![write.clone()],
    };
    let nonce = world.account(account(0)).nonce;
    let program = [write.clone(), call, write];
    let signed = signer(0).sign(transaction(0, nonce, script::call(outer, &program)));
    let before = world.chain.state_root();
    let mut failures = 0;
    for steps in 0.. {
        let left = Arc::new(AtomicU64::new(steps));
        let engine = FailingEngine {
            engine: WasmiEngine::new(),
            left: Arc::clone(&left),
        };
        let machine = Machine::new(Protocol::v1(), Box::new(engine));
        let mut chain = Chain::new(world.chain.trie().clone(), machine);
        match build(&mut chain, &signed) {
            Err(Fatal::Engine(error)) => assert!(error.to_string().contains("injected")),
            Err(other) => panic!("{other}"),
            Ok(block) => {
                assert!(block.receipts[0].status.is_success());
                break;
            }
        }
        failures += 1;
        assert_eq!(chain.state_root(), before);
        // Once the engine works again the same chain goes on from where it was.
        left.store(u64::MAX, Ordering::Relaxed);
        let block = build(&mut chain, &signed).unwrap();
        assert!(block.receipts[0].status.is_success());
        assert_ne!(chain.state_root(), before);
    }
    // Making the code ready, and the begin and the end of two runs.
    assert_eq!(failures, 5);
}
