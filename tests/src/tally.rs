//! Counts of what happened to the assertions of the official suite, and their table.
//!
//! Nothing may be lost silently: every assertion ends in exactly one row, and the table is
//! compared with a committed snapshot.

use std::collections::BTreeMap;
use std::fmt;

/// What became of an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It holds on both sides, with equal gas and stack.
    Passed,
    /// It concerns a module that is refused for the reason given.
    Refused,
    /// It says nothing about this system, for the reason given.
    Skipped,
}

/// How many assertions met which fate, by suite and reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    rows: BTreeMap<(Fate, String), BTreeMap<String, u64>>,
    suites: Vec<String>,
}

impl Tally {
    /// Counts one assertion of a suite.
    pub fn count(&mut self, suite: &str, fate: Fate, reason: &str) {
        if !self.suites.iter().any(|known| known == suite) {
            self.suites.push(suite.to_string());
        }
        let row = self.rows.entry((fate, reason.to_string())).or_default();
        *row.entry(suite.to_string()).or_default() += 1;
    }

    /// How many assertions of a suite met a fate.
    pub fn total(&self, suite: &str, fate: Fate) -> u64 {
        self.rows
            .iter()
            .filter(|((of, _), _)| *of == fate)
            .filter_map(|(_, row)| row.get(suite))
            .sum()
    }

    fn line(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        label: &str,
        value: impl Fn(&str) -> u64,
    ) -> fmt::Result {
        write!(formatter, "{label:<58}")?;
        for suite in &self.suites {
            write!(formatter, "{:>10}", value(suite))?;
        }
        writeln!(formatter)
    }
}

/// The table: one column per suite, one line per fate and reason, in a fixed order.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<58}", "assertions")?;
        for suite in &self.suites {
            write!(formatter, "{suite:>10}")?;
        }
        writeln!(formatter)?;
        for (fate, title) in [
            (Fate::Passed, "passed"),
            (Fate::Refused, "refused"),
            (Fate::Skipped, "skipped"),
        ] {
            self.line(formatter, title, |suite| self.total(suite, fate))?;
            for ((_, reason), row) in self.rows.iter().filter(|((of, _), _)| *of == fate) {
                self.line(formatter, &format!("  {reason}"), |suite| {
                    row.get(suite).copied().unwrap_or(0)
                })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, Tally};

    #[test]
    fn the_table_has_a_line_for_every_reason_and_sums_them() {
        let mut tally = Tally::default();
        tally.count("one", Fate::Passed, "returns");
        tally.count("two", Fate::Refused, "simd");
        tally.count("two", Fate::Refused, "floats");
        assert_eq!(tally.total("two", Fate::Refused), 2);
        let table = tally.to_string();
        let line = |start: &str| table.lines().find(|line| line.starts_with(start));
        let numbers = |line: &str| {
            line.split_whitespace()
                .skip(1)
                .map(str::to_string)
                .collect()
        };
        let row: Vec<String> = numbers(line("refused").expect("a line"));
        assert_eq!(row, ["0", "2"]);
        let row: Vec<String> = numbers(line("  simd").expect("a line"));
        assert_eq!(row, ["0", "1"]);
    }
}
