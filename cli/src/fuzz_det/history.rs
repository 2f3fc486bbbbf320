//! A chain's history that every world executes: genesis, and blocks of signed transactions.
//!
//! All worlds get the same signed bytes. A history may begin at a snapshot of the state after some
//! of its blocks, which saves the worlds of this process the way there; a world in another process
//! begins at genesis and gets to the same place.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{BlockEnvironment, SignedTransaction};

use super::execution::Execution;

/// What holds for the whole chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The chain's number.
    pub chain_id: u64,
    /// Who gets the fees.
    pub fee_collector: AccountId,
    /// The most gas of a block's transactions together.
    pub block_gas_limit: u64,
    /// Every external account and what it begins with.
    pub balances: BTreeMap<AccountId, u128>,
}

impl Genesis {
    /// The environment of the block at this height.
    pub fn environment(&self, height: u64, timestamp_ms: u64) -> BlockEnvironment {
        BlockEnvironment {
            chain_id: self.chain_id,
            height,
            timestamp_ms,
            fee_collector: self.fee_collector,
            gas_limit: self.block_gas_limit,
        }
    }
}

/// A block to execute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBlock {
    /// Its time in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Its transactions in order.
    pub transactions: Vec<SignedTransaction>,
}

/// The state after the first blocks of a history, and what these came to.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// The state.
    pub(super) trie: Trie<MemoryStore>,
    /// The next nonce of each account that has sent something; only the base world of a search
    /// signs transactions behind it.
    pub(super) nonces: BTreeMap<AccountId, u64>,
    /// The blocks that led to it, signed.
    pub(super) blocks: Vec<Arc<SignedBlock>>,
}

/// A history.
#[derive(Clone, Debug)]
pub struct History {
    /// What holds for the whole chain.
    pub genesis: Arc<Genesis>,
    /// The state to begin with; that after genesis when there is none.
    pub(super) start: Option<Arc<Snapshot>>,
    /// How many blocks lie before the first whose host calls are compared: their hash runs from
    /// there on.
    pub(super) trace_from: usize,
    /// All blocks, those before the snapshot included. The first has height 1.
    pub blocks: Vec<Arc<SignedBlock>>,
}

impl History {
    /// A history that begins at genesis.
    pub fn new(genesis: Genesis, blocks: Vec<SignedBlock>) -> History {
        History {
            genesis: Arc::new(genesis),
            start: None,
            trace_from: 0,
            blocks: blocks.into_iter().map(Arc::new).collect(),
        }
    }

    /// The same history from the state after its first blocks on: that of `trie`, and so many blocks.
    ///
    /// # Panics
    /// When it has fewer.
    pub fn begun_at(mut self, trie: Trie<MemoryStore>, blocks: usize) -> History {
        self.start = Some(Arc::new(Snapshot {
            trie,
            nonces: BTreeMap::new(),
            blocks: self.blocks[..blocks].to_vec(),
        }));
        self.trace_from = blocks;
        self
    }

    /// The environment of the block at this position among all.
    pub(super) fn environment(&self, position: usize) -> BlockEnvironment {
        let height = u64::try_from(position).unwrap_or(u64::MAX);
        let timestamp_ms = self.blocks[position].timestamp_ms;
        self.genesis
            .environment(height.saturating_add(1), timestamp_ms)
    }

    /// How many blocks lie before the snapshot. Executions hold the blocks after it.
    pub fn blocks_before_start(&self) -> usize {
        self.start.as_ref().map_or(0, |start| start.blocks.len())
    }

    /// The part of an execution from genesis that the other worlds have as well.
    pub(super) fn after_start(&self, mut execution: Execution) -> Execution {
        let before = self.blocks_before_start().min(execution.blocks.len());
        execution.blocks.drain(..before);
        execution
    }
}
