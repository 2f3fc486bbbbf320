//! What a search for calls that break an invariant comes to.

use serde::Serialize;

use crate::exit::Exit;
use crate::fuzz_det::report::Statistics;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvariantReport {
    /// `lockstep.fuzz.run/1`.
    pub schema: &'static str,
    /// What was fuzzed.
    pub name: String,
    /// The seed of the random numbers.
    pub seed: u64,
    /// Whether it was ended by an interrupt.
    pub interrupted: bool,
    /// The invariants that were called.
    pub invariants: Vec<CalledInvariant>,
    /// The numbers. There are no worlds.
    pub statistics: Statistics,
    /// How many calls of invariants ran out of gas, which says nothing about them.
    pub unpaid_calls: u64,
    /// The invariant that does not hold.
    pub violation: Option<Violation>,
    /// What went wrong beside: what was found could not be written, or the corpus saved, or what an
    /// ABI calls an invariant cannot be called as one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// An invariant that was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalledInvariant {
    /// The invariant, as `@contract.method`.
    pub invariant: String,
    /// How many calls told whether it holds: there was such a contract, and enough gas.
    pub answers: u64,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant, as `@contract.method`.
    pub invariant: String,
    /// What it came to: `false`, or the status of the call.
    pub came_to: String,
    /// The transactions that lead there, in words.
    pub transactions: Vec<String>,
    /// How many transactions there were before they were cut down.
    pub transactions_before: usize,
    /// The scenario that shows it, if it was written.
    pub file: Option<String>,
}

impl InvariantReport {
    /// How a command that searched ends.
    pub fn exit(&self) -> Exit {
        if self.violation.is_some() {
            return Exit::Unexpected;
        }
        let is_told = |called: &CalledInvariant| called.answers > 0;
        let are_told = !self.invariants.is_empty() && self.invariants.iter().all(is_told);
        let is_refused = |problem: &Problem| problem.code == ProblemCode::NoInvariant;
        match are_told && !self.problems.iter().any(is_refused) {
            true => Exit::Success,
            false => Exit::NothingMatched,
        }
    }

    /// The invariants of which nothing is known.
    pub fn unknown(&self) -> Vec<&str> {
        let unknown = self.invariants.iter().filter(|called| called.answers == 0);
        unknown.map(|called| called.invariant.as_str()).collect()
    }
}
