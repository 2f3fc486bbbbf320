//! Asking another process: what it is given on stdin, what it answers, and its end.
//!
//! A process that gives no answer for a long time is killed, and that is its answer; so is one that
//! writes without end. The one that is being asked is known to the whole program, so that an end by
//! a second interrupt takes it along ([`kill_asked`]): it has a group of its own, which no terminal
//! interrupts.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::calibrate::clock::Deadline;
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// How long a process may take for its answer at least. The same history takes a moment here.
const TIME_MIN: Duration = Duration::from_secs(900);

/// The same once it gave no answer in time, so that cutting this down ends some day.
const TIME_MIN_WHEN_LATE: Duration = Duration::from_secs(30);

/// How many times as long as the base world a process may take in any case: a build without
/// optimisations is slow, and wrong by no means.
const SLOWER_MAX: u32 = 100;

/// How many bytes of an answer are read in any case.
const ANSWER_BYTES_MIN: u64 = 256 << 20;

/// How many bytes of an answer are read for each millisecond that the base world took. It cannot have
/// come to as many: it hashes each host call, and one takes 200 bytes here.
const ANSWER_BYTES_PER_MS: u64 = 4 << 20;

/// How many bytes of what a process says on stderr are kept.
const WORDS_BYTES_MAX: u64 = 1 << 20;

/// How long to wait for the words of a process that has ended: what it has started may keep its
/// stderr open.
const WORDS_TIME_MAX: Duration = Duration::from_secs(2);

/// How often to look whether a process that has said all has ended.
const TICK: Duration = Duration::from_millis(2);

/// The processes that are being asked, by their numbers: one, and in tests several at a time.
static ASKED: Mutex<BTreeMap<u32, Child>> = Mutex::new(BTreeMap::new());

/// How a process has ended.
pub(super) struct Ending {
    /// `None` if it gave no answer in time, or too long a one, and was killed.
    pub(super) status: Option<ExitStatus>,
    /// Whether it wrote more than it may.
    pub(super) is_too_long: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// How long a process may take for an answer that took the base world so long, by whether it once gave
/// none in time.
pub(super) fn time_max(base_took: Duration, is_late: bool) -> Duration {
    let least = match is_late {
        false => TIME_MIN,
        true => TIME_MIN_WHEN_LATE,
    };
    base_took.saturating_mul(SLOWER_MAX).max(least)
}

/// How many bytes an answer may have that took the base world so long.
pub(super) fn bytes_max(base_took: Duration) -> u64 {
    let milliseconds = u64::try_from(base_took.as_millis()).unwrap_or(u64::MAX);
    milliseconds
        .saturating_mul(ANSWER_BYTES_PER_MS)
        .max(ANSWER_BYTES_MIN)
}

/// Starts a process, hands it the request, and waits for its end, at most so long and as long as its
/// answer has no more than so many bytes.
///
/// # Errors
/// When it cannot be started.
pub(super) fn ask(
    mut command: Command,
    request: &[u8],
    (time_max, bytes_max): (Duration, u64),
) -> Result<Ending, Failure> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let end = Deadline::after(time_max);
    let started = command.stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| unstarted(command, &error))?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let number = child.id();
    asked().insert(number, child);
    let request = request.to_vec();
    // A process that has stopped reads no more, and its ending says so.
    std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&request)));
    let (stdout, stderr) = (read(stdout, bytes_max), read(stderr, WORDS_BYTES_MAX));
    let answer = stdout.recv_timeout(time_max);
    let is_too_long = answer.as_ref().is_ok_and(|answer| answer.is_cut);
    let status = match answer {
        Ok(_) if !is_too_long => ended(number, &end),
        _ => None,
    };
    // The lock is not held while the process is waited for: a second interrupt needs it.
    let unfinished = asked().remove(&number);
    if let Some(mut child) = unfinished {
        kill(&mut child);
        child.wait().map_err(Failure::bug)?;
    }
    Ok(Ending {
        stderr: match status {
            Some(_) => {
                stderr
                    .recv_timeout(WORDS_TIME_MAX)
                    .unwrap_or_default()
                    .bytes
            }
            None => Vec::new(),
        },
        status,
        is_too_long,
        stdout: answer.unwrap_or_default().bytes,
    })
}

/// Waits until a process that is being asked has ended, which is known to nobody then.
fn ended(number: u32, end: &Deadline) -> Option<ExitStatus> {
    loop {
        let mut asked = asked();
        if let Ok(Some(status)) = asked.get_mut(&number)?.try_wait() {
            asked.remove(&number);
            return Some(status);
        }
        drop(asked);
        if end.is_over() {
            return None;
        }
        std::thread::sleep(TICK);
    }
}

/// That a process could not be started.
fn unstarted(command: &Command, error: &std::io::Error) -> Failure {
    let program = Path::new(command.get_program());
    // Of a process that runs, the system knows the program.
    let real = std::fs::read_link(program).ok();
    let real = real.filter(|_| program.starts_with("/proc"));
    let program: PathBuf = real.unwrap_or_else(|| program.to_path_buf());
    let message = format!("{} does not start: {error}", program.display());
    let help = "leave the program of a world where it is while a search runs";
    let problem = Problem::new(ProblemCode::UnknownWorld, message, help);
    Failure::new(Exit::Transient, problem)
}

