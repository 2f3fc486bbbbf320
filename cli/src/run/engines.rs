//! Which engines a run uses: one, or several in lockstep.

use lockstep_engines::{BuildError, EngineKind, SideBySide, SideBySideError};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::MemoryStore;
use lockstep_vm::{BlockBuilder, Engine, InvalidTransaction, Observer, Report, SignedTransaction};

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// The name that stands for every engine, in lockstep.
const LOCKSTEP: &str = "lockstep";

/// The engines of a run, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineChoice {
    /// The engine whose results are reported.
    first: EngineKind,
    /// Those that must come to the same.
    beside: Vec<EngineKind>,
}

impl EngineChoice {
    /// Reads `--engine`: an engine's name, several with commas between them, or `lockstep` for
    /// all.
    ///
    /// # Errors
    /// When there is no such engine, or it is not built in. `lockstep` needs the native tier.
    pub fn parse(text: &str) -> Result<EngineChoice, Failure> {
        if text == LOCKSTEP {
            EngineKind::parse(EngineKind::Wasmtime.name()).map_err(|error| failure(&error))?;
            let first = EngineKind::default();
            let beside = EngineKind::available().filter(|kind| *kind != first);
            return Ok(EngineChoice {
                first,
                beside: beside.collect(),
            });
        }
        let mut kinds = text.split(',').map(EngineKind::parse);
        let first = kinds.next().unwrap_or(Ok(EngineKind::default()));
        Ok(EngineChoice {
            first: first.map_err(|error| failure(&error))?,
            beside: kinds
                .collect::<Result<_, _>>()
                .map_err(|error| failure(&error))?,
        })
    }

    /// The engine whose results are reported.
    pub(super) fn first(&self) -> Result<Box<dyn Engine>, Failure> {
        self.first.build().map_err(|error| failure(&error))
    }

    /// The others, ready to run the same transactions.
    pub(super) fn beside(&self, protocol: &Protocol) -> Result<Beside, Failure> {
        let machines = SideBySide::new(protocol, &self.beside);
        Ok(Beside {
            machines: machines.map_err(|error| failure(&error))?,
            compared: 0,
        })
    }

    /// What was compared, for people; nothing when there is one engine.
    pub(super) fn summary(&self, compared: u64) -> Option<String> {
        if self.beside.is_empty() {
            return None;
        }
        let names: Vec<&str> = self.beside.iter().map(|kind| kind.name()).collect();
        Some(format!(
            "{compared} transactions on {}, each equal on {}: receipt, state changes, and gas, \
             arguments, result and bytes of every host call\n",
            self.first,
            names.join(", "),
        ))
    }
}

/// The engines beside the first, and how often they agreed with it.
pub(super) struct Beside {
    machines: SideBySide,
    pub(super) compared: u64,
}

impl Beside {
    /// Executes one more transaction on all engines.
    pub(super) fn push(
        &mut self,
        builder: &mut BlockBuilder<'_, MemoryStore>,
        signed: &SignedTransaction,
        observer: &mut dyn Observer,
    ) -> Result<Result<Report, InvalidTransaction>, Failure> {
        let outcome = self.machines.push(builder, signed, observer);
        self.compared = self.compared.saturating_add(1);
        outcome.map_err(|error| match error {
            SideBySideError::Fatal { .. } => Failure::bug(error),
            SideBySideError::Diverged(divergence) => Failure::new(
                Exit::Diverged,
                Problem::new(
                    ProblemCode::EnginesDiverged,
                    divergence.to_string(),
                    "one of the engines is wrong; the block was not committed. Report it with \
                     the scenario and the version of lockstep",
                ),
            ),
        })
    }
}

fn failure(error: &BuildError) -> Failure {
    let (code, help) = match error {
        BuildError::Unknown { .. } => (
            ProblemCode::UnknownEngine,
            "name one of them, several with commas between them, or `lockstep` for all",
        ),
        BuildError::NotBuilt { .. } => (
            ProblemCode::EngineNotBuilt,
            "cargo run --release --features wasmtime -- run SCENARIO --engine NAME",
        ),
        BuildError::Engine(_) => (
            ProblemCode::EngineNotBuilt,
            "use another engine; wasmi and wasmi1 run everywhere",
        ),
    };
    Failure::new(Exit::Usage, Problem::new(code, error.to_string(), help))
}
