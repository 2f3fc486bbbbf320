//! Worlds in another process: `lockstep fuzz execute` gets a history as JSON on stdin and answers
//! with the execution on stdout.
//!
//! The process begins at genesis with nothing in its caches, has hash seeds and an address space
//! of its own, and another `environment` in each round. One world also limits its memory: then it
//! either gives the same answer or stops for want of memory. Any other ending is a difference.
//! Where there is a program for it (`launcher`), there are worlds in which the address space is
//! not laid out at random, or the clock is another one. The process may also be that of another
//! build of the same version ([`other_build`]): what a debug build comes to must be what a release
//! build does. `request` is what both sides know, and `way` how the way through the code comes back
//! where that is asked for.

mod child;
mod ended;
mod environment;
mod first_words;
mod launcher;
mod request;
mod rules;
mod way;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use lockstep_engines::EngineKind;

use super::{Answer, Cadence, Variation, World};
use crate::fuzz_det::execution::Execution;
use crate::fuzz_det::history::History;
use crate::fuzz_det::record::Watch;
use crate::fuzz_det::way::Way;
use crate::problem::Failure;
pub(crate) use child::kill_asked;
use child::{Ending, ask, bytes_max, time_max};
use ended::{had_no_memory, stopped, was_interrupted};
use environment::{ENVIRONMENTS, Environment, MEMORY_BYTES};
pub(crate) use first_words::first_words;
use launcher::Launcher;
use request::Request;
pub(crate) use request::answer_request;
pub(crate) use rules::Rules;

/// The `lockstep` binary.
pub(super) struct Program {
    path: PathBuf,
    launchers: Vec<Launcher>,
}

impl Program {
    /// The binary at a path, and what can start it in another way.
    pub(super) fn new(path: PathBuf) -> Program {
        let launchers = Launcher::available(&path);
        Program { path, launchers }
    }
}

/// A world in a new process, on an engine that the program can make by its name.
pub(super) fn fresh(program: &Program, engine: EngineKind) -> Box<dyn World> {
    Box::new(OtherProcess::new(
        &program.path,
        engine,
        "fresh-process",
        Change::None,
    ))
}

/// The worlds in new processes that have one more thing changed.
pub(super) fn changed(program: &Program, engine: EngineKind) -> Vec<Box<dyn World>> {
    let launchers = program.launchers.iter();
    let launched = launchers.map(|launcher| (launcher.world, Change::Launcher(*launcher)));
    std::iter::once(("low-memory", Change::Memory))
        .chain(launched)
        .map(|(name, change)| -> Box<dyn World> {
            Box::new(OtherProcess::new(&program.path, engine, name, change))
        })
        .collect()
}

/// A world in another build of the program, on the base world's engine.
pub(crate) fn other_build(program: PathBuf, base: &str) -> Box<dyn World> {
    let name = format!("binary:{}", program.display());
    let engine = EngineKind::parse(base).unwrap_or_default();
    let world = OtherProcess::new(&program, engine, &name, Change::None);
    Box::new(OtherProcess { one_of: 4, ..world })
}

/// What is changed beside the environment.
enum Change {
    None,
    /// It gets little memory.
    Memory,
    /// Another program starts it.
    Launcher(Launcher),
}

/// Executes in a new process.
struct OtherProcess {
    program: PathBuf,
    engine: EngineKind,
    name: String,
    change: Change,
    /// It takes part in one of so many candidates.
    one_of: u64,
    environment: &'static Environment,
    /// How much memory it gets, where that is limited.
    memory_bytes: u64,
    /// How long the base world took for the same.
    base_took: Duration,
    /// Whether it once gave no answer in time.
    is_late: bool,
}

impl OtherProcess {
    fn new(program: &Path, engine: EngineKind, name: &str, change: Change) -> OtherProcess {
        OtherProcess {
            program: program.to_path_buf(),
            engine,
            name: name.to_string(),
            change,
            one_of: 32,
            environment: &ENVIRONMENTS[0],
            memory_bytes: MEMORY_BYTES[0],
            base_took: Duration::ZERO,
            is_late: false,
        }
    }
}

impl World for OtherProcess {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn about(&self) -> String {
        let about = match &self.change {
            Change::None => "a new process with another environment and folder",
            Change::Memory => "a process with little memory: the same answer, or it stops",
            Change::Launcher(launcher) => launcher.about,
        };
        about.to_string()
    }

    fn cadence(&self) -> Cadence {
        Cadence::OneOf(self.one_of)
    }

    fn variations(&self) -> Vec<Variation> {
        match self.change {
            Change::Memory => environment::limited(),
            Change::None | Change::Launcher(_) => environment::unlimited(),
        }
    }

