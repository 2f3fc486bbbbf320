//! `lockstep fuzz execute`: what a world in another process runs. Not for people.

use std::io::Read;

use clap::Args;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{Rules, answer_request};
use crate::problem::Failure;

/// The arguments.
#[derive(Debug, Args)]
pub struct ExecuteArguments {
    /// Print what this build goes by as JSON, and execute nothing
    #[arg(long)]
    rules: bool,
}

/// Reads a history from stdin and answers with its execution.
pub(super) fn execute(arguments: &ExecuteArguments) -> Answer {
    let answered = match arguments.rules {
        true => Ok(Rules::own().to_json()),
        false => run(),
    };
    match answered {
        Ok(stdout) => Answer {
            stdout,
            stderr: String::new(),
            exit: Exit::Success,
        },
        Err(failure) => Answer::failure(false, &failure),
    }
}

fn run() -> Result<String, Failure> {
    end_with_parent();
    let mut request = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut request)
        .map_err(Failure::bug)?;
    answer_request(&request)
}

/// Lets the system kill this process when the thread that started it ends: that one waits for the
/// answer, so nobody wants it any more then.
#[cfg(target_os = "linux")]
fn end_with_parent() {
    use rustix::process::{Signal, set_parent_process_death_signal};
    // Without it a search that is killed leaves this process to its answer.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// A search that is killed leaves this process to its answer here.
#[cfg(not(target_os = "linux"))]
fn end_with_parent() {}
