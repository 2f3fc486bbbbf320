//! The arguments of the `lockstep` command, and the way from them to streams and exit code.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::answer::Answer;
use crate::command::{
    CallArguments, FuzzCommand, GasCommand, ReplayArguments, RunArguments, StateCommand,
    call_command, check, explain, fuzz, gas, meter, replay_command, run_command, state_command,
    strip,
};
use crate::exit::Exit;
use crate::output_file::unwritable;

/// Checks, meters and runs deterministic smart contracts.
#[derive(Debug, Parser)]
#[command(name = "lockstep", version, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 bug in lockstep or broken machine or store, \
    2 wrong usage or input, 3 module refused, 4 transaction failed unexpectedly, \
    5 expectation not met, 6 snapshot drifted, 7 results differ, 8 nothing matched, \
    9 try again later (state in use, disk full), 130 interrupted.\n\
    The result is on stdout, everything else on stderr. `--json` prints one document.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Execute a scenario and compare what happens with what it expects
    Run(RunArguments),
    /// Call a method of a contract, after a scenario or on a state that is kept
    Call(CallArguments),
    /// Execute a bundle without any state beside it, and compare what comes out with what it says
    Replay(ReplayArguments),
    /// Look at, prove and look after a state that `run --state` has made
    State {
        #[command(subcommand)]
        command: StateCommand,
    },
    /// List every reason why a module is refused, or describe it
    Check {
        /// The module, binary (.wasm) or text (.wat)
        file: PathBuf,
        /// Print one JSON document (schema lockstep.check/1)
        #[arg(long)]
        json: bool,
    },
    /// Write the instrumented module
    Meter {
        /// The module, binary (.wasm) or text (.wat)
        file: PathBuf,
        /// The file to write
        #[arg(short, long, value_name = "OUT.wasm")]
        output: PathBuf,
        /// Print one JSON document (schema lockstep.meter/1)
        #[arg(long)]
        json: bool,
    },
    /// See where gas goes, and whether it changed
    Gas {
        #[command(subcommand)]
        command: GasCommand,
    },
    /// Look for results that are not the same everywhere
    Fuzz {
        #[command(subcommand)]
        command: FuzzCommand,
    },
    /// Take names and debug information out of a module, and keep them in a file beside it
    Strip {
        /// The module as the compiler made it (.wasm)
        file: PathBuf,
        /// The file to write
        #[arg(short, long, value_name = "OUT.wasm")]
        output: PathBuf,
        /// The folder for names and source lines; `debug` beside the output unless stated
        #[arg(long, value_name = "FOLDER")]
        debug: Option<PathBuf>,
        /// Print one JSON document (schema lockstep.strip/1)
        #[arg(long)]
        json: bool,
    },
    /// Say what a code means; without a code, list all codes
    Explain {
        /// A code that another command printed, for example LS0202 or out_of_gas, or the number of a
        /// status
        code: Option<String>,
        /// Print one JSON document (schema lockstep.explain/1)
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command that the process was started with. A panic is a bug and ends with code 1.
pub fn main() -> ExitCode {
    #[cfg(unix)]
    let _ = crate::interrupt::outlive_file_limits();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => return tell(&told),
    };
    let answer = std::panic::catch_unwind(|| answer(&arguments.command));
    let Ok(answer) = answer else {
        return Exit::Bug.into();
    };
    let written = io::stdout().write_all(answer.stdout.as_bytes());
    let _ = io::stderr().lock().write_all(answer.stderr.as_bytes());
    end(written, answer.exit)
}

/// Tells what the parser of the arguments has to say: help and version on stdout, wrong usage on
/// stderr.
fn tell(told: &clap::Error) -> ExitCode {
    let written = told.print();
    match told.use_stderr() {
        true => Exit::Usage.into(),
        false => end(written, Exit::Success),
    }
}

/// Ends the process with `exit`, if stdout could be written. A reader that has gone away is not a
/// failure of the command.
fn end(written: io::Result<()>, exit: Exit) -> ExitCode {
    let error = match written.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => error,
        _ => return exit.into(),
    };
    let mut failure = unwritable(Path::new("the result to stdout"), &error);
    if let Some(problem) = failure.problems.last_mut() {
        problem.help = REPORT_LOST.to_string();
    }
    let _ = io::stderr()
        .lock()
        .write_all(failure.to_string().as_bytes());
    failure.exit.into()
}

/// What is said when stdout could not be written, behind the command's work.
const REPORT_LOST: &str = "the command has done its work, and only the report is lost: make room, and \
                           do not start it again if it changes a state";

fn answer(command: &Command) -> Answer {
    match command {
        Command::Run(arguments) => run_command(arguments),
        Command::Call(arguments) => call_command(arguments),
        Command::Replay(arguments) => replay_command(arguments),
        Command::State { command } => state_command(command),
        Command::Check { file, json } => check(file, *json),
        Command::Meter { file, output, json } => meter(file, output, *json),
        Command::Gas { command } => gas(command),
        Command::Fuzz { command } => fuzz(command),
        Command::Strip {
            file,
            output,
            debug,
            json,
        } => strip(file, output, debug.as_deref(), *json),
        Command::Explain { code, json } => explain(code.as_deref(), *json),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
