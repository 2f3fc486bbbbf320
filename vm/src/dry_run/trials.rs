//! One execution of the transaction that leaves nothing behind.

use std::collections::BTreeMap;

use super::gauge::Gauge;
use super::tracked_state::{Access, Peaks, TrackedState};
use crate::block::{BlockEnvironment, Report};
use crate::fatal::Fatal;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::machine::Machine;
use crate::phases::Placed;
use crate::state::State;
use crate::state_key::StateKey;
use crate::transaction::SignedTransaction;
use crate::validate::{InvalidTransaction, SignatureCheck};

/// A transaction, and all that it takes to execute it.
pub(crate) struct Trials<'a, L> {
    pub(crate) machine: &'a mut Machine,
    pub(crate) journal: &'a mut Journal<L>,
    pub(crate) block: &'a BlockEnvironment,
    /// What the transactions before it left of the block's gas limit.
    pub(crate) block_gas_left: u64,
    pub(crate) signed: &'a SignedTransaction,
}

/// How an execution came out, and what it says about others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) outcome: Result<Report, InvalidTransaction>,
    /// Whether something in it depends on how much gas there is; see [`Gauge::depends_on_gas`].
    pub(super) depends_on_gas: bool,
    /// Whether a message ended because the metered stack was used up.
    pub(super) overflowed: bool,
    /// Whether a message was run at all.
    pub(super) ran_code: bool,
}

impl Attempt {
    /// The gas used, when it succeeded.
    pub(super) fn success_gas(&self) -> Option<u64> {
        match &self.outcome {
            Ok(report) if report.receipt.status.is_success() => {
                Some(report.receipt.gas_used.total())
            }
            _ => None,
        }
    }
}

/// The execution as it would be, with everything that was measured.
pub(super) struct Observed {
    pub(super) attempt: Attempt,
    pub(super) gauge: Gauge,
    pub(super) peaks: Peaks,
    pub(super) keys: BTreeMap<StateKey, Access>,
}

/// What differs between an attempt and the transaction as it is.
#[derive(Clone, Copy, Debug)]
struct Variation<'t> {
    signed: &'t SignedTransaction,
    stack_slots: u32,
    /// A changed gas limit needs another signature, which only the sender can make. Its length
    /// and price are the same, so attempts do without.
    signature: SignatureCheck,
}

impl<L: Ledger> Trials<'_, L> {
    /// The most slots that a transaction may have.
    pub(super) fn stack_slots_max(&self) -> u32 {
        self.machine.protocol().limits.stack_slots_max
    }

    /// Executes the transaction as it is and measures everything.
    pub(super) fn observe(&mut self) -> Result<Observed, Fatal> {
        let variation = Variation {
            signed: self.signed,
            stack_slots: self.stack_slots_max(),
            signature: SignatureCheck::Due,
        };
        self.execute(variation)
    }

    /// Executes the transaction with another gas limit.
    pub(super) fn with_gas_limit(&mut self, gas_limit: u64) -> Result<Attempt, Fatal> {
        let mut signed = self.signed.clone();
        signed.transaction.gas_limit = gas_limit;
        let variation = Variation {
            signed: &signed,
            stack_slots: self.stack_slots_max(),
            signature: SignatureCheck::Done,
        };
        Ok(self.execute(variation)?.attempt)
    }

    /// Executes the transaction with another number of stack slots.
    pub(super) fn with_stack_slots(&mut self, stack_slots: u32) -> Result<Attempt, Fatal> {
        let variation = Variation {
            signed: self.signed,
            stack_slots,
            signature: SignatureCheck::Done,
        };
        Ok(self.execute(variation)?.attempt)
    }

    /// Takes the transaction through its phases and reverts all of them.
    fn execute(&mut self, variation: Variation<'_>) -> Result<Observed, Fatal> {
        let transaction = &variation.signed.transaction;
        let mut gauge = Gauge::new(transaction.sender, transaction.gas_price);
        let checkpoint = self.journal.checkpoint();
        let mut state = TrackedState::new(self.journal);
        let placed = Placed {
            signed: variation.signed,
            signature: variation.signature,
            block: self.block,
            block_gas_left: self.block_gas_left,
            stack_slots: variation.stack_slots,
        };
        let receipt = placed.run(self.machine, &mut state, &mut gauge)?;
        let (peaks, keys) = state.into_parts();
        let outcome = match receipt {
            Ok(mut receipt) => {
                let (events, changes) = self.journal.transaction_so_far()?;
                receipt.events = events;
                Ok(Report { receipt, changes })
            }
            Err(invalid) => Err(invalid),
        };
        self.journal.revert(checkpoint);
        Ok(Observed {
            attempt: Attempt {
                outcome,
                depends_on_gas: gauge.depends_on_gas(),
                overflowed: gauge.overflowed(),
                ran_code: gauge.ran_code(),
            },
            gauge,
            peaks,
            keys,
        })
    }
}
