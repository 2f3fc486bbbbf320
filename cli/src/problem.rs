//! What can be wrong with what the user gave: one type for every message on stderr.
//!
//! A [`Problem`] says what is wrong, where, how far a limit was missed, and what to do about it;
//! its code can be looked up with `lockstep explain`. A [`Failure`] is one or more problems and
//! the exit code they lead to.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;
use crate::problem_code::ProblemCode;
use crate::source::Place;

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
            message: message.into(),
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
        writeln!(f, "error[{}]: {}", self.code.name(), self.message)?;
        if let Some(place) = &self.place {
            write_place(place, f)?;
        }
        if let Some(bound) = &self.bound {
            writeln!(f, "  limit {}, actual {}", bound.limit, bound.actual)?;
        }
        writeln!(f, "help: {}", self.help)
    }
}

/// The file, line and column, and the line itself with the place underlined.
fn write_place(place: &Place, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let indent: String = place
        .excerpt
        .chars()
        .take(place.column.saturating_sub(1))
        .map(|character| if character == '\t' { '\t' } else { ' ' })
        .collect();
    writeln!(
        f,
        "{margin}--> {}:{}:{}",
        place.file, place.line, place.column
    )?;
    writeln!(f, "{margin} |")?;
    writeln!(f, "{number} | {}", place.excerpt)?;
    writeln!(f, "{margin} | {indent}{}", "^".repeat(place.width))
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
