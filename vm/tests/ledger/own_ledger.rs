//! A ledger from outside of the crate, which counts the reads.

use std::cell::Cell;

use lockstep_abi::CodeHash;
use lockstep_state_trie::{Digest, MemoryStore, PreparedUpdate, Trie, Witness};
use lockstep_vm::{
    Action, BlockBuilder, Change, Fatal, InvalidTransaction, Ledger, NoObserver, SignedTransaction,
    StateKey,
};

use crate::world::{World, account, environment, machine, signer, transaction};

struct Counting {
    trie: Trie<MemoryStore>,
    reads: Cell<u64>,
    /// Whether a read fails.
    is_broken: bool,
}

impl Counting {
    fn count(&self) -> Result<(), Fatal> {
        self.reads.set(self.reads.get() + 1);
        match self.is_broken {
            true => Err(Fatal::store("the disk is gone")),
            false => Ok(()),
        }
    }
}

impl Ledger for Counting {
    type Prepared = PreparedUpdate;

    fn root(&self) -> Digest {
        self.trie.root()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.count()?;
        Ledger::get(&self.trie, key)
    }

    fn value_length(&self, key: &[u8]) -> Result<Option<usize>, Fatal> {
        self.count()?;
        Ledger::value_length(&self.trie, key)
    }

    fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.count()?;
        Ledger::next_key(&self.trie, from)
    }

    fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.count()?;
        Ledger::previous_key(&self.trie, before)
    }

    fn require_code(&self, code: &CodeHash) -> Result<(), Fatal> {
        self.trie.require_code(code)
    }

    fn prepare(
        &self,
        changes: Vec<Change>,
        record: Vec<u8>,
    ) -> Result<(Digest, PreparedUpdate), Fatal> {
        Ledger::prepare(&self.trie, changes, record)
    }

    fn commit(&mut self, prepared: PreparedUpdate) -> Result<(), Fatal> {
        Ledger::commit(&mut self.trie, prepared)
    }
}

fn ledger() -> Counting {
    Counting {
        trie: World::new().chain.into_trie(),
        reads: Cell::new(0),
        is_broken: false,
    }
}

fn transfer(nonce: u64) -> SignedTransaction {
    let to = account(1);
    signer(0).sign(transaction(0, nonce, Action::Transfer { to, value: 5 }))
}

#[test]
fn a_block_runs_on_it() {
    let mut world = World::new();
    world.submit(&transfer(0)).unwrap();
    let (mut machine, mut ledger) = (machine(), ledger());
    let mut builder = BlockBuilder::new(&mut machine, &mut ledger, environment(1));
    let pushed = builder.push(&transfer(0), &mut NoObserver).unwrap();
    pushed.unwrap();
    assert_eq!(
        builder.finish().unwrap().state_root,
        world.chain.state_root()
    );
    assert_eq!(ledger.root(), world.chain.state_root());
}

#[test]
fn its_failure_ends_the_block() {
    let (mut machine, mut ledger) = (machine(), ledger());
    ledger.is_broken = true;
    let mut builder = BlockBuilder::new(&mut machine, ledger, environment(1));
    let fatal = builder.push(&transfer(0), &mut NoObserver).unwrap_err();
    assert_eq!(
        fatal.to_string(),
        "the state's store failed: the disk is gone"
    );
    assert!(matches!(builder.prepare(), Err(Fatal::BlockAborted)));
}

#[test]
fn its_failure_ends_the_block_however_a_transaction_comes_to_it() {
    let signed = transfer(0);
    for way in 0..3 {
        let (mut machine, mut ledger, mut other) = (machine(), ledger(), machine());
        ledger.is_broken = true;
        let mut builder = BlockBuilder::new(&mut machine, ledger, environment(1));
        let mut attempt = || match way {
            0 => {
                let verified = signed.verify().unwrap();
                builder.push_verified(verified, &mut NoObserver).map(drop)
            }
            1 => builder.dry_run(&signed, u64::MAX).map(drop),
            _ => builder
                .rehearse(&mut other, &signed, &mut NoObserver)
                .map(drop),
        };
        assert!(matches!(attempt(), Err(Fatal::Store(_))), "{way}");
        assert!(matches!(attempt(), Err(Fatal::BlockAborted)), "{way}");
        assert!(matches!(builder.finish(), Err(Fatal::BlockAborted)));
    }
}

#[test]
fn a_witness_names_the_key_that_it_does_not_show() {
    let trie = World::new().chain.into_trie();
    let key = |number| StateKey::Account(account(number)).to_bytes();
    let shown = trie.snapshot().witness([key(0)]).unwrap();
    let mut witness = Witness::open(&trie.root(), shown).unwrap();
    let changes = vec![(key(0), Some(vec![1])), (key(1), Some(vec![2]))];
    let refused = Ledger::update(&mut witness, changes, Vec::new());
    let Err(Fatal::NotInWitness { key: named }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(named, key(1));
}

/// Otherwise a block to which nothing but invalid transactions is given, by as many senders, would
/// hold them all.
#[test]
fn what_an_invalid_transaction_looked_at_is_not_held() {
    let (mut machine, mut ledger) = (machine(), ledger());
    let mut builder = BlockBuilder::new(&mut machine, &mut ledger, environment(1));
    for _ in 0..3 {
        let invalid = builder.push(&transfer(7), &mut NoObserver).unwrap();
        let expected = InvalidTransaction::WrongNonce {
            expected: 0,
            actual: 7,
        };
        assert_eq!(invalid, Err(expected));
    }
    drop(builder);
    assert_eq!(ledger.reads.get(), 3, "its sender is read each time");
}