    fn vary(&mut self, round: usize) {
        self.environment = Environment::of(round);
        self.memory_bytes = MEMORY_BYTES[round % MEMORY_BYTES.len()];
    }

    fn base_took(&mut self, time: Duration) {
        self.base_took = time;
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        if self.is_late && watch != Watch::Calls {
            return Ok(stopped("the process was not asked for its way".to_string()));
        }
        let is_limited = matches!(self.change, Change::Memory);
        let limit = is_limited.then_some(self.memory_bytes);
        let request = Request::new(history, self.engine, (watch, limit));
        let request = serde_json::to_vec(&request).map_err(Failure::bug)?;
        let mut ending = self.start(&request)?;
        if ending.status.is_some_and(was_interrupted) {
            // It was met before it had a group of its own. A second interrupt ends this process.
            ending = self.start(&request)?;
        }
        if ending.is_too_long {
            let mebibytes = bytes_max(self.base_took) >> 20;
            let fatal = format!("the process wrote more than {mebibytes} MiB and was killed");
            return Ok(stopped(fatal));
        }
        let Some(status) = ending.status else {
            let seconds = time_max(self.base_took, self.is_late).as_secs();
            self.is_late = true;
            let fatal = format!("the process gave no answer within {seconds} s and was killed");
            return Ok(stopped(fatal));
        };
        let stderr = String::from_utf8_lossy(&ending.stderr);
        if status.success() {
            let execution = match serde_json::from_slice::<Execution>(&ending.stdout) {
                Ok(execution) => execution,
                Err(error) => return Ok(stopped(format!("the process gave no answer: {error}"))),
            };
            if limit.is_some() && execution.out_of_memory {
                return Ok(Answer::Stopped);
            }
            let way = match watch {
                Watch::Calls => Way::default(),
                // What cannot be read tells no way.
                Watch::Segments { .. } | Watch::Results { .. } => {
                    way::read(&ending.stdout).unwrap_or_default()
                }
            };
            return Ok(Answer::Executed(history.after_start(execution), way));
        }
        if limit.is_some() && had_no_memory(status, &stderr) {
            return Ok(Answer::Stopped);
        }
        let said = stderr.lines().next().unwrap_or_default();
        Ok(stopped(format!("the process ended with {status}: {said}")))
    }
}

impl OtherProcess {
    /// Starts the process, hands it the request, and waits for its end.
    fn start(&self, request: &[u8]) -> Result<Ending, Failure> {
        let mut command = match &self.change {
            Change::Launcher(launcher) => launcher.command(&self.program),
            Change::None | Change::Memory => Command::new(&self.program),
        };
        command.args(["fuzz", "execute"]).env_clear();
        match self.change {
            Change::Memory => command.envs(self.environment.variables_when_limited()),
            _ => command.envs(self.environment.variables.iter().copied()),
        };
        command.current_dir(std::env::temp_dir());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // An interrupt that a terminal sends to its whole group is for the search alone, which
            // then waits for the answer.
            command.process_group(0);
            // A launcher goes by its own name.
            if !matches!(self.change, Change::Launcher(_)) {
                command.arg0(self.environment.program_name());
            }
        }
        let time = time_max(self.base_took, self.is_late);
        ask(command, request, (time, bytes_max(self.base_took)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lockstep_abi::AccountId;
    use lockstep_engines::EngineKind;

    use super::{Change, OtherProcess};
    use crate::fuzz_det::history::{Genesis, History};
    use crate::fuzz_det::record::Watch;
    use crate::fuzz_det::world::{Answer, World};

    fn world_of(program: &str) -> OtherProcess {
        OtherProcess::new(
            Path::new(program),
            EngineKind::default(),
            "other",
            Change::None,
        )
    }

    #[test]
    fn a_process_that_was_late_is_not_asked_for_its_way() {
        let genesis = Genesis {
            chain_id: 1,
            fee_collector: AccountId([1; 32]),
            block_gas_limit: 1,
            balances: std::collections::BTreeMap::new(),
        };
        let history = History::new(genesis, Vec::new());
        let way = Watch::Segments {
            block: 0,
            transaction: 0,
            stretch: 0,
        };
        let mut world = world_of("/none");
        let failure = world
            .execute(&history, way)
            .err()
            .expect("it is not there")
            .to_string();
        assert!(failure.contains("/none does not start"), "{failure}");
        world.is_late = true;
        let answer = world.execute(&history, way).expect("it is not started");
        assert!(matches!(answer, Answer::Executed(_, way) if way.is_empty()));
    }
}
