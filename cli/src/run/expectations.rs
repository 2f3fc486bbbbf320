//! Holding what happened against what a scenario expects, and saying where it differs.

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{Chain, Engine, InvalidTransaction, Machine, Report};

use super::{Alone, DryRuns, EngineChoice, Runner, compare, run_on};
use crate::outcome_names::{invalid_name, status_name};
use crate::printable::printable;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::report::{FailedExpectation, TransactionReport};
use crate::scenario::{Scenario, Step};
use crate::source::Place;

/// The expectations of a scenario that are not met on an engine.
///
/// # Errors
/// When Lockstep itself or the machine fails.
pub(crate) fn unmet(
    scenario: &Scenario,
    engine: Box<dyn Engine>,
) -> Result<Vec<FailedExpectation>, Failure> {
    let protocol = Protocol::v1();
    let mut beside = EngineChoice::default().beside(&protocol)?;
    let chain = Chain::new(
        Trie::new(MemoryStore::new()),
        Machine::new(protocol, engine),
    );
    let companion = &mut Alone::default();
    let (finished, _) = run_on(chain, scenario, companion, &mut beside, DryRuns::None)?;
    Ok(finished.report.expectations_failed)
}

impl Runner<'_> {
    /// Holds what happened against what was expected.
    pub(super) fn compare(
        &mut self,
        height: u64,
        step: &Step,
        report: &TransactionReport,
        outcome: &Result<Report, InvalidTransaction>,
    ) {
        let differences = compare::differences(step, report, outcome, self.scenario);
        self.stated += compare::stated(&step.expect);
        let entry = |field: String, expected: String, actual: String| FailedExpectation {
            block: height,
            transaction: report.number,
            name: step.name.clone(),
            field,
            expected,
            actual,
        };
        for difference in differences {
            let span = step.expect.spans.get(&difference.field);
            let place = span.map(|span| self.scenario.source.place(span.clone()));
            let failed = entry(difference.field, difference.expected, difference.actual);
            let help = "correct the expectation, or find out what changed the result";
            self.problems.push(problem(
                ProblemCode::ExpectationFailed,
                &failed,
                help,
                place.as_ref().unwrap_or(&step.place),
            ));
            self.failed.push(failed);
        }
        let ending = compare::ending(outcome);
        if ending != "success" && !step.expect.states_the_ending() {
            let failed = entry("status".to_string(), "success".to_string(), ending);
            let told = FailedExpectation {
                actual: compare::ending_in_full(outcome, report),
                ..failed.clone()
            };
            self.problems.push(problem(
                ProblemCode::UnstatedFailure,
                &told,
                &stating(outcome),
                &step.place,
            ));
            self.unstated.push(failed);
        }
    }
}

/// How a scenario states that a transaction ends as this one did.
fn stating(outcome: &Result<Report, InvalidTransaction>) -> String {
    let (key, name) = match outcome {
        Ok(report) => ("status", status_name(report.receipt.status)),
        Err(reason) => ("invalid", invalid_name(reason).to_string()),
    };
    format!("if this is meant to happen, state it: expect = {{ {key} = \"{name}\" }}")
}

fn problem(code: ProblemCode, failed: &FailedExpectation, help: &str, place: &Place) -> Problem {
    Problem::new(code, said(failed), help).at(place.clone())
}

/// What is not as expected, and where.
pub(crate) fn said(failed: &FailedExpectation) -> String {
    format!(
        "block {}, transaction {} \"{}\": {} is {}, expected {}",
        failed.block,
        failed.transaction,
        printable(&failed.name),
        failed.field,
        failed.actual,
        failed.expected,
    )
}
