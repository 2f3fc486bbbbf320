//! What a refusal says: each violation with its code, its place and the fix.
//!
//! [`Violations`] collects while a module is scanned and keeps memory bounded however many there
//! are; [`Refusal`] is what comes out, sorted by place. The codes and numbers are stable; texts
//! are for people and may improve.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use wasmparser::BinaryReaderError;

use crate::explain::help;
use crate::violation_code::ViolationCode;

/// A function of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionName {
    /// The function's index, imports counted.
    pub index: u32,
    /// Its name from the name section, else the name of its first export, cut to 128 bytes.
    pub name: Option<String>,
}

/// A limit and what was found instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Excess {
    /// The largest value allowed.
    pub limit: u64,
    /// The value found.
    pub actual: u64,
}

/// One reason why a module is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The stable code.
    pub code: ViolationCode,
    /// The function it lies in, if it lies in one.
    pub function: Option<FunctionName>,
    /// The offset in the file, in bytes from its start.
    pub offset: u64,
    /// The operator in the text format's spelling, if it is about one.
    pub operator: Option<String>,
    /// The limit and the value found, if it is about a limit.
    pub excess: Option<Excess>,
    /// What is wrong, for people.
    pub message: String,
    /// How to fix it, for people.
    pub help: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code, self.code.name(), self.message)?;
        if let Some(excess) = self.excess {
            let (limit, found) = (grouped(excess.limit), grouped(excess.actual));
            write!(f, " (limit {limit}, found {found})")?;
        }
        write!(f, "\n  at byte {:#x}", self.offset)?;
        if let Some(function) = &self.function {
            write!(f, ", function {}", function.index)?;
            if let Some(name) = &function.name {
                write!(f, " `{}`", name.escape_default())?;
            }
        }
        if let Some(operator) = &self.operator {
            write!(f, ", operator {operator}")?;
        }
        write!(f, "\n  help: {}", self.help)
    }
}

/// The number with `_` between groups of three digits.
fn grouped(number: u64) -> String {
    let mut out = String::new();
    for (position, digit) in number.to_string().chars().rev().enumerate() {
        if position > 0 && position.is_multiple_of(3) {
            out.insert(0, '_');
        }
        out.insert(0, digit);
    }
    out
}

/// Every reason why a module is refused, sorted by offset and then by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The violations, the first by offset first; at least one, at most
    /// `Limits::violations_reported_max`.
    pub violations: Vec<Violation>,
    /// How many more there are than the list shows.
    pub omitted: u64,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, violation) in self.violations.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{violation}")?;
        }
        if self.omitted > 0 {
            write!(f, "\nand {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// The longest message, in characters.
const MESSAGE_CHARACTERS: usize = 400;

/// What the parser says about a file, on one line: it writes lists over several.
pub(crate) fn parser_message(error: &BinaryReaderError) -> String {
    let words: Vec<&str> = error.message().split_whitespace().collect();
    words.join(" ").replace("[ ", "[").replace(", ]", "]")
}

/// A violation as the scan finds it, before functions have names.
pub(crate) struct Finding {
    code: ViolationCode,
    offset: u64,
    function: Option<u32>,
    operator: Option<String>,
    excess: Option<Excess>,
    message: String,
}

impl Finding {
    /// A finding at `offset` bytes from the start of the file.
    ///
    /// The message may quote the module or the parser, which quotes the module: control characters
    /// are escaped and the length is bounded.
    pub(crate) fn new(code: ViolationCode, offset: usize, message: impl AsRef<str>) -> Finding {
        let mut shown = String::new();
        for character in message.as_ref().chars().take(MESSAGE_CHARACTERS) {
            if character.is_control() {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        Finding {
            code,
            offset: u64::try_from(offset).unwrap_or(u64::MAX),
            function: None,
            operator: None,
            excess: None,
            message: shown,
        }
    }

    /// Places the finding in a function.
    pub(crate) fn in_function(mut self, index: u32) -> Finding {
        self.function = Some(index);
        self
    }

    /// Names the operator that the finding is about.
    pub(crate) fn on_operator(mut self, name: String) -> Finding {
        self.operator = Some(name);
        self
    }

    /// States the limit that the finding is about.
    pub(crate) fn over(mut self, limit: u64, actual: u64) -> Finding {
        self.excess = Some(Excess { limit, actual });
        self
    }
}

/// Collects findings, the first ones by place, and counts the rest.
pub(crate) struct Violations {
    keep: usize,
    findings: Vec<Finding>,
    omitted: u64,
}

impl Violations {
    /// A collector that keeps the first `keep` findings by place (at least one).
    pub(crate) fn new(keep: u32) -> Violations {
        Violations {
            keep: usize::try_from(keep.max(1)).unwrap_or(usize::MAX),
            findings: Vec::new(),
            omitted: 0,
        }
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds a finding. Holds at most four times the number to keep.
    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
        if self.findings.len() >= self.keep.saturating_mul(4) {
            self.trim();
        }
    }

    /// Sorts by place and drops what is beyond the number to keep.
    fn trim(&mut self) {
        self.findings
            .sort_by_key(|finding| (finding.offset, finding.code, finding.function));
        let excess = self.findings.len().saturating_sub(self.keep);
        self.omitted = self
            .omitted
            .saturating_add(u64::try_from(excess).unwrap_or(u64::MAX));
        self.findings.truncate(self.keep);
    }

    /// The refusal, with functions named by `names`.
    pub(crate) fn into_refusal(mut self, names: &BTreeMap<u32, String>) -> Refusal {
        self.trim();
        let violations = self
            .findings
            .into_iter()
            .map(|finding| Violation {
                code: finding.code,
                function: finding.function.map(|index| FunctionName {
                    index,
                    name: names.get(&index).cloned(),
                }),
                offset: finding.offset,
                operator: finding.operator,
                excess: finding.excess,
                message: finding.message,
                help: help(finding.code),
            })
            .collect();
        Refusal {
            violations,
            omitted: self.omitted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, shown) in [(0, "0"), (999, "999"), (1_048_576, "1_048_576")] {
            assert_eq!(grouped(number), shown);
        }
        assert_eq!(grouped(u64::MAX), "18_446_744_073_709_551_615");
    }
}
