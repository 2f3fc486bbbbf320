//! The live line of a campaign, and its end.
//!
//! On a terminal one line is written over and over; elsewhere a line is written every few seconds.
//! The first interrupt ends the campaign after the candidate that is under way, or the cutting down
//! with the best so far; the second ends the process.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use super::campaign::Control;
use super::report::Statistics;
use crate::calibrate::clock::Stopwatch;
use crate::interrupt::interrupted;
use crate::value::counted;

/// Ends a campaign after a time or a number of candidates, and shows how far it is on stderr.
pub(crate) struct Progress {
    watch: Stopwatch,
    time: Option<Duration>,
    candidates_max: Option<u64>,
    is_terminal: bool,
    shown_at: Duration,
    last_edges: usize,
    last_edge_at: Duration,
}

impl Progress {
    /// Begins to count time.
    pub(crate) fn new(time: Option<Duration>, candidates_max: Option<u64>) -> Progress {
        Progress {
            watch: Stopwatch::start(),
            time,
            candidates_max,
            is_terminal: std::io::stderr().is_terminal(),
            shown_at: Duration::ZERO,
            last_edges: 0,
            last_edge_at: Duration::ZERO,
        }
    }

    /// The last line, once the campaign is over.
    pub(crate) fn finish(&mut self, statistics: &Statistics) {
        self.show(statistics, self.watch.elapsed());
        if self.is_terminal {
            self.write("\n");
        }
    }

    fn show(&mut self, statistics: &Statistics, now: Duration) {
        self.shown_at = now;
        let rate = |count: u64| count as f64 / now.as_secs_f64().max(0.001);
        let line = format!(
            "{:.0} executions/s, {:.0} transactions/s, {}, {}, corpus {}, {}s, last new edge {}s ago",
            rate(statistics.executions),
            rate(statistics.transactions),
            counted(statistics.candidates, "candidate"),
            counted(statistics.edges, "edge"),
            statistics.corpus,
            now.as_secs(),
            now.saturating_sub(self.last_edge_at).as_secs(),
        );
        match self.is_terminal {
            true => self.write(&format!("\r\x1b[2K{line}")),
            false => self.write(&format!("{line}\n")),
        }
    }

    fn write(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        // A reader that has gone away is not a failure of the campaign.
        let _ = stderr.write_all(text.as_bytes());
        let _ = stderr.flush();
    }
}

impl Control for Progress {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        let now = self.watch.elapsed();
        if statistics.edges > self.last_edges {
            (self.last_edges, self.last_edge_at) = (statistics.edges, now);
        }
        let between = match self.is_terminal {
            true => Duration::from_millis(200),
            false => Duration::from_secs(10),
        };
        if now.saturating_sub(self.shown_at) >= between {
            self.show(statistics, now);
        }
        interrupted()
            || self.time.is_some_and(|time| now >= time)
            || self
                .candidates_max
                .is_some_and(|max| statistics.candidates >= max)
    }

    fn is_interrupted(&self) -> bool {
        interrupted()
    }

    fn tell(&mut self, what: &str) {
        let before = if self.is_terminal { "\r\x1b[2K" } else { "" };
        self.write(&format!("{before}{what}\n"));
    }
}
