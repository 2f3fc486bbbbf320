//! Interrupts (Ctrl-C): the first asks the command to stop after the step that is under way, the
//! second ends the process, and the one that it is waiting for.
//!
//! A command that would leave something unfinished behind calls [`catch_interrupts`] before it
//! begins, looks at [`interrupted`] between its steps, and ends with [`interrupt_failure`], which
//! says what was done. All others leave interrupts to the system.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;
use crate::fuzz_det::kill_asked;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Set by the first interrupt.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether interrupts are caught.
static CAUGHT: AtomicBool = AtomicBool::new(false);

/// Whether the first interrupt is answered on stderr.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// What is said at the first interrupt, because the step that is under way may take a while.
pub(crate) const STOPPING: &str =
    "interrupted: stopping after this step; once more ends the process at once";

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
        if ANSWERED.load(Ordering::SeqCst) {
            // A stderr that nobody reads must not keep the second interrupt from being met.
            let _ = std::thread::Builder::new().spawn(answer);
        }
    })
    .map_err(Failure::bug)
}

/// As [`catch_interrupts`], and the first is answered on stderr at once. For commands whose steps may
/// take long, and nobody else says that an interrupt was met.
///
/// # Errors
/// As [`catch_interrupts`].
pub(crate) fn answer_interrupts() -> Result<(), Failure> {
    ANSWERED.store(true, Ordering::SeqCst);
    catch_interrupts()
}

fn answer() {
    let mut stderr = std::io::stderr().lock();
    let before = if stderr.is_terminal() {
        "\r\x1b[2K"
    } else {
        ""
    };
    // Nobody who does not read stderr misses anything.
    let _ = writeln!(stderr, "{before}{STOPPING}");
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
