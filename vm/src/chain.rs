//! A chain: the committed state and the machine that moves it on, block by block.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_state_trie::{Digest, NodeStore, Trie};
use parity_scale_codec::Encode;
use thiserror::Error;

use crate::account::Account;
use crate::block::{
    Block, BlockBuilder, BlockClaim, BlockDifference, BlockEnvironment, PreparedBlock, Report,
};
use crate::fatal::Fatal;
use crate::journal::read_account;
use crate::machine::Machine;
use crate::observer::Observer;
use crate::state_key::{StateKey, storage_key};
use crate::transaction::SignedTransaction;
use crate::validate::InvalidTransaction;

/// The committed state in a store, and a machine.
#[derive(Debug)]
pub struct Chain<S> {
    trie: Trie<S>,
    machine: Machine,
}

/// Why balances cannot be given out at the beginning.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// The chain has begun already.
    #[error("the state is not empty; balances are given out only at the beginning")]
    NotEmpty,
    /// All balances together are over u128, so the supply could not be counted.
    #[error("the balances come to more than 2^128 - 1; give out less")]
    SupplyTooLarge,
    /// The machine failed.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

/// Why a given block cannot be executed. The state is as it was before it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BlockError {
    /// A transaction in it must not be included.
    #[error("transaction {index} of the block is invalid: {reason}")]
    Invalid {
        /// Its position, from 0.
        index: usize,
        /// Why.
        reason: InvalidTransaction,
    },
    /// It is not what its header says.
    #[error(transparent)]
    NotAsClaimed(#[from] BlockDifference),
    /// The machine failed.
    #[error(transparent)]
    Fatal(#[from] Fatal),
}

impl<S: NodeStore<Error: Send + Sync>> Chain<S> {
    /// A chain on the state that the trie holds.
    pub fn new(trie: Trie<S>, machine: Machine) -> Chain<S> {
        Chain { trie, machine }
    }

    /// Gives out the first balances and returns the state's root.
    ///
    /// # Errors
    /// [`GenesisError`] when the state is not empty, the balances are too much together, or the
    /// store fails. Nothing is changed then.
    pub fn genesis(
        &mut self,
        balances: &BTreeMap<AccountId, u128>,
    ) -> Result<Digest, GenesisError> {
        if !self.trie.is_empty() {
            return Err(GenesisError::NotEmpty);
        }
        balances
            .values()
            .try_fold(0_u128, |sum, balance| sum.checked_add(*balance))
            .ok_or(GenesisError::SupplyTooLarge)?;
        let records = balances.iter().filter(|(_, balance)| **balance > 0);
        let entries = records.map(|(id, balance)| {
            let account = Account {
                balance: *balance,
                ..Account::default()
            };
            (StateKey::Account(*id).to_bytes(), Some(account.encode()))
        });
        Ok(self.trie.update(entries).map_err(Fatal::store)?)
    }

    /// Begins a block on the committed state.
    pub fn begin(&mut self, environment: BlockEnvironment) -> BlockBuilder<'_, &mut Trie<S>> {
        BlockBuilder::new(&mut self.machine, &mut self.trie, environment)
    }

    /// Executes a block that somebody else put together, and commits it, whatever it comes to. Whoever
    /// has a header to hold it against uses [`follow_block`](Chain::follow_block).
    ///
    /// # Errors
    /// [`BlockError::Invalid`] at the first transaction that must not be included, and
    /// [`BlockError::Fatal`] when the machine fails. Nothing is committed then.
    pub fn execute_block(
        &mut self,
        environment: BlockEnvironment,
        transactions: &[SignedTransaction],
        observer: &mut dyn Observer,
    ) -> Result<(Block, Vec<Report>), BlockError> {
        let (builder, reports) = self.push_all(environment, transactions, observer)?;
        Ok((builder.finish()?, reports))
    }

    /// Executes a block that somebody else put together, and commits it if it is what its header says. It
    /// takes as long as [`execute_block`](Chain::execute_block): the store makes the changes durable while
    /// the state's root is computed, and takes them back if that is another.
    ///
    /// # Errors
    /// As `execute_block`, and [`BlockError::NotAsClaimed`] with the first difference. Nothing is
    /// committed then.
    pub fn follow_block(
        &mut self,
        environment: BlockEnvironment,
        transactions: &[SignedTransaction],
        claim: &BlockClaim,
        observer: &mut dyn Observer,
    ) -> Result<(Block, Vec<Report>), BlockError> {
        let (builder, reports) = self.push_all(environment, transactions, observer)?;
        Ok((builder.finish_as_claimed(claim)??, reports))
    }

    /// Executes a block that somebody else put together, and leaves it to the caller to commit it, who may
    /// ask others first, or look at what it came to: [`PreparedBlock::block`] and [`Block::check`] hold it
    /// against its header, and [`PreparedBlock::commit`] commits it. A prepared block that is dropped leaves the chain as it
    /// was. Both steps together compute what [`execute_block`](Chain::execute_block) does; see
    /// [`PreparedBlock`] for what they cost besides.
    ///
    /// # Errors
    /// As `execute_block`.
    pub fn prepare_block(
        &mut self,
        environment: BlockEnvironment,
        transactions: &[SignedTransaction],
        observer: &mut dyn Observer,
    ) -> Result<(PreparedBlock<&mut Trie<S>>, Vec<Report>), BlockError> {
        let (builder, reports) = self.push_all(environment, transactions, observer)?;
        Ok((builder.prepare()?, reports))
    }

    /// Executes the transactions of a block.
    fn push_all(
        &mut self,
        environment: BlockEnvironment,
        transactions: &[SignedTransaction],
        observer: &mut dyn Observer,
    ) -> Result<(BlockBuilder<'_, &mut Trie<S>>, Vec<Report>), BlockError> {
        let mut builder = self.begin(environment);
        let mut reports = Vec::with_capacity(transactions.len());
        for (index, transaction) in transactions.iter().enumerate() {
            let report = builder
                .push(transaction, observer)?
                .map_err(|reason| BlockError::Invalid { index, reason })?;
            reports.push(report);
        }
        Ok((builder, reports))
    }

    /// The root of the committed state.
    pub fn state_root(&self) -> Digest {
        self.trie.root()
    }

    /// The committed state, for iteration and proofs.
    pub fn trie(&self) -> &Trie<S> {
        &self.trie
    }

    /// The committed state, for another chain.
    pub fn into_trie(self) -> Trie<S> {
        self.trie
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Takes the chain apart, so that its machine can go on with another state.
    pub fn into_parts(self) -> (Trie<S>, Machine) {
        (self.trie, self.machine)
    }

    /// An account's committed record; the default account when there is none.
    ///
    /// # Errors
    /// [`Fatal`] when the store fails or the record does not decode.
    pub fn account(&self, id: &AccountId) -> Result<Account, Fatal> {
        read_account(&self.trie, id)
    }

    /// The committed value at a key of a contract's storage.
    ///
    /// # Errors
    /// [`Fatal`] when the store fails.
    pub fn storage(&self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let key = storage_key(contract, key);
        self.trie.get(&key).map_err(Fatal::store)
    }

    /// Uploaded code.
    ///
    /// # Errors
    /// [`Fatal`] when the store fails.
    pub fn code(&self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal> {
        let key = StateKey::Code(*hash).to_bytes();
        self.trie.get(&key).map_err(Fatal::store)
    }
}
