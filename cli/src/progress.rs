//! Progress of long work, on stderr: a line that is written over on a terminal, and one line now
//! and then where there is none. Work that takes less than a second shows nothing.
//!
//! A thread looks at the clock, so the line comes also while a single step takes long. The work
//! itself counts its steps, and learns from each whether it was interrupted. What is said when is
//! up to [`Teller`], which knows no clock.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::calibrate::clock::Stopwatch;
use crate::interrupt::{STOPPING, interrupted};
use crate::value::grouped;

/// When the first line comes.
const FIRST: Duration = Duration::from_secs(1);

/// The time between two lines on a terminal.
const BETWEEN_ON_TERMINAL: Duration = Duration::from_millis(500);

/// The time between two lines elsewhere.
const BETWEEN: Duration = Duration::from_secs(5);

/// How often the thread looks whether there is something to say.
const TICK: Duration = Duration::from_millis(100);

/// Counts the steps of some work and tells of them until it is dropped.
pub(crate) struct Progress {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    stop: fn() -> bool,
    stopped: bool,
}

/// What the work and the thread that tells of it have in common.
#[derive(Default)]
struct Shared {
    done: AtomicU64,
    is_over: Mutex<bool>,
    over: Condvar,
}

impl Progress {
    /// Begins work of about `expected` steps; `what` says what has been done with each.
    pub(crate) fn new(what: &'static str, expected: u64) -> Progress {
        Progress::begin(what, Some(expected))
    }

    /// Begins work whose steps nobody counts; `what` says what is being done.
    pub(crate) fn uncounted(what: &'static str) -> Progress {
        Progress::begin(what, None)
    }

    /// Work that is asked to stop when `stop` says so, and tells nothing.
    #[cfg(test)]
    pub(crate) fn stopped_by(stop: fn() -> bool) -> Progress {
        Progress {
            shared: Arc::default(),
            thread: None,
            stop,
            stopped: false,
        }
    }

    fn begin(what: &'static str, expected: Option<u64>) -> Progress {
        let shared = Arc::new(Shared::default());
        let teller = Teller::new(what, expected, std::io::stderr().is_terminal());
        let thread = std::thread::Builder::new().name("lockstep-progress".to_string());
        let seen = Arc::clone(&shared);
        Progress {
            // Without a thread nothing is told, and the work is done all the same.
            thread: thread.spawn(move || seen.tell(teller)).ok(),
            shared,
            stop: interrupted,
            stopped: false,
        }
    }

    /// One more step is done. Breaks when the work is to stop here.
    pub(crate) fn step(&mut self) -> ControlFlow<()> {
        self.shared.done.fetch_add(1, Ordering::Relaxed);
        self.go_on()
    }

    /// So many steps are done. Breaks when the work is to stop here.
    pub(crate) fn reach(&mut self, done: u64) -> ControlFlow<()> {
        self.shared.done.store(done, Ordering::Relaxed);
        self.go_on()
    }

    /// Whether a step was the last because of an interrupt.
    pub(crate) fn was_stopped(&self) -> bool {
        self.stopped
    }

    /// How many steps are done.
    pub(crate) fn done(&self) -> u64 {
        self.shared.done.load(Ordering::Relaxed)
    }

