//! Progress of long work, on stderr: a line that is written over on a terminal, and one line now
//! and then where there is none. Short work shows nothing.

use std::io::{IsTerminal, Write};

use crate::value::grouped;

/// How many steps lie between two messages.
const STEPS: u64 = 1 << 16;

/// Counts steps of some work and tells of them.
pub(crate) struct Progress {
    what: &'static str,
    expected: u64,
    done: u64,
    next: u64,
    is_terminal: bool,
}

impl Progress {
    /// Begins work of about `expected` steps; `what` says what has been done with each.
    pub(crate) fn new(what: &'static str, expected: u64) -> Progress {
        Progress {
            what,
            expected,
            done: 0,
            next: STEPS,
            is_terminal: std::io::stderr().is_terminal(),
        }
    }

    /// One more step is done.
    pub(crate) fn step(&mut self) {
        self.reach(self.done + 1);
    }

    /// So many steps are done.
    pub(crate) fn reach(&mut self, done: u64) {
        self.done = done;
        if done < self.next {
            return;
        }
        self.next = done + STEPS;
        let (done, expected) = (grouped(done), grouped(self.expected));
        let end = if self.is_terminal { '\r' } else { '\n' };
        self.write(&format!("{} {done} of {expected}{end}", self.what));
    }

    fn write(&self, text: &str) {
        // Nobody who does not read stderr misses anything.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_terminal && self.next > STEPS {
            self.write("\n");
        }
    }
}
