//! What the fuzzer makes and changes: blocks of transactions that are not signed yet.
//!
//! Nonces and signatures are left to the execution in the base world, because the next nonce of an
//! account depends on which transactions before were included. Blocks are shared between
//! candidates; two candidates that share their first blocks can share the way there.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_vm::{Action, SignedTransaction, Signer, Transaction};

use super::history::Genesis;
use crate::scenario::{Scenario, Step};

/// A transaction of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    /// The position of the sender in the scenario's accounts.
    pub(super) sender: usize,
    pub(super) action: Action,
    pub(super) gas_limit: u64,
    pub(super) gas_price: u128,
    pub(super) deposit_limit: u128,
    /// The nonce, when it is not the account's next one.
    pub(super) nonce: Option<u64>,
    pub(super) chain_id: u64,
    pub(super) corrupt_signature: bool,
}

/// A block of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PlannedBlock {
    pub(super) timestamp_ms: u64,
    pub(super) transactions: Vec<Planned>,
}

/// Blocks in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) blocks: Vec<Arc<PlannedBlock>>,
}

impl Candidate {
    /// The transactions of a scenario.
    pub(super) fn of(scenario: &Scenario) -> Candidate {
        let blocks = scenario.blocks.iter().map(|block| {
            Arc::new(PlannedBlock {
                timestamp_ms: block.timestamp_ms,
                transactions: block.steps.iter().map(Planned::of).collect(),
            })
        });
        Candidate {
            blocks: blocks.collect(),
        }
    }

    /// How many transactions it has.
    pub(super) fn transactions(&self) -> usize {
        self.blocks
            .iter()
            .map(|block| block.transactions.len())
            .sum()
    }

    /// The transaction at a position among all, to be changed.
    pub(super) fn transaction_mut(&mut self, mut position: usize) -> Option<&mut Planned> {
        for block in &mut self.blocks {
            if position < block.transactions.len() {
                return Arc::make_mut(block).transactions.get_mut(position);
            }
            position -= block.transactions.len();
        }
        None
    }

    /// Every transaction in order.
    pub(super) fn each(&self) -> impl Iterator<Item = &Planned> {
        self.blocks.iter().flat_map(|block| &block.transactions)
    }

    /// How many of its first blocks only upload code and make contracts, and so are worth keeping.
    pub(super) fn set_up_blocks(&self) -> usize {
        let is_set_up =
            |action: &Action| matches!(action, Action::Upload { .. } | Action::Instantiate { .. });
        let blocks = self.blocks.iter();
        blocks
            .take_while(|block| {
                let mut transactions = block.transactions.iter();
                transactions.all(|planned| is_set_up(&planned.action))
            })
            .count()
    }

    /// How many of its first blocks are, unchanged, the first blocks of `other`.
    pub(super) fn shared_with(&self, other: &Candidate) -> usize {
        let pairs = self.blocks.iter().zip(&other.blocks);
        pairs
            .take_while(|(ours, theirs)| Arc::ptr_eq(ours, theirs))
            .count()
    }
}

impl Planned {
    fn of(step: &Step) -> Planned {
        Planned {
            sender: step.sender,
            action: step.action.clone(),
            gas_limit: step.gas_limit,
            gas_price: step.gas_price,
            deposit_limit: step.deposit_limit,
            nonce: step.nonce,
            chain_id: step.chain_id,
            corrupt_signature: step.corrupt_signature,
        }
    }

    /// The signed transaction, given the next nonces of the accounts.
    pub(super) fn sign(
        &self,
        signers: &[Signer],
        nonces: &BTreeMap<AccountId, u64>,
    ) -> SignedTransaction {
        let signer = &signers[self.sender];
        let sender = signer.account();
        let next = nonces.get(&sender).copied().unwrap_or_default();
        let mut signed = signer.sign(Transaction {
            chain_id: self.chain_id,
            sender,
            nonce: self.nonce.unwrap_or(next),
            gas_limit: self.gas_limit,
            gas_price: self.gas_price,
            deposit_limit: self.deposit_limit,
            action: self.action.clone(),
        });
        if self.corrupt_signature {
            signed.signature[0] ^= 1;
        }
        signed
    }
}

/// What holds for the whole chain of a scenario.
pub(super) fn genesis_of(scenario: &Scenario) -> Genesis {
    let accounts = scenario.accounts.iter();
    Genesis {
        chain_id: scenario.chain.chain_id,
        fee_collector: scenario.chain.fee_collector,
        block_gas_limit: scenario.chain.block_gas_limit,
        balances: accounts
            .map(|account| (account.signer.account(), account.balance))
            .collect(),
    }
}
