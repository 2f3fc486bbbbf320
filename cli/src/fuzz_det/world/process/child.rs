//! Asking another process: what it is given on stdin, what it answers, and its end.
//!
//! A process that gives no answer for a long time is killed, and that is its answer. The one that is
//! being asked is known to the whole program, so that an end by a second interrupt takes it along
//! ([`kill_asked`]): it has a group of its own, which no terminal interrupts.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::problem::Failure;

/// How long a process may take for its answer. The same history takes a moment here.
pub(super) const ANSWER_TIME_MAX: Duration = Duration::from_secs(900);

/// The processes that are being asked, by their numbers: one, and in tests several at a time.
static ASKED: Mutex<BTreeMap<u32, Child>> = Mutex::new(BTreeMap::new());

/// How a process has ended.
pub(super) struct Ending {
    /// `None` if it gave no answer in time and was killed.
    pub(super) status: Option<ExitStatus>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Starts a process, hands it the request, and waits for its end, at most so long.
pub(super) fn ask(
    mut command: Command,
    request: &[u8],
    time_max: Duration,
) -> Result<Ending, Failure> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Failure::bug)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let number = child.id();
    asked().insert(number, child);
    let request = request.to_vec();
    // A process that has stopped reads no more, and its ending says so.
    std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&request)));
    let (stdout, stderr) = (read(stdout), read(stderr));
    let answer = stdout.recv_timeout(time_max);
    let mut child = asked().remove(&number);
    if answer.is_err() {
        child.iter_mut().for_each(kill);
    }
    let status = child.map(|mut child| child.wait()).transpose();
    let status = status.map_err(Failure::bug)?.filter(|_| answer.is_ok());
    Ok(Ending {
        // What has its pipes from a process that was killed may keep them open.
        stderr: match status {
            Some(_) => stderr.recv().unwrap_or_default(),
            None => Vec::new(),
        },
        status,
        stdout: answer.unwrap_or_default(),
    })
}

/// Kills the process that is being asked, if any is.
pub(crate) fn kill_asked() {
    asked().values_mut().for_each(kill);
}

fn asked() -> MutexGuard<'static, BTreeMap<u32, Child>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a pipe to its end.
fn read(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a failure is the answer then, and is no good one.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        sender.send(bytes)
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

    use super::ask;

    #[test]
    fn a_process_that_gives_no_answer_is_killed_with_what_it_started() {
        let shell = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]).process_group(0);
            command
        };
        let late = shell("echo early; sleep 1000; echo late");
        let ending = ask(late, b"", Duration::from_millis(200)).expect("it starts");
        assert!(ending.status.is_none());

        let echo = shell("cat; echo words >&2");
        let ending = ask(echo, b"request", Duration::from_secs(100)).expect("it starts");
        assert!(ending.status.is_some_and(|status| status.success()));
        assert_eq!(ending.stdout, b"request");
        assert_eq!(ending.stderr, b"words\n");
    }
}
