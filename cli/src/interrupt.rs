//! Interrupts (Ctrl-C): the first asks the command to stop after the step that is under way, the
//! second ends the process, and the one that it is waiting for.
//!
//! A command that would leave something unfinished behind calls [`catch_interrupts`] before it
//! begins, looks at [`interrupted`] between its steps, and ends with [`interrupt_failure`], which
//! says what was done. All others leave interrupts to the system.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;
use crate::fuzz_det::kill_asked;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Set by the first interrupt.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether interrupts are caught.
static CAUGHT: AtomicBool = AtomicBool::new(false);

/// Whether there was an interrupt.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Lets the first interrupt be seen by [`interrupted`], and the second end the process.
///
/// # Errors
/// When the system does not let the process handle interrupts.
pub(crate) fn catch_interrupts() -> Result<(), Failure> {
    if CAUGHT.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            kill_asked();
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    })
    .map_err(Failure::bug)
}

/// Lets the process outlive what exceeds a limit on the length of its files, so that the write fails
/// instead: a system whose signal for it nobody handles ends the process.
///
/// # Errors
/// When the system does not let the process handle that signal.
#[cfg(unix)]
pub(crate) fn outlive_file_limits() -> std::io::Result<()> {
    let noticed = std::sync::Arc::default();
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, noticed)?;
    Ok(())
}

/// That a command stopped because of an interrupt: what was done and what was not, and how to go
/// on.
pub(crate) fn interrupt_failure(message: impl Into<String>, help: impl Into<String>) -> Failure {
    Failure::new(
        Exit::Interrupted,
        Problem::new(ProblemCode::Interrupted, message, help),
    )
}
