//! What a machine that stops or panics leaves, and what an interrupt leaves of cutting down.

use std::path::Path;

use lockstep_cli::{
    Control, Exit, FuzzFolders, Statistics, base_engine, cover, cut, fuzz_det, fuzz_det_in, load,
    replay_finding, run, standard_worlds,
};

use crate::faulty::{Fault, faulty};
use crate::{Candidates, scenario, scratch, world_of};

/// The scenarios of a folder.
fn scenarios(folder: &Path) -> usize {
    let listed = std::fs::read_dir(folder).expect("the folder is there");
    let paths = listed.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .count()
}

#[test]
fn a_base_world_that_fails_or_panics_leaves_the_candidate_and_the_corpus() {
    for (fault, said) in [
        (Fault::FailsWhenOut, "faulty failed: the gas ran out"),
        (Fault::PanicsWhenOut, "panic: the gas ran out"),
    ] {
        let folder = scratch(&format!("fuzz-crash-{fault:?}"));
        let (out, corpus) = (folder.join("out"), folder.join("corpus"));
        let folders = FuzzFolders {
            out: Some(&out),
            corpus: Some(&corpus),
        };
        let worlds = (&faulty(fault), &mut [][..]);
        let control = &mut Candidates(300);
        let failure = fuzz_det_in(&scenario("token.toml"), worlds, 3, folders, control);
        let failure = failure.expect_err("gas runs out in some candidate");
        assert_eq!(failure.exit, Exit::Bug);
        let shown = failure.to_string();
        assert!(shown.contains(said), "{shown}");
        let file = out.join("crash.toml");
        let named = format!("its transactions are in {}", file.display());
        assert!(shown.contains(&named), "{shown}");
        assert!(scenarios(&corpus) > 0, "what reached something new is kept");
        // The real engine runs what was written, and gas does run out in it.
        let written = load(&file, "crash").unwrap_or_else(|failure| panic!("{failure}"));
        let finished = run(&written).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(finished.exit, Exit::Failed, "{:#?}", finished.problems);
        let report = serde_json::to_string(&finished.report).expect("a document");
        assert!(report.contains("out_of_gas"), "{report}");
    }
}

/// Where the process that dies writes, from its own number or that of the process that started it.
#[cfg(unix)]
fn folder_of(process: u32) -> std::path::PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-dies-{process}"))
}

/// What nothing can catch: the process is gone, and the candidate is still there. The process is this
/// test once more, which knows by its parent's folder that it is to die.
#[cfg(unix)]
#[test]
fn a_process_that_dies_leaves_the_candidate() {
    let of_parent = folder_of(std::os::unix::process::parent_id());
    if of_parent.exists() {
        die(&of_parent);
    }
    let folder = folder_of(std::process::id());
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let program = std::env::current_exe().expect("this test");
    let mut command = std::process::Command::new(program);
    command.args([
        "--exact",
        "crashes::a_process_that_dies_leaves_the_candidate",
    ]);
    let output = command.output().expect("it starts");
    assert!(!output.status.success(), "{output:?}");
    let listed = std::fs::read_dir(&folder).expect("the folder is there");
    let mut paths = listed.map(|entry| entry.expect("an entry").path());
    let file = paths.find(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let file = file.expect("the candidate is left");
    assert!(file.to_string_lossy().contains("under-way-"), "{file:?}");
    // The real engine runs what was written, and gas does run out in it.
    let written = load(&file, "under-way").unwrap_or_else(|failure| panic!("{failure}"));
    let finished = run(&written).unwrap_or_else(|failure| panic!("{failure}"));
    let report = serde_json::to_string(&finished.report).expect("a document");
    assert!(report.contains("out_of_gas"), "{report}");
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

/// Gas runs out, and with it the process.
#[cfg(unix)]
fn die(folder: &Path) -> ! {
    let scenario = scenario("token.toml");
    let base = faulty(Fault::AbortsWhenOut);
    let control = &mut Candidates(300);
    let report = fuzz_det(&scenario, &base, &mut [], 3, Some(folder), control);
    panic!("gas ran out in no candidate: {report:?}");
}

#[test]
fn a_search_that_ends_by_itself_leaves_nothing() {
    let folder = scratch("fuzz-leaves-nothing");
    let scenario = scenario("counter.toml");
    let own = folder.join("a/own");
    for out in [&own, &folder.join("a")] {
        let control = &mut Candidates(3);
        let report = fuzz_det(&scenario, &base_engine(), &mut [], 1, Some(out), control);
        assert_eq!(report.expect("a report").finding, None);
    }
    assert!(!own.exists(), "an empty folder goes, too");
    assert!(folder.join("a").exists(), "one that was there stays");
}

#[test]
fn a_panic_in_the_thread_of_a_world_is_a_finding_with_its_words() {
    for name in ["stack-small", "threads", "heap"] {
        let mut worlds = standard_worlds(&faulty(Fault::PanicsBehindRuns), &[], None);
        worlds.retain(|world| world.name() == name);
        let out = scratch(&format!("fuzz-panic-{name}"));
        // Not cut down: every try would tell of the panic on stderr.
        let control = &mut Impatient(std::cell::Cell::new(0));
        let scenario = scenario("token.toml");
        let report = fuzz_det(
            &scenario,
            &base_engine(),
            &mut worlds,
            1,
            Some(&out),
            control,
        );
        let finding = report.expect("a report").finding.expect("a finding");
        assert_eq!(finding.world.split('#').next(), Some(name));
        let place = finding.place.expect("it shows every time");
        assert!(place.other.contains("panic: behind a run"), "{place:#?}");
        assert!(Path::new(&finding.file.expect("it is written")).exists());
    }
}

/// Never over, and interrupted after some tries.
struct Impatient(std::cell::Cell<u32>);

impl Control for Impatient {
    fn is_over(&mut self, _statistics: &Statistics) -> bool {
        false
    }

    fn is_interrupted(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left == 0
    }
}

#[test]
fn an_interrupt_ends_a_candidate_after_the_world_that_is_under_way() {
    let scenario = scenario("counter.toml");
    let asked = |patience: u32| {
        let mut worlds = standard_worlds(&base_engine(), &[], None);
        let control = &mut Impatient(std::cell::Cell::new(patience));
        let mut campaign = ImpatientOnce(control);
        let report = fuzz_det(
            &scenario,
            &base_engine(),
            &mut worlds,
            1,
            None,
            &mut campaign,
        );
        let worlds = report.expect("a report").statistics.worlds;
        worlds.iter().map(|world| world.executions).sum::<u64>()
    };
    assert_eq!((asked(0), asked(2)), (1, 3));
}

/// Over after the first candidate.
struct ImpatientOnce<'i>(&'i mut Impatient);

impl Control for ImpatientOnce<'_> {
    fn is_over(&mut self, _statistics: &Statistics) -> bool {
        true
    }

    fn is_interrupted(&self) -> bool {
        self.0.is_interrupted()
    }
}