/// Kills the process that is being asked, if any is.
pub(crate) fn kill_asked() {
    asked().values_mut().for_each(kill);
}

fn asked() -> MutexGuard<'static, BTreeMap<u32, Child>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was read of a pipe.
#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    /// Whether there was more.
    is_cut: bool,
}

/// Reads a pipe to its end. What comes behind so many bytes is not kept.
fn read(pipe: Option<impl Read + Send + 'static>, bytes_max: u64) -> Receiver<Said> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let Some(mut pipe) = pipe else {
            return;
        };
        let mut bytes = Vec::new();
        // What was read before a failure is the answer then, and is no good one.
        let _ = pipe.by_ref().take(bytes_max).read_to_end(&mut bytes);
        let more = pipe.read(&mut [0]);
        let is_cut = more.is_ok_and(|length| length > 0);
        // Nobody receives it when the process was given up.
        let _ = sender.send(Said { bytes, is_cut });
        // A process whose words nobody reads would stop.
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    });
    receiver
}

/// Kills a process with all of its group, in which there is whatever it has started.
#[cfg(unix)]
fn kill(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // One that has ended already needs none of it.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

/// Kills a process.
#[cfg(not(unix))]
fn kill(child: &mut Child) {
    let _ = child.kill();
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::time::Duration;

    use super::{ask, bytes_max, time_max};

    /// What an answer may have here.
    const BYTES_MAX: u64 = 1 << 20;

    #[test]
    fn a_process_has_as_much_time_as_a_slow_build_needs_and_less_once_it_was_late() {
        let seconds = |is_late, base_took| {
            let base_took = Duration::from_millis(base_took);
            time_max(base_took, is_late).as_secs()
        };
        assert_eq!((seconds(false, 10), seconds(false, 60_000)), (900, 6_000));
        assert_eq!((seconds(true, 10), seconds(true, 60_000)), (30, 6_000));
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).process_group(0);
        command
    }

    /// Whether the process of this number, as text, has ended. Where processes are no files it is
    /// not known.
    fn has_ended(number: &str) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", number.trim()));
        status.map_or(true, |status| status.contains(") Z "))
    }

    #[test]
    fn a_process_that_gives_no_answer_is_killed_with_what_it_started() {
        let name = format!("lockstep-asked-{}", std::process::id());
        let file = std::env::temp_dir().join(name);
        let script = "echo early; sleep 1000 & echo $! >";
        let late = shell(&format!("{script} {}; wait; echo late", file.display()));
        let ending = ask(late, b"", (Duration::from_secs(2), BYTES_MAX)).expect("it starts");
        assert!(ending.status.is_none());
        let number = std::fs::read_to_string(&file).expect("it was started");
        let ended = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            has_ended(&number)
        });
        assert!(ended, "{number} still runs");
        std::fs::remove_file(file).expect("it is there");

        let echo = shell("cat; echo words >&2");
        let ending = ask(echo, b"request", (Duration::from_secs(100), 7)).expect("it starts");
        assert!(ending.status.is_some_and(|status| status.success()));
        assert_eq!(ending.stdout, b"request");
        assert!(!ending.is_too_long);
        assert_eq!(ending.stderr, b"words\n");
    }

    #[test]
    fn a_process_that_writes_without_end_is_killed() {
        let endless = shell("exec yes");
        let limits = (Duration::from_secs(100), BYTES_MAX);
        let ending = ask(endless, b"", limits).expect("it starts");
        assert!(ending.status.is_none() && ending.is_too_long);
        assert_eq!(ending.stdout.len(), 1 << 20);
        // What it says besides is read and not kept.
        let chatty = shell("head -c 2000000 /dev/zero >&2; echo done");
        let ending = ask(chatty, b"", limits).expect("it starts");
        assert!(ending.status.is_some_and(|status| status.success()));
        assert_eq!((ending.stderr.len(), ending.stdout.len()), (1 << 20, 5));
        let of_seconds = |seconds| bytes_max(Duration::from_secs(seconds)) >> 20;
        assert_eq!((of_seconds(0), of_seconds(1)), (256, 4_000));
    }

    #[test]
    fn what_a_process_leaves_open_or_does_not_end_is_not_waited_for() {
        let silent = shell("exec sleep 1000 >&- 2>&-");
        let ending = ask(silent, b"", (Duration::from_millis(300), BYTES_MAX)).expect("it starts");
        assert!(ending.status.is_none());
        let left = shell("sleep 20 > /dev/null & echo words >&2");
        let ending = ask(left, b"", (Duration::from_secs(100), BYTES_MAX)).expect("it starts");
        assert!(ending.status.is_some_and(|status| status.success()));
        assert!(ending.stderr.is_empty(), "its end was not waited for");
    }
}
