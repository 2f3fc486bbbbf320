//! Engines in lockstep: every transaction on several, compared before the block goes on.
//!
//! A frame has effects on the state, so two engines cannot share one. Each transaction is
//! rehearsed on every other machine, from the state on which it is about to run, and undone
//! ([`BlockBuilder::rehearse`]); then it runs on the block's own machine. Each run is taped host
//! call by host call, and tapes, receipts and state changes are compared. The first difference is a
//! [`Divergence`]; whoever gets it drops the block, of which nothing was committed.

mod divergence;
mod tape;

use lockstep_gas_meter::Protocol;
use lockstep_vm::{
    BlockBuilder, EngineIdentity, Fatal, InvalidTransaction, Ledger, Machine, Observer,
    ObserverPair, Report, SignedTransaction,
};
use thiserror::Error;

pub use self::divergence::Divergence;
use self::tape::Tape;
use crate::kind::{BuildError, EngineKind};

/// Machines that check what a block's own machine does.
#[derive(Debug)]
pub struct SideBySide {
    machines: Vec<Machine>,
}

/// Why a transaction could not be executed in lockstep. The block is of no use any more.
#[derive(Debug, Error)]
pub enum SideBySideError {
    /// Engines came to different results.
    #[error(transparent)]
    Diverged(Box<Divergence>),
    /// An engine, or the store, failed.
    #[error("{} {}: {fatal}", engine.name, engine.version)]
    Fatal {
        /// On which engine the transaction was run.
        engine: EngineIdentity,
        /// What failed.
        fatal: Fatal,
    },
}

impl SideBySide {
    /// One machine for each of these engines, all with empty caches.
    ///
    /// # Errors
    /// When an engine is not built in or does not exist on this kind of machine.
    pub fn new(protocol: &Protocol, kinds: &[EngineKind]) -> Result<SideBySide, BuildError> {
        let machines = kinds
            .iter()
            .map(|kind| Ok(Machine::new(protocol.clone(), kind.build()?)))
            .collect::<Result<_, BuildError>>()?;
        Ok(SideBySide { machines })
    }

    /// These machines. Their protocol must be that of the blocks they are given.
    pub fn with_machines(machines: Vec<Machine>) -> SideBySide {
        SideBySide { machines }
    }

    /// Executes one more transaction of a block, as [`BlockBuilder::push`] does, if all machines
    /// come to the same.
    ///
    /// The observer is told of the run on the block's own machine only.
    ///
    /// # Errors
    /// [`SideBySideError`]. The block must be dropped then: its machine may have executed a
    /// transaction on which the engines do not agree.
    pub fn push<L: Ledger>(
        &mut self,
        builder: &mut BlockBuilder<'_, L>,
        signed: &SignedTransaction,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, SideBySideError> {
        if self.machines.is_empty() {
            let engine = builder.engine().identity();
            let outcome = builder.push(signed, observer);
            return outcome.map_err(|fatal| SideBySideError::Fatal { engine, fatal });
        }
        let mut rehearsals = Vec::with_capacity(self.machines.len());
        for machine in &mut self.machines {
            let engine = machine.engine().identity();
            let mut tape = Tape::default();
            let outcome = builder
                .rehearse(machine, signed, &mut tape)
                .map_err(|fatal| SideBySideError::Fatal { engine, fatal })?;
            tape.end();
            rehearsals.push((engine, tape, outcome));
        }
        let first = builder.engine().identity();
        let mut tape = Tape::default();
        let outcome = builder
            .push(signed, &mut ObserverPair(&mut tape, observer))
            .map_err(|fatal| SideBySideError::Fatal {
                engine: first,
                fatal,
            })?;
        tape.end();
        for (second, other, other_outcome) in &rehearsals {
            let difference = divergence::of_entries(&tape.entries, &other.entries)
                .or_else(|| divergence::of_outcomes(&outcome, other_outcome, tape.host_calls()));
            if let Some(difference) = difference {
                return Err(SideBySideError::Diverged(Box::new(Divergence {
                    transaction: signed.transaction.id(),
                    first,
                    second: *second,
                    host_calls_before: difference.host_calls_before,
                    place: difference.place,
                    field: difference.field,
                    first_value: difference.values.0,
                    second_value: difference.values.1,
                })));
            }
        }
        Ok(outcome)
    }
}