#[test]
fn an_interrupt_ends_cutting_down_with_the_best_so_far() {
    let scenario = scenario("token.toml");
    let tries = |patience: u32| {
        let mut worlds = world_of(Fault::EventsCostMore);
        let control = &mut Impatient(std::cell::Cell::new(patience));
        let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, control);
        report.expect("a report").finding.expect("a finding")
    };
    let whole = tries(0);
    assert_eq!(whole.tries, 0);
    assert_eq!(whole.transactions, whole.transactions_before);
    assert!(whole.place.is_some(), "the report is complete");
    let begun = tries(4);
    assert_eq!(begun.tries, 4);
    assert!(begun.transactions < begun.transactions_before && begun.transactions > 3);
}

#[test]
fn an_interrupt_ends_what_is_done_with_a_finding() {
    let folder = scratch("fuzz-interrupted");
    let scenario = scenario("counter.toml");
    let base = base_engine();
    let interrupted = |patience: u32| Impatient(std::cell::Cell::new(patience));
    let names = |patience: u32| {
        let mut worlds = standard_worlds(&base, &[], None);
        let control = &mut interrupted(patience);
        let replayed = replay_finding(&scenario, &base, &mut worlds, control);
        let replayed = replayed.expect("a report");
        assert!(replayed.interrupted);
        assert_eq!(replayed.exit(), Exit::Interrupted);
        replayed.worlds.len()
    };
    assert_eq!((names(0), names(2)), (0, 2), "those that were asked");

    let mut worlds = standard_worlds(&base, &[], None);
    let place = (folder.as_path(), "left");
    let left = cut(&scenario, (&base, &mut worlds), place, &mut interrupted(1));
    assert_eq!(left.expect_err("nothing is known").exit, Exit::Interrupted);

    let (corpus, fewer) = (folder.join("corpus"), folder.join("fewer"));
    let folders = FuzzFolders {
        out: None,
        corpus: Some(&corpus),
    };
    let search = fuzz_det_in(&scenario, (&base, &mut []), 1, folders, &mut Candidates(40));
    search.expect("a report");
    let covered = cover(&corpus, &fewer, &base, &mut interrupted(1));
    let failure = covered.expect_err("only one entry was run");
    assert_eq!(failure.exit, Exit::Interrupted);
    assert!(failure.to_string().contains("after 1 entry"), "{failure}");
    assert!(!fewer.exists(), "nothing was written");
    assert!(cover(&corpus, &fewer, &base, &mut interrupted(99)).is_ok());
}
