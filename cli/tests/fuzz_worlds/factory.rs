//! Contracts that contracts make: their methods are called and their invariants checked.

use std::fmt::Write as _;
use std::path::Path;

use lockstep_cli::{
    Exit, InvariantReport, Scenario, base_engine, from_text, fuzz_det, fuzz_run, load, read_module,
    replay_finding, run, standard_worlds,
};
use lockstep_vm::code_hash;

use crate::sum::module;
use crate::{Candidates, scratch};

/// The factory alone is made; it is to make the contract whose code is uploaded besides.
const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "factory"
[accounts]
alice = 1_000_000_000_000
bob = 1_000_000_000_000
[code]
child = "child.wat"
factory = "factory.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "child"
[[block.transaction]]
from = "alice"
upload = "factory"
[[block.transaction]]
from = "alice"
instantiate = "factory"
as = "factory"
"#;

/// A scenario of a factory that makes its child in this method.
fn scenario(folder: &Path, method: &str) -> Scenario {
    let child = folder.join("child.wat");
    // Few calls are needed: one that adds a large byte.
    let wat = module(&["sum_is_small"]).replace("(i64.const 600)", "(i64.const 200)");
    std::fs::write(&child, wat).expect("the folder can be written");
    let child = read_module(&child, "child").unwrap_or_else(|failure| panic!("{failure}"));
    let mut hash = String::new();
    for byte in code_hash(&child).0 {
        write!(hash, "\\{byte:02x}").expect("text grows");
    }
    let factory = format!(
        r#"(module
  (import "lockstep" "instantiate"
    (func $instantiate (param i32 i32 i32 i32 i32 i64 i32) (result i32)))
  (memory 1)
  (data (i32.const 0) "{hash}")
  (func (export "{method}")
    (drop (call $instantiate (i32.const 0) (i32.const 32) (i32.const 64) (i32.const 0)
      (i32.const 80) (i64.const 10_000_000) (i32.const 96)))))"#
    );
    std::fs::write(folder.join("factory.wat"), factory).expect("the folder can be written");
    let scenario = from_text(SCENARIO.to_string(), "factory", folder);
    scenario.unwrap_or_else(|failure| panic!("{failure}"))
}

fn fuzz(scenario: &Scenario, folder: &Path) -> InvariantReport {
    let report = fuzz_run(scenario, 1, Some(folder), &mut Candidates(5_000));
    report.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn an_invariant_of_a_contract_that_an_init_makes_is_broken() {
    let folder = scratch("fuzz-factory-init");
    let scenario = scenario(&folder, "init");
    let violation = fuzz(&scenario, &folder).violation;
    let violation = violation.expect("the sum can be made large");
    assert!(violation.invariant.ends_with(".sum_is_small"));
    let file = violation.file.expect("it is written");
    let written = load(Path::new(&file), "finding").unwrap_or_else(|failure| panic!("{failure}"));
    let finished = run(&written).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(finished.exit, Exit::Unexpected, "{:#?}", finished.problems);
    let base = base_engine();
    let replayed = replay_finding(&written, &base, &mut [], &mut Candidates(0));
    let replayed = replayed.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(replayed.broken_invariants.len(), 1, "{replayed:#?}");
}

/// Nothing is there behind the seed: a candidate has to make it.
#[test]
fn an_invariant_of_a_contract_that_a_candidate_makes_is_broken() {
    let folder = scratch("fuzz-factory-make");
    let scenario = scenario(&folder, "make");
    let report = fuzz(&scenario, &folder);
    assert_eq!(report.exit(), Exit::Unexpected, "{report:#?}");
    let report = fuzz_run(&scenario, 1, None, &mut Candidates(1));
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.exit(), Exit::NothingMatched, "{report:#?}");
}

/// The search for nondeterminism reaches the methods of the child.
#[test]
fn methods_of_a_contract_that_a_contract_made_are_called() {
    let folder = scratch("fuzz-factory-det");
    let scenario = scenario(&folder, "init");
    let mut worlds = standard_worlds(&base_engine(), &[], None);
    worlds.retain(|world| world.name() == "untraced");
    let control = &mut Candidates(60);
    let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    // Two are in the factory.
    assert!(report.statistics.edges > 5, "{report:#?}");
}
