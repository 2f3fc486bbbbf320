//! A difference between engines as a bundle, for `lockstep replay --engine NAME`.
//!
//! The block in which engines differ is dropped, so what the bundle says comes from another run: of
//! the scenario up to that transaction, on the reference interpreter alone. A replay on the engine
//! that differs finds the difference again.

use std::path::Path;

use lockstep_engines::{Divergence, EngineKind};
use lockstep_state_trie::MemoryStore;

use super::{Bundled, EngineChoice, run_and_bundle};
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// Where engines differ, and which one differs from the reference interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diverged {
    /// The block's height and the transaction's number in it, both from 1.
    place: (u64, u64),
    engine: &'static str,
}

impl Diverged {
    pub(super) fn new(place: (u64, u64), divergence: &Divergence) -> Diverged {
        let reference = EngineKind::default().name();
        let engine = match divergence.second.name == reference {
            true => divergence.first.name,
            false => divergence.second.name,
        };
        Diverged { place, engine }
    }
}

/// Writes the bundle and names it in the failure. When it cannot be written, says why in its place:
/// the difference is still what ends the command.
pub(super) fn with_bundle(
    mut failure: Failure,
    scenario: &Scenario,
    diverged: &Diverged,
    file: &Path,
) -> Failure {
    match write_bundle(scenario, diverged.place, file) {
        Ok(()) => {
            let (file, engine) = (file.display(), diverged.engine);
            for problem in &mut failure.problems {
                problem.help = format!(
                    "one of the engines is wrong; the block was not committed. `lockstep replay \
                     {file} --engine {engine}` shows it; report it with {file}"
                );
            }
        }
        Err(other) => failure.problems.extend(other.problems),
    }
    failure
}

fn write_bundle(scenario: &Scenario, place: (u64, u64), file: &Path) -> Result<(), Failure> {
    let shorter = up_to(scenario, place);
    let engines = EngineChoice::default();
    let run = run_and_bundle(
        MemoryStore::new(),
        &shorter,
        (&engines, false),
        Bundled::All,
    );
    write_atomically(file, &run?.1)
}

/// The scenario with nothing after a transaction.
fn up_to(scenario: &Scenario, (height, number): (u64, u64)) -> Scenario {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut shorter = scenario.clone();
    shorter.blocks.truncate(count(height));
    if let Some(last) = shorter.blocks.last_mut() {
        last.steps.truncate(count(number));
    }
    shorter
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use lockstep_abi::HostFunction;
    use lockstep_engines::SideBySide;
    use lockstep_gas_meter::{PreparedModule, Protocol};
    use lockstep_state_trie::{MemoryStore, Trie};
    use lockstep_vm::{
        Bundle, Call, Chain, CompiledModule, Engine, EngineError, EngineIdentity, FinalState,
        HostCalls, Machine, Meter, NoObserver, ReplayError, Run, Unwind, WasmiEngine, replay,
    };

    use crate::exit::Exit;
    use crate::run::engines::Beside;
    use crate::run::{Alone, EngineChoice, run_on};
    use crate::scenario::load;

    /// An engine that loses a gas with every write to the storage.
    struct Faulty;

    struct FaultyModule(Box<dyn CompiledModule>);

    struct FaultyHost<'h>(&'h mut dyn HostCalls);

    impl Engine for Faulty {
        fn identity(&self) -> EngineIdentity {
            EngineIdentity {
                name: "faulty",
                version: "0",
            }
        }

        fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
            Ok(Box::new(FaultyModule(WasmiEngine::new().compile(module)?)))
        }
    }

    impl CompiledModule for FaultyModule {
        fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
            self.0.run(call, &mut FaultyHost(host))
        }
    }

    impl HostCalls for FaultyHost<'_> {
        fn call(
            &mut self,
            function: HostFunction,
            args: &[u64],
            memory: &mut [u8],
            meter: &mut Meter,
        ) -> Result<Option<u64>, Unwind> {
            if function == HostFunction::StorageWrite {
                meter.gas -= 1;
            }
            self.0.call(function, args, memory, meter)
        }

        fn wants_final_state(&self) -> bool {
            self.0.wants_final_state()
        }

        fn final_state(&mut self, left: FinalState<'_>) {
            self.0.final_state(left);
        }
    }

    fn machine(engine: impl Engine + 'static) -> Machine {
        Machine::new(Protocol::v1(), Box::new(engine))
    }

    #[test]
    fn a_difference_is_written_as_a_bundle_that_shows_it() {
        let folder =
            std::env::temp_dir().join(format!("lockstep-difference-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file: PathBuf = folder.join("it.bundle");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let path = root.join("contracts/scenarios/token.toml");
        let scenario = load(&path, "token.toml").unwrap_or_else(|failure| panic!("{failure}"));

        let mut beside = Beside::new(SideBySide::with_machines(vec![machine(Faulty)]));
        let chain = Chain::new(Trie::new(MemoryStore::new()), machine(WasmiEngine::new()));
        let run = run_on(
            chain,
            &scenario,
            &mut Alone::default(),
            (&mut beside, false),
        );
        let failure = run.err().expect("the engines differ");
        let diverged = beside.diverged.expect("there is a difference");
        let engines = EngineChoice::default().with_difference_file(file.clone());
        let failure = engines.bundle_difference(failure, &scenario, &diverged);
        assert_eq!(failure.exit, Exit::Mismatch);
        let help = &failure.problems[0].help;
        assert!(help.contains("--engine faulty"), "{help}");

        let bytes = std::fs::read(&file).expect("it was written");
        let bundle = Bundle::from_bytes(&bytes).expect("it is a bundle");
        let confirmed = replay(&bundle, &mut machine(WasmiEngine::new()), &mut NoObserver);
        confirmed.expect("it says what the reference comes to");
        match replay(&bundle, &mut machine(Faulty), &mut NoObserver) {
            Err(ReplayError::Diverged(found)) => {
                let (height, number) = diverged.place;
                assert_eq!(found.place.height, height);
                assert_eq!(found.place.transaction.map(|it| it as u64), Some(number));
            }
            other => panic!("the replay came to {other:?}"),
        }
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }
}
