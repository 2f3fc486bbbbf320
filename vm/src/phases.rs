//! The four phases of a transaction, one after the other, and the same with everything undone.

use crate::block::{BlockEnvironment, Report};
use crate::charge::charge;
use crate::execute::execute;
use crate::fatal::Fatal;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::machine::Machine;
use crate::observer::Observer;
use crate::receipt::Receipt;
use crate::settle::settle;
use crate::state::State;
use crate::transaction::SignedTransaction;
use crate::validate::{InvalidTransaction, SignatureCheck, validate};

/// A transaction and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'t> {
    pub(crate) signed: &'t SignedTransaction,
    pub(crate) signature: SignatureCheck,
    pub(crate) block: &'t BlockEnvironment,
    /// What the transactions before it left of the block's gas limit.
    pub(crate) block_gas_left: u64,
    /// The slots of the metered stack that it has: the protocol's limit, but in a dry run that
    /// measures how many it needs.
    pub(crate) stack_slots: u32,
}

impl Placed<'_> {
    /// Takes the transaction through its phases. The receipt is still without events, which the
    /// journal has.
    pub(crate) fn run(
        self,
        machine: &mut Machine,
        state: &mut dyn State,
        observer: &mut dyn Observer,
    ) -> Result<Result<Receipt, InvalidTransaction>, Fatal> {
        let (signed, block) = ((self.signed, self.signature), self.block);
        let gas_left = self.block_gas_left;
        let valid = match validate(signed, machine.protocol(), block, gas_left, state)? {
            Ok(valid) => valid,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let charged = charge(valid, state)?;
        let execution = execute(&charged, self.stack_slots, machine, block, state, observer)?;
        settle(&charged, execution, machine.protocol(), block, state).map(Ok)
    }

    /// Takes the transaction through its phases, says what came of it, and reverts all of them, also
    /// when the machine could not go on.
    pub(crate) fn rehearse<L: Ledger>(
        self,
        machine: &mut Machine,
        journal: &mut Journal<L>,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Fatal> {
        let checkpoint = journal.checkpoint();
        let outcome = self.run_and_report(machine, journal, observer);
        journal.revert(checkpoint);
        outcome
    }

    fn run_and_report<L: Ledger>(
        self,
        machine: &mut Machine,
        journal: &mut Journal<L>,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Fatal> {
        let mut receipt = match self.run(machine, journal, observer)? {
            Ok(receipt) => receipt,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let (events, changes) = journal.transaction_so_far()?;
        receipt.events = events;
        Ok(Ok(Report { receipt, changes }))
    }
}
