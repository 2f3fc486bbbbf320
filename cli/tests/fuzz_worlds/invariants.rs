//! The fuzzer for invariants: calls that break one are found, cut down and written as a scenario
//! that fails until the contract is mended; an invariant that holds is not broken.

use std::fmt::Write as _;
use std::path::Path;

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi, Field, Method, MethodKind, Type};
use lockstep_cli::{
    Exit, InvariantReport, base_engine, cut, from_text, fuzz_run, load, replay_finding, run,
};
use parity_scale_codec::Encode;

use crate::{Candidates, scratch};

/// A contract that keeps a sum. `add` adds, and `double`, which should refuse large sums, does not.
const CONTRACT: &str = r#"
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "storage_read" (func $storage_read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $storage_write (param i32 i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "s")
  (func $sum (result i64)
    (drop (call $storage_read (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
    (i64.load (i32.const 16)))
  (func $keep (param $sum i64)
    (i64.store (i32.const 16) (local.get $sum))
    (call $storage_write (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
  (func $give (param $truth i32)
    (i32.store8 (i32.const 32) (local.get $truth))
    (call $return (i32.const 32) (i32.const 1)))
  (func (export "add")
    (call $input_read (i32.const 24) (i32.const 0) (i32.const 1))
    (call $keep (i64.add (call $sum) (i64.load8_u (i32.const 24)))))
  (func (export "double") (call $keep (i64.mul (call $sum) (i64.const 2))))
  (func (export "clear") (call $keep (i64.const 0)))
  (func (export "sum_is_small") (call $give (i64.lt_u (call $sum) (i64.const 600))))
  (func (export "sum_is_a_number") (call $give (i32.const 1)))
"#;

fn invariant(name: &str) -> Method {
    Method {
        kind: MethodKind::Invariant,
        mutates: false,
        ..method(name, &[], Type::Bool)
    }
}

fn method(name: &str, params: &[(&str, Type)], output: Type) -> Method {
    let params = params.iter().map(|(name, ty)| Field {
        name: (*name).to_string(),
        ty: ty.clone(),
    });
    Method {
        name: name.to_string(),
        docs: String::new(),
        kind: MethodKind::Call,
        mutates: true,
        payable: false,
        params: params.collect(),
        output,
        error: None,
    }
}

/// The contract with an ABI, of which only `invariants` are invariants.
fn module(invariants: &[&str]) -> String {
    let mut methods = vec![
        method("add", &[("amount", Type::U8)], Type::Unit),
        method("double", &[], Type::Unit),
        method("clear", &[], Type::Unit),
    ];
    methods.extend(invariants.iter().map(|name| invariant(name)));
    let abi = ContractAbi {
        name: "Sum".to_string(),
        docs: String::new(),
        methods,
        events: Vec::new(),
    };
    let mut content = String::new();
    for byte in [vec![ABI_VERSION], abi.encode()].concat() {
        write!(content, "\\{byte:02x}").expect("text grows");
    }
    format!("(module {CONTRACT} (@custom \"{ABI_SECTION_NAME}\" \"{content}\"))")
}

fn fuzz(folder: &Path, invariants: &[&str], runs: u64) -> InvariantReport {
    let wat = folder.join("sum.wat");
    std::fs::write(&wat, module(invariants)).expect("the folder can be written");
    let text = r#"
schema = "lockstep.scenario/1"
name = "sum"
[accounts]
alice = 1_000_000_000_000
bob = 1_000_000_000_000
[code]
sum = "sum.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "sum"
[[block.transaction]]
from = "alice"
instantiate = "sum"
as = "sum"
"#;
    let scenario = from_text(text.to_string(), "sum", folder);
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
    let replayed = replay_finding(&written, &base, &mut []);
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
