//! Blocks: ordered transactions in, receipts and two roots out.
//!
//! A block is built on the last committed state and kept in a journal. Only the end of it touches
//! the ledger, in one batch (see `block/finish.rs`); a builder that is dropped, or that met a
//! [`Fatal`] error, leaves the chain as it was.

mod claim;
mod finish;

use lockstep_abi::AccountId;
use lockstep_state_trie::Digest;
use parity_scale_codec::{Decode, Encode};

pub use self::claim::{BlockClaim, BlockDifference};
pub use self::finish::{PreparedBlock, receipts_root};
use crate::dry_run::{DryRun, Trials, dry_run};
use crate::engine::Engine;
use crate::fatal::Fatal;
use crate::journal::{Journal, StateChange};
use crate::ledger::Ledger;
use crate::machine::Machine;
use crate::observer::Observer;
use crate::phases::Placed;
use crate::receipt::Receipt;
use crate::transaction::{SignedTransaction, VerifiedTransaction};
use crate::validate::{InvalidTransaction, SignatureCheck};

/// What all transactions of a block share. Contracts can read chain id, height and timestamp.
///
/// Encoded as the fields in order: chain id, height, timestamp (u64 LE each), fee collector (32
/// bytes), gas limit (u64 LE).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlockEnvironment {
    /// The chain's number; a transaction for another chain is refused.
    pub chain_id: u64,
    /// How many blocks came before.
    pub height: u64,
    /// Milliseconds since the Unix epoch, as whoever builds the block states it. Nothing here holds it
    /// against the block before: to refuse one that goes back is up to the chain.
    pub timestamp_ms: u64,
    /// Who gets the fees.
    pub fee_collector: AccountId,
    /// The most gas that the block's transactions may use together. It is all that bounds a block:
    /// there is no least gas price (see [`Transaction::gas_price`](crate::Transaction::gas_price)), so
    /// transactions at a price of 0 can fill it unless whoever builds the block leaves them out.
    pub gas_limit: u64,
}

/// A finished block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it was built with.
    pub environment: BlockEnvironment,
    /// One receipt per transaction, in order.
    pub receipts: Vec<Receipt>,
    /// The gas of all its transactions.
    pub gas_used: u64,
    /// See [`receipts_root`].
    pub receipts_root: Digest,
    /// The root of the state after it.
    pub state_root: Digest,
}

/// What one transaction did, for whoever asked for it. The transaction's id is left out: whoever
/// asked has the transaction, and hashing it ([`Transaction::id`](crate::Transaction::id)) is no
/// part of executing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the chain commits to.
    pub receipt: Receipt,
    /// What it changed: accounts by id, then storage by contract and key, then code by hash.
    pub changes: Vec<StateChange>,
}

/// A block that is being built.
#[derive(Debug)]
pub struct BlockBuilder<'c, L> {
    machine: &'c mut Machine,
    journal: Journal<L>,
    environment: BlockEnvironment,
    receipts: Vec<Receipt>,
    gas_used: u64,
    aborted: bool,
}

