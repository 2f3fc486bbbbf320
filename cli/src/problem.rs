//! What can be wrong with what the user gave: one type for every message on stderr.
//!
//! A [`Problem`] says what is wrong, where, how far a limit was missed, and what to do about it;
//! its code can be looked up with `lockstep explain`. A [`Failure`] is one or more problems and
//! the exit code they lead to.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;
use crate::printable::{is_printable, printable, without_middle};
use crate::problem_code::ProblemCode;
use crate::source::Place;
use crate::value::grouped;

/// The most characters that are shown of a line.
const EXCERPT_CHARACTERS_MAX: usize = 120;
/// The most characters of a message, which may quote a value of any length.
const MESSAGE_CHARACTERS_MAX: usize = 2_000;
/// What stands for characters that are left out.
const CUT: &str = "...";

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stable name of this kind of problem.
    pub code: ProblemCode,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, if it is a place in a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The bound that was missed, and the value that missed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// What to do about it.
    pub help: String,
}

/// A bound and the value that is beyond it, as decimal numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// The largest (or smallest) value allowed.
    pub limit: String,
    /// The value found.
    pub actual: String,
}

impl Problem {
    /// A problem without a place and without a bound.
    pub fn new(code: ProblemCode, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem {
            code,
            message: without_middle(message.into(), MESSAGE_CHARACTERS_MAX),
            place: None,
            bound: None,
            help: help.into(),
        }
    }

    /// The same problem at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Problem {
        self.place = Some(place);
        self
    }

    /// The same problem with the bound it missed.
    #[must_use]
    pub fn beyond(mut self, limit: impl fmt::Display, actual: impl fmt::Display) -> Problem {
        self.bound = Some(Bound {
            limit: limit.to_string(),
            actual: actual.to_string(),
        });
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = printable(&self.message);
        writeln!(f, "error[{}]: {message}", self.code.name())?;
        if let Some(place) = &self.place {
            write_place(place, f)?;
        }
        if let Some(bound) = &self.bound {
            let (limit, actual) = (in_groups(&bound.limit), in_groups(&bound.actual));
            writeln!(f, "  limit {limit}, actual {actual}")?;
        }
        writeln!(f, "help: {}", printable(&self.help))
    }
}

/// A number, or one with its unit, with `_` between groups of digits.
fn in_groups(text: &str) -> String {
    let end = text.find(' ').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    match number.parse::<u128>() {
        Ok(number) => format!("{}{unit}", grouped(number)),
        Err(_) => text.to_string(),
    }
}

/// The file, line and column, and the line itself with the place underlined.
fn write_place(place: &Place, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let (excerpt, before, width) = around(place);
    let indent: String = excerpt
        .chars()
        .take(before)
        .map(|character| if character == '\t' { '\t' } else { ' ' })
        .collect();
    writeln!(
        f,
        "{margin}--> {}:{}:{}",
        printable(&place.file),
        place.line,
        place.column
    )?;
    writeln!(f, "{margin} |")?;
    writeln!(f, "{number} | {}", without_controls(&excerpt))?;
    writeln!(f, "{margin} | {indent}{}", "^".repeat(width))
}

/// What is shown of a place's line, how many characters of that are in front of the place, and how
/// many are underlined. Of a long line only what is around the place is shown.
fn around(place: &Place) -> (String, usize, usize) {
    let at = place.column.saturating_sub(1);
    let length = place.excerpt.chars().count();
    if length <= EXCERPT_CHARACTERS_MAX {
        return (place.excerpt.clone(), at, place.width);
    }
    let latest = length - EXCERPT_CHARACTERS_MAX;
    let start = at.saturating_sub(EXCERPT_CHARACTERS_MAX / 2).min(latest);
    let end = start + EXCERPT_CHARACTERS_MAX;
    let cut = |is_cut: bool| if is_cut { CUT } else { "" };
    let (front, back) = (cut(start > 0), cut(end < length));
    let middle = place.excerpt.chars().skip(start);
    let middle: String = middle.take(EXCERPT_CHARACTERS_MAX).collect();
    let before = front.len() + (at - start);
    let width = place.width.min(end.saturating_sub(at)).max(1);
    (format!("{front}{middle}{back}"), before, width)
}

