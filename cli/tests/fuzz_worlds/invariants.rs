//! The fuzzer for invariants: calls that break one are found, cut down and written as a scenario
//! that fails until the contract is mended; an invariant that holds is not broken.

use std::path::Path;

use lockstep_cli::{
    Exit, FuzzFolders, InvariantReport, Scenario, base_engine, cut, from_text, fuzz_det_in,
    fuzz_run, fuzz_run_in, load, replay_finding, run,
};

use crate::faulty::{Fault, faulty};
use crate::sum::{SCENARIO, module};
use crate::{Candidates, scratch};

/// The scenario of a contract with these invariants, with lines about the chain and with calls.
fn scenario_with(folder: &Path, invariants: &[&str], (chain, calls): (&str, &str)) -> Scenario {
    let wat = folder.join("sum.wat");
    std::fs::write(&wat, module(invariants)).expect("the folder can be written");
    let text = SCENARIO.replace("[accounts]", &format!("[chain]\n{chain}\n[accounts]"));
    let scenario = from_text(text + calls, "sum", folder);
    scenario.unwrap_or_else(|failure| panic!("{failure}"))
}

fn fuzz(folder: &Path, invariants: &[&str], runs: u64) -> InvariantReport {
    let scenario = scenario_with(folder, invariants, ("", ""));
    fuzz_run(&scenario, 1, Some(folder), &mut Candidates(runs))
        .unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn calls_that_break_an_invariant_become_a_short_scenario_that_fails() {
    let folder = scratch("fuzz-invariant");
    let invariants = ["sum_is_small", "sum_is_a_number"];
    let report = fuzz(&folder, &invariants, 5_000);
    assert_eq!(report.invariants.len(), 2);
    assert!(report.invariants.iter().all(|called| called.answers > 0));
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
    assert!(report.file.ends_with("again-min.toml"), "{}", report.file);

    // The contract is mended where it lies: it refuses what makes the sum large.
    let keep = "(func $keep (param $sum i64)";
    let refuse = "(if (i64.ge_u (local.get $sum) (i64.const 600)) (then (unreachable)))";
    let mended = module(&invariants).replace(keep, &format!("{keep}\n{refuse}"));
    std::fs::write(folder.join("sum.wat"), mended).expect("the contract");
    let test = load(Path::new(&file), "finding").unwrap_or_else(|failure| panic!("{failure}"));
    let finished = run(&test).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(finished.exit, Exit::Success, "{:#?}", finished.problems);
}

/// A byte that is neither 0 nor 1 is no bool.
#[test]
fn only_true_means_that_an_invariant_holds() {
    let folder = scratch("fuzz-invariant-two");
    let report = fuzz(&folder, &["sum_is_two"], 1);
    let violation = report.violation.expect("it gives no bool");
    assert_eq!(violation.came_to, "0x02, which is no bool");
}

/// `init` fails, so no contract is there to be asked.
#[test]
fn an_invariant_that_never_says_anything_is_not_taken_to_hold() {
    let folder = scratch("fuzz-invariant-untold");
    let wat = module(&["sum_is_small"]).replace(
        "(func $sum ",
        "(func (export \"init\") (unreachable)) (func $sum ",
    );
    std::fs::write(folder.join("sum.wat"), wat).expect("the contract");
    let scenario = from_text(SCENARIO.to_string(), "sum", &folder);
    let scenario = scenario.unwrap_or_else(|failure| panic!("{failure}"));
    let report = fuzz_run(&scenario, 1, None, &mut Candidates(20));
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.exit(), Exit::NothingMatched);
    assert_eq!(report.unknown(), ["@sum.sum_is_small"]);

    let worlds = (&base_engine(), &mut [][..]);
    let report = fuzz_det_in(
        &scenario,
        worlds,
        1,
        FuzzFolders::default(),
        &mut Candidates(20),
    );
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.exit(), Exit::NothingMatched);
}

#[test]
fn an_invariant_that_holds_is_not_broken() {
    let folder = scratch("fuzz-invariant-holds");
    let report = fuzz(&folder, &["sum_is_a_number"], 60);
    assert_eq!(report.violation, None);
    assert_eq!(report.statistics.candidates, 60);
    assert!(report.statistics.succeeded > 100, "{report:#?}");
}

/// Calls that make the sum large.
const LARGE: &str = r#"
[[block]]
[[block.transaction]]
from = "bob"
call = "sum.add"
args = { amount = 255 }
[[block.transaction]]
from = "bob"
call = "sum.double"
[[block.transaction]]
from = "bob"
call = "sum.double"
"#;

/// The invariant that breaks is the last, and the gas of a block is used up by the one before it.
#[test]
fn every_invariant_is_called_however_little_gas_a_block_has() {
    let folder = scratch("fuzz-invariant-gas");
    let invariants = ["sum_is_counted_forever", "sum_is_small"];
    let chain = "block_gas_limit = 3_000_000\ngas_limit = 1_000_000";
    let scenario = scenario_with(&folder, &invariants, (chain, LARGE));
    let report = fuzz_run(&scenario, 1, Some(&folder), &mut Candidates(1));
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    let violation = report.violation.expect("the sum is large");
    assert_eq!(violation.invariant, "@sum.sum_is_small");
    assert_eq!(report.unpaid_calls, 1);

    let file = violation.file.expect("it is written");
    let written = load(Path::new(&file), "finding").unwrap_or_else(|failure| panic!("{failure}"));
    let base = base_engine();
    let replayed = replay_finding(&written, &base, &mut [], &mut Candidates(0));
    let replayed = replayed.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(replayed.broken_invariants.len(), 1, "{replayed:#?}");

    // A machine that stops in an invariant says nothing about it.
    let faulty = faulty(Fault::FailsWhenOut);
    let replayed = replay_finding(&scenario, &faulty, &mut [], &mut Candidates(0));
    let failure = replayed.expect_err("the machine stops");
    assert_eq!(failure.exit, Exit::Bug);
    assert!(failure.to_string().contains("the gas ran out"), "{failure}");
}

#[test]
fn an_invariant_that_no_block_can_hold_is_told() {
    let folder = scratch("fuzz-invariant-not-called");
    let scenario = scenario_with(&folder, &["sum_is_small"], ("block_gas_limit = 10", ""));
    let report = fuzz_run(&scenario, 1, None, &mut Candidates(3));
    let failure = report.expect_err("it cannot be called");
    assert_eq!(failure.exit, Exit::NothingMatched);
    assert!(
        failure.to_string().contains("sum_is_small was not called"),
        "{failure}"
    );
}

#[test]
fn the_corpus_counts_and_ends_with_the_search() {
    let folder = scratch("fuzz-invariant-corpus");
    let corpus = folder.join("corpus");
    let scenario = scenario_with(&folder, &["sum_is_a_number"], ("", ""));
    let folders = FuzzFolders {
        out: None,
        corpus: Some(&corpus),
    };
    let worlds = (&base_engine(), &mut [][..]);
    let kept = fuzz_det_in(&scenario, worlds, 1, folders, &mut Candidates(100));
    let kept = kept
        .unwrap_or_else(|failure| panic!("{failure}"))
        .statistics
        .corpus;
    assert!(kept > 2, "{kept}");
    let report = fuzz_run_in(&scenario, 1, folders, &mut Candidates(2));
    let statistics = report
        .unwrap_or_else(|failure| panic!("{failure}"))
        .statistics;
    assert_eq!(statistics.candidates, 2);
    // The seed is there twice, as it was given and as it was kept.
    assert_eq!(statistics.corpus, kept + 1);
}