    fn go_on(&mut self) -> ControlFlow<()> {
        self.stopped = self.stopped || (self.stop)();
        match self.stopped {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        *self
            .shared
            .is_over
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.over.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Tells of the work until it is over.
    fn tell(&self, mut teller: Teller) {
        let watch = Stopwatch::start();
        let mut is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_over {
            let waited = self.over.wait_timeout(is_over, TICK);
            (is_over, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if !*is_over {
                let done = self.done.load(Ordering::Relaxed);
                write(&teller.tell(watch.elapsed(), done, interrupted()));
            }
        }
        write(teller.end());
    }
}

/// Says on stderr what begins now, in a line.
pub(crate) fn told(line: &str) {
    write(&format!("{line}\n"));
}

fn write(text: &str) {
    if !text.is_empty() {
        let mut stderr = std::io::stderr().lock();
        // Nobody who does not read stderr misses anything.
        let _ = stderr.write_all(text.as_bytes());
        let _ = stderr.flush();
    }
}

/// Decides what is said when.
struct Teller {
    what: &'static str,
    expected: Option<u64>,
    is_terminal: bool,
    /// When the next line is due.
    next: Duration,
    /// Whether a line stands on the terminal that is to be written over.
    is_line_open: bool,
    has_told_of_interrupt: bool,
}

impl Teller {
    fn new(what: &'static str, expected: Option<u64>, is_terminal: bool) -> Teller {
        Teller {
            what,
            expected,
            is_terminal,
            next: FIRST,
            is_line_open: false,
            has_told_of_interrupt: false,
        }
    }

    /// What is to be written when so much time has gone by and so many steps are done; mostly
    /// nothing.
    fn tell(&mut self, now: Duration, done: u64, interrupted: bool) -> String {
        let mut text = String::new();
        if interrupted && !self.has_told_of_interrupt {
            self.has_told_of_interrupt = true;
            text = format!("{}{STOPPING}\n", self.end());
        }
        if now < self.next {
            return text;
        }
        let seconds = now.as_secs();
        let line = match self.expected {
            Some(expected) => {
                let (what, done, expected) = (self.what, grouped(done), grouped(expected));
                format!("{what} {done} of {expected}, {seconds} s")
            }
            None => format!("{}, {seconds} s", self.what),
        };
        if self.is_terminal {
            self.next = now + BETWEEN_ON_TERMINAL;
            self.is_line_open = true;
            text + "\r\x1b[2K" + &line
        } else {
            self.next = now + BETWEEN;
            text + &line + "\n"
        }
    }

    /// What ends the line that stands there.
    fn end(&mut self) -> &'static str {
        match std::mem::take(&mut self.is_line_open) {
            true => "\n",
            false => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, STOPPING, Teller};
    use std::time::Duration;

    /// All that is said in so many tenths of a second, with the tenth at which it is.
    fn said(teller: &mut Teller, tenths: u64, interrupted_from: u64) -> Vec<(u64, String)> {
        let tell = |tenth| {
            let now = Duration::from_millis(tenth * 100);
            (
                tenth,
                teller.tell(now, tenth * 1_000, tenth >= interrupted_from),
            )
        };
        let said = (0..=tenths).map(tell);
        said.filter(|(_, text)| !text.is_empty()).collect()
    }

    #[test]
    fn short_work_says_nothing_and_long_work_by_the_clock() {
        let mut teller = Teller::new("imported", Some(2_000_000), false);
        assert_eq!(said(&mut teller, 9, u64::MAX), []);
        let lines = said(&mut teller, 120, u64::MAX);
        let at: Vec<u64> = lines.iter().map(|(tenth, _)| *tenth).collect();
        assert_eq!(at, [10, 60, 110]);
        assert_eq!(lines[0].1, "imported 10_000 of 2_000_000, 1 s\n");
        assert_eq!(teller.end(), "");
        // One slow step: the count stands still, the clock does not.
        let mut teller = Teller::new("imported", Some(5), false);
        let seconds = |seconds| Duration::from_secs(seconds);
        assert_eq!(teller.tell(seconds(3), 5, false), "imported 5 of 5, 3 s\n");
        assert_eq!(teller.tell(seconds(8), 5, false), "imported 5 of 5, 8 s\n");
    }

    #[test]
    fn on_a_terminal_one_line_is_written_over_twice_a_second() {
        let mut teller = Teller::new("proving", None, true);
        let lines = said(&mut teller, 30, u64::MAX);
        let at: Vec<u64> = lines.iter().map(|(tenth, _)| *tenth).collect();
        assert_eq!(at, [10, 15, 20, 25, 30]);
        assert_eq!(lines[1].1, "\r\u{1b}[2Kproving, 1 s");
        assert_eq!((teller.end(), teller.end()), ("\n", ""));
    }

    #[test]
    fn an_interrupt_is_answered_at_once_and_one_time() {
        let mut teller = Teller::new("read", Some(9), true);
        let lines = said(&mut teller, 14, 12);
        assert_eq!(lines[1], (12, format!("\n{STOPPING}\n")));
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn work_stops_when_it_is_told_to() {
        let mut progress = Progress::stopped_by(|| false);
        assert!(progress.step().is_continue() && progress.reach(7).is_continue());
        assert_eq!((progress.done(), progress.was_stopped()), (7, false));
        let mut progress = Progress::stopped_by(|| true);
        assert!(progress.step().is_break() && progress.was_stopped());
        drop(Progress::new("read", 1));
    }
}
