//! The engines beside the one whose results are reported.

use lockstep_engines::{EngineKind, SideBySide, SideBySideError};
use lockstep_vm::{
    BlockBuilder, DryRun, Fatal, InvalidTransaction, Ledger, Observer, Report, SignedTransaction,
};

use super::divergence::{Diverged, difference};
use super::engine_failure::engine_failure;
use super::{StepPlace, dry_run};
use crate::exit::Exit;
use crate::problem::Failure;

/// The engines beside the first, and how often they agreed with it.
pub(super) struct Beside {
    machines: SideBySide,
    pub(super) compared: u64,
    /// Where they did not agree, or one of them failed; the run ended there.
    pub(super) diverged: Option<Diverged>,
}

impl Beside {
    /// Engines that have run nothing.
    pub(super) fn new(machines: SideBySide) -> Beside {
        Beside {
            machines,
            compared: 0,
            diverged: None,
        }
    }

    /// Executes one more transaction on all engines.
    pub(super) fn push(
        &mut self,
        builder: &mut BlockBuilder<'_, impl Ledger>,
        signed: &SignedTransaction,
        place: StepPlace,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Failure> {
        let outcome = self.machines.push(builder, signed, observer);
        self.compared = self.compared.saturating_add(1);
        outcome.map_err(|error| match error {
            SideBySideError::Fatal { engine, fatal } => {
                self.note(&fatal, engine.name, place);
                engine_failure(engine, signed, place, fatal)
            }
            SideBySideError::Diverged(divergence) => {
                self.diverged = Some(Diverged::new(place, &divergence));
                let help = "one of the engines is wrong; the block was not committed. Report it \
                            with the scenario and the version of lockstep";
                Failure::new(Exit::Mismatch, difference(place, &divergence, help))
            }
        })
    }

    /// What a dry run of the transaction on the first engine says.
    pub(super) fn dry_run(
        &mut self,
        builder: &mut BlockBuilder<'_, impl Ledger>,
        signed: &SignedTransaction,
        place: StepPlace,
    ) -> Result<DryRun, Failure> {
        let engine = builder.engine().identity();
        dry_run::said(builder, signed).map_err(|fatal| {
            self.note(&fatal, engine.name, place);
            engine_failure(engine, signed, place, fatal)
        })
    }

    /// Notes that no engine came to a result, and this one failed. If it is not the reference
    /// interpreter, that one may come to one.
    fn note(&mut self, fatal: &Fatal, engine: &'static str, place: StepPlace) {
        if fatal.may_be_the_engines() && engine != EngineKind::default().name() {
            self.diverged = Some(Diverged::from_reference(place, engine));
        }
    }
}
