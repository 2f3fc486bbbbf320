//! Scenarios with odd names and times, kept as entries of a corpus and as findings.

use crate::faulty::Fault;
use crate::kept::{Spoiling, scenario_of, search, within};
use crate::{Candidates, scratch, world_of};

/// Methods whose names have dots in them, a contract without a name, and one whose name another would
/// be given; and all of it at the end of time.
const ODD: &str = r#"
schema = "lockstep.scenario/1"
name = "odd"
[chain]
start_timestamp_ms = "18446744073709551615"
[accounts]
alice = 1_000_000_000_000
[code]
odd = "odd.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "odd"
[[block.transaction]]
from = "alice"
instantiate = "odd"
salt = 5
[[block.transaction]]
from = "alice"
instantiate = "odd"
as = "contract-1"
salt = 6
[[block]]
[[block.transaction]]
from = "alice"
call = "contract-1.a.b"
[[block.transaction]]
from = "alice"
call = "contract-1."
"#;

const ODD_CODE: &str = r#"(module
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (func (export "init"))
  (func (export "a.b") (call $return (i32.const 0) (i32.const 1)))
  (func (export ".") (call $return (i32.const 0) (i32.const 2)))
  (func (export "x y\n\"q\"") (call $return (i32.const 0) (i32.const 3)))
  (func (export "") (call $return (i32.const 0) (i32.const 4))))"#;

#[test]
fn odd_names_come_back_from_the_corpus_and_what_is_no_scenario_stays_there() {
    let folder = scratch("fuzz-odd-names");
    std::fs::write(folder.join("odd.wat"), ODD_CODE).expect("the contract");
    let odd = scenario_of(ODD, &folder);
    let first = search(&odd, &mut [], &folder, &mut Candidates(300));
    let first = first.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(first.statistics.corpus > 2, "{first:#?}");
    let corpus = within(&folder).1;
    std::fs::write(corpus.join("broken.toml"), "no scenario").expect("an entry");
    let control = &mut Spoiling::new(400, || ());
    let again = search(&odd, &mut [], &folder, control);
    assert!(again.is_ok(), "{again:?}");
    let left_out = |told: &&String| told.starts_with("left out of the corpus: ");
    let left_out: Vec<&String> = control.told.iter().filter(left_out).collect();
    assert_eq!(left_out.len(), 1, "{left_out:#?}");
    assert!(left_out[0].contains("broken.toml"), "{left_out:#?}");
    let fit = format!(
        ": {0} of {1}",
        first.statistics.corpus,
        first.statistics.corpus + 1
    );
    let said = control.told.iter().any(|told| told.ends_with(&fit));
    assert!(said, "{fit}: {:#?}", control.told);
}

#[test]
fn a_finding_about_a_method_with_a_dot_in_its_name_is_written_with_its_bundle() {
    let folder = scratch("fuzz-odd-finding");
    std::fs::write(folder.join("odd.wat"), ODD_CODE).expect("the contract");
    let odd = scenario_of(ODD, &folder);
    let mut worlds = world_of(Fault::MethodCostsMore("a.b"));
    let report = search(&odd, &mut worlds, &folder, &mut Candidates(1));
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    let finding = report.finding.expect("the fault is found");
    assert_eq!(finding.transactions, 3, "{finding:#?}");
    assert!(finding.bundle.is_some(), "{:#?}", report.problems);
}
