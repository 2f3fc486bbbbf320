//! What is kept when something goes wrong beside a finding: the finding, the corpus, the candidate.

use std::path::{Path, PathBuf};

use lockstep_cli::{
    Control, Execution, Exit, Failure, FuzzFolders, FuzzReport, History, Scenario, Statistics,
    Watch, Way, World, WorldAnswer, base_engine, from_text, fuzz_det_in, fuzz_run_in, load,
};

use crate::faulty::Fault;
use crate::sum::{SCENARIO, module};
use crate::{Candidates, scenario, scratch, world_of};

/// Ends after so many candidates, writes down what it is told, and spoils the search when that begins.
struct Spoiling {
    candidates: u64,
    told: Vec<String>,
    spoil: Option<Box<dyn FnOnce()>>,
    panics: bool,
}

impl Spoiling {
    fn new(candidates: u64, spoil: impl FnOnce() + 'static) -> Spoiling {
        Spoiling {
            candidates,
            told: Vec::new(),
            spoil: Some(Box::new(spoil)),
            panics: false,
        }
    }
}

impl Control for Spoiling {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        let is_over = statistics.candidates >= self.candidates;
        assert!(!(is_over && self.panics), "the control gives up");
        is_over
    }

    fn tell(&mut self, what: &str) {
        self.told.push(what.to_string());
        if what.starts_with("running the seed") {
            self.spoil.take().into_iter().for_each(|spoil| spoil());
        }
    }
}

/// A function that puts a file where a folder was.
fn blocking(folder: &Path) -> impl FnOnce() + 'static {
    let folder = folder.to_path_buf();
    move || {
        std::fs::remove_dir_all(&folder).expect("the folder is there");
        std::fs::write(&folder, "").expect("the file can be written");
    }
}

/// The folders for findings and for the corpus in one.
fn within(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("out"), folder.join("corpus"))
}

fn search(
    scenario: &Scenario,
    worlds: &mut [Box<dyn World>],
    folder: &Path,
    control: &mut dyn Control,
) -> Result<FuzzReport, Failure> {
    let (out, corpus) = within(folder);
    let folders = FuzzFolders {
        out: Some(&out),
        corpus: Some(&corpus),
    };
    fuzz_det_in(scenario, (&base_engine(), worlds), 1, folders, control)
}

fn scenario_of(text: &str, folder: &Path) -> Scenario {
    let scenario = from_text(text.to_string(), "made for the test", folder);
    scenario.unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn a_finding_outlives_a_corpus_that_cannot_be_saved() {
    let folder = scratch("fuzz-unsaved");
    let (out, corpus) = within(&folder);
    let mut worlds = world_of(Fault::EventsCostMore);
    let control = &mut Spoiling::new(10, blocking(&corpus));
    let report = search(&scenario("token.toml"), &mut worlds, &folder, control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(report.exit(), Exit::Mismatch);
    let file = report.finding.expect("a finding").file;
    assert!(Path::new(&file.expect("it is written")).exists());
    assert_eq!(report.problems.len(), 1, "{:#?}", report.problems);
    assert!(report.problems[0].message.contains("cannot write"));

    std::fs::remove_file(&corpus).expect("the file that is in the way");
    std::fs::write(folder.join("sum.wat"), module(&["sum_is_small"])).expect("the contract");
    let sum = scenario_of(SCENARIO, &folder);
    let folders = FuzzFolders {
        out: Some(&out),
        corpus: Some(&corpus),
    };
    let control = &mut Spoiling::new(5_000, blocking(&corpus));
    let report = fuzz_run_in(&sum, 1, folders, control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    let file = report.violation.expect("the sum can be made large").file;
    assert!(Path::new(&file.expect("it is written")).exists());
    assert_eq!(report.problems.len(), 1, "{:#?}", report.problems);
}

#[test]
fn a_corpus_that_cannot_be_saved_is_refused_before_anything_is_searched() {
    let folder = scratch("fuzz-no-corpus");
    std::fs::write(folder.join("file"), "").expect("the folder can be written");
    let corpus = folder.join("file/corpus");
    let folders = FuzzFolders {
        out: None,
        corpus: Some(&corpus),
    };
    let control = &mut Spoiling::new(10, || panic!("the search begins"));
    let worlds = (&base_engine(), &mut [][..]);
    let failure = fuzz_det_in(&scenario("counter.toml"), worlds, 1, folders, control);
    let failure = failure.expect_err("it cannot be written");
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.to_string().contains("cannot write"), "{failure}");
}

#[test]
fn a_panic_of_the_search_itself_leaves_the_candidate_and_the_corpus() {
    let folder = scratch("fuzz-search-panics");
    let (out, corpus) = within(&folder);
    let control = &mut Spoiling {
        panics: true,
        ..Spoiling::new(20, || ())
    };
    let failure = search(&scenario("counter.toml"), &mut [], &folder, control);
    let failure = failure.expect_err("it panics");
    assert_eq!(failure.exit, Exit::Bug);
    let shown = failure.to_string();
    assert!(shown.contains("the control gives up"), "{shown}");
    assert!(load(&out.join("crash.toml"), "crash").is_ok());
    let entries = std::fs::read_dir(corpus).expect("the corpus is saved");
    assert!(entries.count() > 1);
}

/// Differs, and then cannot be asked any more.
struct OnlyOnce(bool);

impl World for OnlyOnce {
    fn name(&self) -> String {
        "only-once".to_string()
    }

    fn about(&self) -> String {
        "it answers once".to_string()
    }

    fn execute(&mut self, _history: &History, _watch: Watch) -> Result<WorldAnswer, Failure> {
        match std::mem::replace(&mut self.0, true) {
            false => Ok(WorldAnswer::Executed(Execution::default(), Way::default())),
            true => Err(Failure::bug("garbage")),
        }
    }
}

#[test]
fn a_difference_that_cannot_be_explained_is_a_finding_all_the_same() {
    let folder = scratch("fuzz-unexplained");
    let mut worlds: Vec<Box<dyn World>> = vec![Box::new(OnlyOnce(false))];
    let control = &mut Spoiling::new(10, || ());
    let report = search(&scenario("counter.toml"), &mut worlds, &folder, control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    let finding = report.finding.expect("it differs");
    assert_eq!(finding.place, None);
    assert!(Path::new(&finding.file.expect("it is written")).exists());
    let said = control.told.iter().any(|told| told.ends_with("garbage"));
    assert!(said, "{:#?}", control.told);
}

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
