//! The live line of a campaign, and its end.
//!
//! On a terminal one line is written over and over; elsewhere a line is written every few seconds.
//! The first interrupt ends the campaign after the world that is under way, or the cutting down
//! with the best so far; the second ends the process.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use super::control::Control;
use super::report::Statistics;
use crate::calibrate::clock::Stopwatch;
use crate::interrupt::interrupted;
use crate::printable::printable;
use crate::value::counted;

/// The most letters of a line that is written over: a longer one goes on in the next line of a usual
/// terminal, and then only that one is.
const LETTERS_MAX: usize = 79;

/// Ends a campaign after a time or a number of candidates, and shows how far it is on stderr.
pub(crate) struct Progress {
    watch: Stopwatch,
    time: Option<Duration>,
    candidates_max: Option<u64>,
    is_terminal: bool,
    shown_at: Cell<Duration>,
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
            shown_at: Cell::new(Duration::ZERO),
            last_edges: 0,
            last_edge_at: Duration::ZERO,
        }
    }

    /// The last line, once the campaign is over.
    pub(crate) fn finish(&self, statistics: &Statistics) {
        let now = self.watch.elapsed();
        let line = shown(statistics, now, now.saturating_sub(self.last_edge_at));
        // Nothing is written over it any more, so it may be as long as it is.
        let before = if self.is_terminal { "\r\x1b[2K" } else { "" };
        self.write(&format!("{before}{line}\n"));
    }

    fn show(&self, statistics: &Statistics, now: Duration) {
        let line = shown(statistics, now, now.saturating_sub(self.last_edge_at));
        self.line(&line, now);
    }

    /// Writes a line that the next one may be written over.
    fn line(&self, line: &str, now: Duration) {
        self.shown_at.set(now);
        match self.is_terminal {
            true => self.write(&format!("\r\x1b[2K{}", fitting(line))),
            false => self.write(&format!("{line}\n")),
        }
    }

    /// Whether it is time for another line.
    fn is_line_due(&self, now: Duration) -> bool {
        let between = match self.is_terminal {
            true => Duration::from_millis(200),
            false => Duration::from_secs(10),
        };
        now.saturating_sub(self.shown_at.get()) >= between
    }

    /// Shows how far it is when that is due, and says whether it has to end, of which the number of
    /// candidates is no reason.
    fn is_ended(&mut self, statistics: &Statistics) -> bool {
        let now = self.watch.elapsed();
        if statistics.edges > self.last_edges {
            (self.last_edges, self.last_edge_at) = (statistics.edges, now);
        }
        if self.is_line_due(now) {
            self.show(statistics, now);
        }
        interrupted() || self.time.is_some_and(|time| now >= time)
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
        let is_enough = |max| statistics.candidates >= max;
        self.is_ended(statistics) || self.candidates_max.is_some_and(is_enough)
    }

    /// The first candidate is executed in every world, however long that takes.
    fn is_cut_short(&mut self, statistics: &Statistics) -> bool {
        let is_first = statistics.candidates <= 1;
        self.is_ended(statistics) && (interrupted() || !is_first)
    }

    fn is_interrupted(&self) -> bool {
        interrupted()
    }

    fn tell(&mut self, what: &str) {
        let before = if self.is_terminal { "\r\x1b[2K" } else { "" };
        self.write(&format!("{before}{}\n", printable(what)));
    }

    fn tried(&self, tries: usize, transactions: usize) {
        let now = self.watch.elapsed();
        if self.is_line_due(now) {
            let (tries, left) = (counted(tries, "try"), counted(transactions, "transaction"));
            let seconds = now.as_secs();
            self.line(
                &format!("{seconds}s, cutting down: {tries}, {left} left"),
                now,
            );
        }
    }
}

/// How far a search is, what matters most first: a line that is written over may be cut.
fn shown(statistics: &Statistics, now: Duration, last_edge_ago: Duration) -> String {
    let rate = |count: u64| count as f64 / now.as_secs_f64().max(0.001);
    format!(
        "{}s, {:.0} exec/s, {}, {}, last new {}s ago, corpus {}, {:.0} transactions/s",
        now.as_secs(),
        rate(statistics.executions),
        counted(statistics.candidates, "candidate"),
        counted(statistics.edges, "edge"),
        last_edge_ago.as_secs(),
        statistics.corpus,
        rate(statistics.transactions),
    )
}

/// As many parts of a line as a usual terminal is wide.
fn fitting(line: &str) -> &str {
    let Some(start) = line
        .get(..LETTERS_MAX)
        .filter(|start| start.len() < line.len())
    else {
        return line;
    };
    start.rsplit_once(", ").map_or(start, |(parts, _)| parts)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Statistics, fitting, shown};

    #[test]
    fn a_terminal_shows_the_rate_of_a_long_search() {
        let statistics = Statistics {
            candidates: 123_456,
            executions: 123_456 * 86_400,
            edges: 123_456,
            corpus: 4_096,
            ..Statistics::default()
        };
        let day = Duration::from_secs(86_400);
        let line = shown(&statistics, day, day);
        assert_eq!(
            fitting(&line),
            "86400s, 123456 exec/s, 123_456 candidates, 123_456 edges, last new 86400s ago"
        );
        assert!(line.ends_with(", corpus 4096, 0 transactions/s"));
    }

    #[test]
    fn a_line_has_as_many_parts_as_fit_a_terminal() {
        assert_eq!(fitting("12s, 5 candidates"), "12s, 5 candidates");
        let part = "x".repeat(40);
        let two = format!("{part}, {}", &part[..37]);
        assert_eq!(fitting(&two), two);
        assert_eq!(fitting(&format!("{two}x")), part);
        assert_eq!(fitting(&"x".repeat(80)).len(), 79);
    }
}