/// The line with a sign in place of each character that would steer a terminal.
fn without_controls(line: &str) -> String {
    line.replace(|it| it != '\t' && !is_printable(it), "\u{fffd}")
}

/// Why a command could not do its work: problems, and the exit code that they lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What is wrong; never empty.
    pub problems: Vec<Problem>,
}

impl Failure {
    /// A failure with a single problem.
    pub fn new(exit: Exit, problem: Problem) -> Failure {
        Failure {
            exit,
            problems: vec![problem],
        }
    }

    /// A failure of the machine or of Lockstep itself.
    pub fn bug(message: impl fmt::Display) -> Failure {
        let help =
            "this is a bug or a broken machine; please report it with the input that led here";
        Failure::new(
            Exit::Bug,
            Problem::new(ProblemCode::Internal, message.to_string(), help),
        )
    }

    /// What `--json` prints in place of a result.
    pub(crate) fn document(&self) -> FailureDocument<'_> {
        FailureDocument {
            schema: "lockstep.error/1",
            exit: self.exit.code(),
            errors: &self.problems,
        }
    }
}

/// A failure as a document.
#[derive(Serialize)]
pub(crate) struct FailureDocument<'a> {
    schema: &'static str,
    exit: u8,
    errors: &'a [Problem],
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.problems.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate::problem_code::ProblemCode;
    use crate::source::Source;

    /// How a mistake at these bytes of a text is shown.
    fn shown(text: &str, span: std::ops::Range<usize>) -> String {
        let place = Source::new("a.json", text).place(span);
        let problem = Problem::new(ProblemCode::GasDocument, "wrong", "write it anew");
        problem.at(place).to_string()
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("{}HERE{}", "a".repeat(1_000), "b".repeat(1_000_000));
        let shown_at = shown(&text, 1_000..1_004);
        let lines: Vec<&str> = shown_at.lines().collect();
        assert_eq!(lines[1], " --> a.json:1:1001");
        let at = lines[3].find("HERE").expect("the place");
        assert_eq!(lines[4].find("^^^^"), Some(at));
        assert_eq!(lines[4].len(), at + 4);
        assert!(lines[3].starts_with("1 | ...a") && lines[3].ends_with("b..."));
        assert_eq!(lines[3].len(), "1 | ".len() + 120 + 6);
        for span in [0..text.len(), 1_000..text.len(), text.len()..text.len()] {
            assert!(shown(&text, span).len() < 500);
        }
    }

    #[test]
    fn bounds_are_shown_in_groups_of_digits() {
        let problem = |limit: &str, actual: &str| {
            let problem = Problem::new(ProblemCode::GasDocument, "wrong", "write it anew");
            problem.beyond(limit, actual).to_string()
        };
        let shown = problem("4194304 bytes", "1100000");
        assert!(
            shown.contains("\n  limit 4_194_304 bytes, actual 1_100_000\n"),
            "{shown}"
        );
        let shown = problem("-1_000", "12_000");
        assert!(
            shown.contains("\n  limit -1_000, actual 12_000\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_line_does_nothing_to_the_terminal() {
        let text = shown("a\u{1b}[31m\u{9b}b\tc", 0..1);
        assert!(text.contains("1 | a\u{fffd}[31m\u{fffd}b\tc\n"), "{text}");
    }

    #[test]
    fn a_short_line_is_shown_whole() {
        let lines = "1 | one\ttwo\n  |    \t^^^\n";
        assert!(shown("one\ttwo", 4..7).contains(lines));
    }

    #[test]
    fn a_long_message_loses_its_middle() {
        let message = format!("begin {} end", "x".repeat(1_000_000));
        let problem = Problem::new(ProblemCode::GasDocument, message, "write it anew");
        assert_eq!(problem.message.len(), 2_003);
        assert!(problem.message.starts_with("begin ") && problem.message.ends_with(" end"));
    }
}
