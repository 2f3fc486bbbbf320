//! Which engines a run uses: one, or several in lockstep.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockstep_engines::{BuildError, DiskCacheStatistics, DiskCodeCache, EngineKind, SideBySide};
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Engine, Machine};

use super::beside::Beside;
use super::divergence::{Diverged, with_bundle};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::refuse_folder_of_state;
use crate::value::counted;

/// The name that stands for every engine, in lockstep.
const LOCKSTEP: &str = "lockstep";

/// The engines of a run, by name.
#[derive(Clone, Debug, Default)]
pub struct EngineChoice {
    /// The engine whose results are reported.
    first: EngineKind,
    /// Those that must come to the same.
    beside: Vec<EngineKind>,
    /// Where native engines keep what they compile.
    disk: Option<Arc<DiskCodeCache>>,
    /// Where a difference between engines is written.
    difference_file: Option<PathBuf>,
}

impl EngineChoice {
    /// Reads `--engine`: an engine's name, several with commas between them, or `lockstep` for
    /// all.
    ///
    /// # Errors
    /// When there is no such engine, it is named twice, or it is not built in. `lockstep` needs the
    /// native tier.
    pub fn parse(text: &str) -> Result<EngineChoice, Failure> {
        if text == LOCKSTEP {
            EngineKind::parse(EngineKind::Wasmtime.name())
                .map_err(|error| engine_unusable(&error))?;
            let first = EngineKind::default();
            let beside = EngineKind::available().filter(|kind| *kind != first);
            return Ok(EngineChoice {
                first,
                beside: beside.collect(),
                ..EngineChoice::default()
            });
        }
        refuse_unusual_list(text)?;
        let mut kinds = text.split(',').map(EngineKind::parse);
        let first = kinds.next().unwrap_or(Ok(EngineKind::default()));
        Ok(EngineChoice {
            first: first.map_err(|error| engine_unusable(&error))?,
            beside: kinds
                .collect::<Result<_, _>>()
                .map_err(|error| engine_unusable(&error))?,
            ..EngineChoice::default()
        })
    }

    /// Whether they can come to different results: whether there are several, or one that fails where
    /// wasmi does not.
    pub fn may_differ(&self) -> bool {
        !self.beside.is_empty() || self.first != EngineKind::default()
    }

    /// The same engines, of which the native ones keep compiled code in this directory, if one is
    /// given.
    ///
    /// # Errors
    /// When no engine is native, or the directory cannot be used, is a state's, or is not the user's
    /// alone.
    pub fn with_code_cache(mut self, directory: Option<&Path>) -> Result<EngineChoice, Failure> {
        let Some(directory) = directory else {
            return Ok(self);
        };
        let native = self.first.is_native() || self.beside.iter().any(|kind| kind.is_native());
        if !native {
            let message = format!("{} keeps no compiled code on disk", self.first);
            let help = "leave out --code-cache, or name an engine that compiles: \
                        --engine wasmtime, winch or lockstep";
            let problem = Problem::new(ProblemCode::CodeCache, message, help);
            return Err(Failure::new(Exit::Usage, problem));
        }
        refuse_folder_of_state(directory)?;
        let disk = DiskCodeCache::open(directory).map_err(|error| {
            let help = "name a directory of your own that others cannot write to; it is made \
                        when it is not there";
            let problem = Problem::new(ProblemCode::CodeCache, error.to_string(), help);
            Failure::new(Exit::Usage, problem)
        })?;
        self.disk = Some(Arc::new(disk));
        Ok(self)
    }

    /// The same engines. Should they come to different results, or one of them to none, the
    /// transactions up to there are written to this file, as a bundle that says what the reference
    /// interpreter comes to.
    #[must_use]
    pub fn with_difference_file(mut self, file: PathBuf) -> EngineChoice {
        self.difference_file = Some(file);
        self
    }

    /// Writes the bundle of a difference, if there is a file for it, and says so. The function makes
    /// it, on wasmi.
    pub(super) fn bundle_difference(
        &self,
        failure: Failure,
        diverged: &Diverged,
        make: impl FnOnce() -> Result<Vec<u8>, Failure>,
    ) -> Failure {
        let Some(file) = &self.difference_file else {
            return failure;
        };
        let bundle = make();
        let failure = match &bundle {
            Ok(bytes) if !diverged.exact => match self.of_difference(diverged) {
                Ok((mut machine, mut beside)) => {
                    diverged.exactly(failure, bytes, (&mut machine, &mut beside))
                }
                Err(_) => failure,
            },
            _ => failure,
        };
        with_bundle(failure, bundle, diverged, file)
    }

