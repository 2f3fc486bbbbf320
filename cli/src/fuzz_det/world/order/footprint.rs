//! What a transaction touches, so that it is known which order must not matter.
//!
//! A dry run says which keys are read and written. They are taken together by account: a contract's
//! storage counts as the contract, so that a scan that finds nothing is seen too. Every transaction
//! pays the fee collector; one that names that account in any other way, as the sender, in its action
//! or from the memory of a contract that it runs, stays where it is. So does an upload, because of
//! what contracts could make of the code.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Action, Fatal, KeyUse, Machine, Observer, SignedTransaction, StateKey};

use crate::fuzz_det::history::History;
use crate::fuzz_det::perform::begin;

/// Something that transactions can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// An account with its storage.
    Account(AccountId),
    /// A code.
    Code(CodeHash),
}

/// What a transaction touches.
#[derive(Clone, Debug, Default)]
pub(super) struct Footprint {
    /// Whether it may change places at all.
    pub(super) may_swap: bool,
    /// What it reads, and whether it writes that too.
    pub(super) owners: BTreeMap<Owner, bool>,
    /// What the block must have left for it.
    pub(super) gas_limit: u64,
    /// What it took of that.
    pub(super) gas_used: u64,
}

impl Footprint {
    /// Whether both may change places, and neither writes what the other touches.
    pub(super) fn is_apart_from(&self, other: &Footprint) -> bool {
        let meets = self.owners.iter().any(|(owner, written)| {
            let theirs = other.owners.get(owner);
            theirs.is_some_and(|theirs| *written || *theirs)
        });
        self.may_swap && other.may_swap && !meets
    }
}

/// The footprints of the transactions of each block after a history's snapshot.
///
/// # Errors
/// Why the machine stopped.
pub(super) fn footprints(
    history: &History,
    machine: Machine,
) -> Result<Vec<Vec<Footprint>>, String> {
    let text = |fatal: Fatal| fatal.to_string();
    let mut chain = begin(history, machine)?;
    let collector = history.genesis.fee_collector;
    let before = history.blocks_before_start();
    let mut blocks = Vec::new();
    for (position, block) in history.blocks.iter().enumerate().skip(before) {
        let mut builder = chain.begin(history.environment(position));
        let mut footprints = Vec::with_capacity(block.transactions.len());
        for signed in &block.transactions {
            let said = builder.dry_run(signed, 0).map_err(text)?;
            let mut names = Names::new(collector);
            let done = builder.push(signed, &mut names).map_err(text)?;
            footprints.push(match done {
                Err(_) => Footprint::default(),
                Ok(report) => Footprint {
                    may_swap: !names.found && may_swap(signed, &collector),
                    owners: owners(&said.keys, &collector),
                    gas_limit: signed.transaction.gas_limit,
                    gas_used: report.receipt.gas_used.total(),
                },
            });
        }
        builder.finish().map_err(text)?;
        blocks.push(footprints);
    }
    Ok(blocks)
}

/// Whether a transaction may change places, as far as it can be seen without running it.
fn may_swap(signed: &SignedTransaction, collector: &AccountId) -> bool {
    let transaction = &signed.transaction;
    let named = match &transaction.action {
        Action::Upload { .. } => return false,
        Action::Transfer { to, .. } => to == collector,
        Action::Call { contract, .. } | Action::Upgrade { contract, .. } => contract == collector,
        Action::Instantiate { .. } => false,
    };
    !named && transaction.sender != *collector
}

/// Whose keys were used, the fee collector's account left out.
fn owners(keys: &[KeyUse], collector: &AccountId) -> BTreeMap<Owner, bool> {
    let mut owners = BTreeMap::new();
    for used in keys {
        let owner = match &used.key {
            StateKey::Account(id) if id == collector => continue,
            StateKey::Account(id) | StateKey::Storage(id, _) => Owner::Account(*id),
            StateKey::Code(hash) | StateKey::CodeLength(hash) => Owner::Code(*hash),
        };
        *owners.entry(owner).or_default() |= used.written;
    }
    owners
}

/// Looks for an account's id in what the host reads of guests' memories.
struct Names {
    id: AccountId,
    found: bool,
}

impl Names {
    fn new(id: AccountId) -> Names {
        Names { id, found: false }
    }
}

impl Observer for Names {
    fn guest_read(&mut self, _address: u32, bytes: &[u8]) {
        self.found |= bytes.windows(self.id.0.len()).any(|part| part == self.id.0);
    }
}
