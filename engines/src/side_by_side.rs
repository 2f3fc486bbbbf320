//! Engines in lockstep: every transaction on several, compared before the block goes on.
//!
//! A frame has effects on the state, so two engines cannot share one. Each transaction is
//! rehearsed on every other machine, from the state on which it is about to run, and undone
//! ([`BlockBuilder::rehearse`]); then it runs on the block's own machine. Each run is taped host
//! call by host call, and tapes, receipts and state changes are compared. The first difference is a
//! [`Divergence`]; whoever gets it drops the block, of which nothing was committed. That an engine
//! fails where another comes to a result is a difference, too.
//!
//! However many host calls a transaction makes, a tape takes a few megabytes: it keeps the entries of
//! one stretch, and digests of the others. A difference behind the first stretch is therefore found
//! in two runs: the first tells the stretch, the second keeps that one.
//!
//! A bundle is replayed in the same way ([`SideBySide::replay`]).

mod divergence;
mod entry;
mod replay;
mod tape;

use lockstep_abi::Hash;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{
    BlockBuilder, EngineIdentity, Fatal, InvalidTransaction, Ledger, Machine, Observer,
    ObserverPair, Report, SignedTransaction,
};
use thiserror::Error;

pub use self::divergence::Divergence;
pub use self::replay::SideBySideReplayError;
use self::tape::Tape;
use crate::kind::{BuildError, EngineKind};

/// Machines that check what a block's own machine does.
#[derive(Debug)]
pub struct SideBySide {
    machines: Vec<Machine>,
    /// The transaction in which a difference was found last, and the stretch of its tapes to keep,
    /// if the place was not exact.
    sought: Option<(Hash, usize)>,
}

/// Why a transaction could not be executed in lockstep. The block is of no use any more.
#[derive(Debug, Error)]
pub enum SideBySideError {
    /// Engines came to different results, or some to one and others to none.
    #[error(transparent)]
    Diverged(Box<Divergence>),
    /// The store failed, or every engine did; this says what the block's own failed with.
    #[error("{} {}: {fatal}", engine.name, engine.version)]
    Fatal {
        /// On which engine the transaction ran.
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
        Ok(SideBySide::with_machines(machines))
    }

    /// These machines. Their protocol must be that of the blocks they are given.
    pub fn with_machines(machines: Vec<Machine>) -> SideBySide {
        SideBySide {
            machines,
            sought: None,
        }
    }

    /// Executes one more transaction of a block, as [`BlockBuilder::push`] does, if all machines
    /// come to the same.
    ///
    /// The observer is told of the run on the block's own machine only.
    ///
    /// The place of a difference is not always [exact](Divergence::is_exact). Then the same
    /// transactions in a new block on the same state have the same difference with its exact place,
    /// unless an engine does something else each time. [`replay`](SideBySide::replay) does that by
    /// itself.
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
        let transaction = signed.transaction.id();
        let stretch = match self.sought {
            Some((sought, stretch)) if sought == transaction => stretch,
            _ => 0,
        };
        let mut rehearsals = Vec::with_capacity(self.machines.len());
        for machine in &mut self.machines {
            let engine = machine.engine().identity();
            let mut tape = Tape::keeping(stretch);
            let outcome = builder.rehearse(machine, signed, &mut tape);
            tape.end();
            rehearsals.push(Execution::new(engine, tape, outcome)?);
        }
        let engine = builder.engine().identity();
        let mut tape = Tape::keeping(stretch);
        let outcome = builder.push(signed, &mut ObserverPair(&mut tape, observer));
        tape.end();
        let own = Execution::new(engine, tape, outcome)?;
        let mut others = rehearsals.iter();
        match others.find_map(|other| divergence::between(transaction, &own, other)) {
            Some(divergence) => {
                self.sought = divergence.stretch.map(|stretch| (transaction, stretch));
                Err(SideBySideError::Diverged(Box::new(divergence)))
            }
            None => own
                .outcome
                .map_err(|fatal| SideBySideError::Fatal { engine, fatal }),
        }
    }
}

/// What a machine made of a transaction, if it could go on.
type Outcome = Result<Result<Report, InvalidTransaction>, Fatal>;

/// What one engine made of a transaction.
#[derive(Debug)]
struct Execution {
    engine: EngineIdentity,
    tape: Tape,
    outcome: Outcome,
}

impl Execution {
    /// Fails when the store did, so that nothing can be said of the engine.
    fn new(
        engine: EngineIdentity,
        tape: Tape,
        outcome: Outcome,
    ) -> Result<Execution, SideBySideError> {
        match outcome {
            Err(fatal) if !fatal.may_be_the_engines() => {
                Err(SideBySideError::Fatal { engine, fatal })
            }
            outcome => Ok(Execution {
                engine,
                tape,
                outcome,
            }),
        }
    }
}