    /// The engines that differ, with nothing in their caches.
    fn of_difference(&self, diverged: &Diverged) -> Result<(Machine, SideBySide), Failure> {
        let mut engines = EngineChoice::parse(&diverged.engines)?;
        engines.disk.clone_from(&self.disk);
        let protocol = Protocol::v1();
        let machine = Machine::new(protocol.clone(), engines.first()?);
        Ok((machine, engines.side_by_side(&protocol)?))
    }

    /// The engine whose results are reported.
    pub(crate) fn first(&self) -> Result<Box<dyn Engine>, Failure> {
        self.build(self.first)
    }

    /// The others, ready to run the same transactions.
    pub(crate) fn side_by_side(&self, protocol: &Protocol) -> Result<SideBySide, Failure> {
        let machines = self
            .beside
            .iter()
            .map(|kind| Ok(Machine::new(protocol.clone(), self.build(*kind)?)))
            .collect::<Result<_, Failure>>()?;
        Ok(SideBySide::with_machines(machines))
    }

    /// The others, for a run.
    pub(super) fn beside(&self, protocol: &Protocol) -> Result<Beside, Failure> {
        self.side_by_side(protocol).map(Beside::new)
    }

    fn build(&self, kind: EngineKind) -> Result<Box<dyn Engine>, Failure> {
        let engine = kind.build_with(self.disk.as_ref());
        engine.map_err(|error| engine_unusable(&error))
    }

    /// What was compared and what came from the disk, for people.
    pub(crate) fn summary(&self, compared: u64) -> String {
        let mut lines = String::new();
        if !self.beside.is_empty() {
            let names: Vec<&str> = self.beside.iter().map(|kind| kind.name()).collect();
            lines = format!(
                "{} on {}, each equal on {}: receipt, state changes, and \
                 gas, arguments, result and bytes of every host call\n",
                counted(compared, "transaction"),
                self.first,
                names.join(", "),
            );
        }
        if let Some(disk) = &self.disk {
            lines.push_str(&cache_lines(&disk.statistics()));
        }
        lines
    }
}

/// What was done with the directory of compiled code.
fn cache_lines(statistics: &DiskCacheStatistics) -> String {
    let (hits, written) = (statistics.hits, statistics.written);
    let mut lines = format!("compiled code: {hits} from disk, {written} written\n");
    for (path, reason) in &statistics.refused {
        lines.push_str(&format!(
            "{} was refused and built again: {reason}\n",
            path.display()
        ));
    }
    lines.push_str(&further(
        "refused and built again",
        (statistics.refused_count, statistics.refused.len()),
    ));
    for (path, reason) in &statistics.unwritten {
        lines.push_str(&format!(
            "{} could not be written: {reason}\n",
            path.display()
        ));
    }
    lines.push_str(&further(
        "not written",
        (statistics.unwritten_count, statistics.unwritten.len()),
    ));
    lines
}

/// That there are more files than those that were named.
fn further(what: &str, (all, named): (u64, usize)) -> String {
    match all.saturating_sub(u64::try_from(named).unwrap_or(u64::MAX)) {
        0 => String::new(),
        more => format!("{what}, too: {}\n", counted(more, "file")),
    }
}

/// Refuses a list that would compare an engine with itself, or that has `lockstep` in it.
fn refuse_unusual_list(text: &str) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    let twice = text.split(',').find(|name| !seen.insert(*name));
    let (message, help) = if seen.contains(LOCKSTEP) {
        let message = format!("{LOCKSTEP} stands for all engines, so no other is named beside it");
        (
            message,
            format!("write --engine {LOCKSTEP}, or leave it out"),
        )
    } else if let Some(name) = twice {
        let help = "name each engine once: one that is compared with itself shows nothing";
        (format!("--engine names {name} twice"), help.to_string())
    } else {
        return Ok(());
    };
    let problem = Problem::new(ProblemCode::UnknownEngine, message, help);
    Err(Failure::new(Exit::Usage, problem))
}

/// That an engine cannot be had, and what to do.
pub(crate) fn engine_unusable(error: &BuildError) -> Failure {
    let (code, help) = match error {
        BuildError::Unknown { .. } => (
            ProblemCode::UnknownEngine,
            "name one of them; `run`, `call` and `replay` take several, too, with commas between them, or \
             `lockstep` alone for all",
        ),
        BuildError::NotBuilt { .. } => (
            ProblemCode::EngineNotBuilt,
            "write `cargo run --release --features wasmtime --` in place of `lockstep`; without it \
             `--engine wasmi,wasmi1` compares the two interpreters",
        ),
        BuildError::Engine(_) => (
            ProblemCode::EngineNotBuilt,
            "use another engine; wasmi and wasmi1 run everywhere",
        ),
    };
    Failure::new(Exit::Usage, Problem::new(code, error.to_string(), help))
}