impl<'c, L: Ledger> BlockBuilder<'c, L> {
    /// A block on the state of a ledger. [`Chain::begin`](crate::Chain::begin) makes one on its
    /// own.
    pub fn new(
        machine: &'c mut Machine,
        ledger: L,
        environment: BlockEnvironment,
    ) -> BlockBuilder<'c, L> {
        BlockBuilder {
            machine,
            journal: Journal::new(ledger),
            environment,
            receipts: Vec::new(),
            gas_used: 0,
            aborted: false,
        }
    }

    /// Executes one more transaction on the state that the ones before it left.
    ///
    /// A transaction that cannot be included is the inner error, and the block goes on without
    /// it.
    ///
    /// # Errors
    /// [`Fatal`] when the machine cannot go on. The block can then not be finished any more.
    pub fn push(
        &mut self,
        signed: &SignedTransaction,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Fatal> {
        if self.aborted {
            return Err(Fatal::BlockAborted);
        }
        let result = self.run((signed, SignatureCheck::Due), observer);
        self.aborted = result.is_err();
        result
    }

    /// As [`push`](BlockBuilder::push), for a transaction whose signature was checked before.
    /// Checking takes several times as long as a transfer, can be done when a transaction comes in
    /// and on any thread, and does not depend on the state.
    ///
    /// # Errors
    /// [`Fatal`] as in `push`.
    pub fn push_verified(
        &mut self,
        verified: VerifiedTransaction<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Fatal> {
        if self.aborted {
            return Err(Fatal::BlockAborted);
        }
        let result = self.run((verified.signed(), SignatureCheck::Done), observer);
        self.aborted = result.is_err();
        result
    }

    /// Executes a transaction on the present state, drops everything it did, and says what
    /// [`push`](BlockBuilder::push) would come to and how close to each limit it is.
    ///
    /// The search for the smallest gas limit tries no limit above the greater of the
    /// transaction's own and `search_gas_max`; a transaction can be made to burn all that it is
    /// given, so this bounds what one try takes. There are up to some eighty tries, at most 24 of
    /// them for the stack, so whoever answers strangers bounds the transaction's own limit, too.
    /// The block is as it was before.
    ///
    /// # Errors
    /// [`Fatal`] as in `push`.
    pub fn dry_run(
        &mut self,
        signed: &SignedTransaction,
        search_gas_max: u64,
    ) -> Result<DryRun, Fatal> {
        if self.aborted {
            return Err(Fatal::BlockAborted);
        }
        let block_gas_left = self.gas_left();
        let result = dry_run(
            Trials {
                machine: self.machine,
                journal: &mut self.journal,
                block: &self.environment,
                block_gas_left,
                signed,
            },
            search_gas_max,
        );
        self.aborted = result.is_err();
        result
    }

    /// Executes a transaction on the present state on *another* machine, drops everything it did,
    /// and says what it came to. A machine with the same protocol must come to the same as
    /// [`push`](BlockBuilder::push) on the block's own, whatever its engine; so this is how engines
    /// are compared before a block commits.
    ///
    /// # Errors
    /// [`Fatal`] as in `push`, of whichever machine. The block goes on when that may be the engine's
    /// doing ([`Fatal::may_be_the_engines`]): what it did is undone.
    pub fn rehearse(
        &mut self,
        machine: &mut Machine,
        signed: &SignedTransaction,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Fatal> {
        if self.aborted {
            return Err(Fatal::BlockAborted);
        }
        let placed = Placed {
            signed,
            signature: SignatureCheck::Due,
            block: &self.environment,
            block_gas_left: self.gas_left(),
            stack_slots: machine.protocol().limits.stack_slots_max,
        };
        let result = placed.rehearse(machine, &mut self.journal, observer);
        let fatal = result.as_ref().err();
        self.aborted = fatal.is_some_and(|fatal| !fatal.may_be_the_engines());
        result
    }

    /// The engine that its transactions run on.
    pub fn engine(&self) -> &dyn Engine {
        self.machine.engine()
    }

    /// The gas that the transactions so far left of the block's limit.
    pub fn gas_left(&self) -> u64 {
        self.environment.gas_limit.saturating_sub(self.gas_used)
    }

    /// Takes a transaction through its four phases.
    fn run(
        &mut self,
        (signed, signature): (&SignedTransaction, SignatureCheck),
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Fatal> {
        let placed = Placed {
            signed,
            signature,
            block: &self.environment,
            block_gas_left: self.gas_left(),
            stack_slots: self.machine.protocol().limits.stack_slots_max,
        };
        let mut receipt = match placed.run(self.machine, &mut self.journal, observer)? {
            Ok(receipt) => receipt,
            Err(invalid) => {
                self.journal.drop_unchanged();
                return Ok(Err(invalid));
            }
        };
        let (events, changes) = self.journal.end_transaction()?;
        receipt.events = events;

        self.gas_used = self
            .gas_used
            .checked_add(receipt.gas_used.total())
            .ok_or_else(|| Fatal::Internal("a block used more gas than it has"))?;
        self.receipts.push(receipt.clone());
        Ok(Ok(Report { receipt, changes }))
    }
}
