//! `lockstep fuzz execute`: what a world in another process runs. Not for people.

use std::io::Read;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::answer_request;
use crate::problem::Failure;

/// Reads a history from stdin and answers with its execution.
pub(super) fn execute() -> Answer {
    match run() {
        Ok(stdout) => Answer {
            stdout,
            stderr: String::new(),
            exit: Exit::Success,
        },
        Err(failure) => Answer::failure(false, &failure),
    }
}

fn run() -> Result<String, Failure> {
    let mut request = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut request)
        .map_err(Failure::bug)?;
    answer_request(&request)
}
