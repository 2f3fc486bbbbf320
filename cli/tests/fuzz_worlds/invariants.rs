//! The fuzzer for invariants: calls that break one are found, cut down and written as a scenario
//! that fails until the contract is mended; an invariant that holds is not broken.

use std::path::Path;

use lockstep_cli::{
    Exit, InvariantReport, base_engine, cut, from_text, fuzz_run, load, replay_finding, run,
};

use crate::sum::{SCENARIO, module};
use crate::{Candidates, scratch};

fn fuzz(folder: &Path, invariants: &[&str], runs: u64) -> InvariantReport {
    let wat = folder.join("sum.wat");
    std::fs::write(&wat, module(invariants)).expect("the folder can be written");
    let scenario = from_text(SCENARIO.to_string(), "sum", folder);
    let scenario = scenario.unwrap_or_else(|failure| panic!("{failure}"));
    fuzz_run(&scenario, 1, Some(folder), &mut Candidates(runs))
        .unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn calls_that_break_an_invariant_become_a_short_scenario_that_fails() {
    let folder = scratch("fuzz-invariant");
    let invariants = ["sum_is_small", "sum_is_a_number"];
    let report = fuzz(&folder, &invariants, 5_000);
    assert_eq!(report.invariants.len(), 2);
    let violation = report.violation.expect("the sum can be made large");
    assert_eq!(violation.invariant, "@sum.sum_is_small");
    assert_eq!(violation.came_to, "false");
    // Upload, instance, and a few that add and double: 255, 510, 1020 at the fewest.
    assert!(violation.transactions.len() <= 7, "{violation:#?}");
    assert!(violation.transactions.len() <= violation.transactions_before);

    let file = violation.file.expect("it is written");
    let written = load(Path::new(&file), "finding").unwrap_or_else(|failure| panic!("{failure}"));
    let finished = run(&written).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(finished.exit, Exit::Unexpected, "{:#?}", finished.problems);
    assert_eq!(finished.problems.len(), 1, "{:#?}", finished.problems);

    // It is still broken when the finding is replayed, and cannot be cut down further.
    let base = base_engine();
    let replayed = replay_finding(&written, &base, &mut [], &mut Candidates(0));
    let replayed = replayed.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(replayed.exit(), Exit::Unexpected);
    assert_eq!(replayed.broken_invariants[0].invariant, violation.invariant);
    let control = &mut Candidates(0);
    let report = cut(&written, (&base, &mut []), (&folder, "again"), control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.shows, "@sum.sum_is_small does not hold");
    assert_eq!(report.transactions, violation.transactions.len());
}

#[test]
fn an_invariant_that_holds_is_not_broken() {
    let folder = scratch("fuzz-invariant-holds");
    let report = fuzz(&folder, &["sum_is_a_number"], 60);
    assert_eq!(report.violation, None);
    assert_eq!(report.statistics.candidates, 60);
    assert!(report.statistics.succeeded > 100, "{report:#?}");
}
