//! What the ending of a process says: whether it is an answer at all, and what excuses that there is
//! none.

use std::process::ExitStatus;

use crate::fuzz_det::execution::Execution;
use crate::fuzz_det::way::Way;
use crate::fuzz_det::world::Answer;

/// The answer of a process that gave none.
pub(super) fn stopped(why: String) -> Answer {
    let execution = Execution {
        fatal: Some(why),
        ..Execution::default()
    };
    Answer::Executed(execution, Way::default())
}

/// Whether an interrupt ended a process, which no machine does.
#[cfg(unix)]
pub(super) fn was_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const INTERRUPT: i32 = 2;
    status.signal() == Some(INTERRUPT)
}

/// Interrupts do not end processes by signals here.
#[cfg(not(unix))]
pub(super) fn was_interrupted(_status: ExitStatus) -> bool {
    false
}

/// Whether a process ended because it got no memory: it said so and aborted, or the kernel killed
/// it. Panics, other aborts and other signals are not for want of memory.
#[cfg(unix)]
pub(super) fn had_no_memory(status: ExitStatus, stderr: &str) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const ABORT: i32 = 6;
    const KILL: i32 = 9;
    match status.signal() {
        // The words of Rust's allocation error handler.
        Some(ABORT) => stderr.lines().any(|line| {
            line.strip_prefix("memory allocation of ")
                .is_some_and(|rest| rest.ends_with(" bytes failed"))
        }),
        Some(KILL) => true,
        _ => false,
    }
}

/// Memory is not limited here.
#[cfg(not(unix))]
pub(super) fn had_no_memory(_status: ExitStatus, _stderr: &str) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::had_no_memory;

    #[test]
    fn only_a_failed_allocation_or_the_kernel_excuses_an_ending() {
        // The low byte of a wait status is the signal, the next one the exit code.
        let (abort, segv, kill) = (6, 11, 9);
        let words = "memory allocation of 65536 bytes failed\nnote: run with ...\n";
        let excused = |raw: i32, stderr: &str| had_no_memory(ExitStatus::from_raw(raw), stderr);
        assert!(excused(abort, words));
        assert!(excused(kill, ""));
        assert!(!excused(abort, "thread 'main' has overflowed its stack\n"));
        assert!(!excused(abort, ""));
        assert!(!excused(segv, words));
        assert!(!excused(101 << 8, words));
        assert!(!excused(1 << 8, ""));
    }
}
