//! What a search writes while it runs: the corpus, and the candidate that is under way.

use std::collections::BTreeMap;
use std::path::Path;

use lockstep_cli::{
    Control, Exit, FuzzFolders, Statistics, base_engine, fuzz_det, fuzz_det_in, fuzz_run_in,
};

use crate::kept::{search, within};
use crate::{Candidates, scenario, scratch};

/// The files of a folder with what is in them.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let listed = std::fs::read_dir(folder).into_iter().flatten();
    let paths = listed.map(|entry| entry.expect("an entry").path());
    paths
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("a file"))
        })
        .collect()
}

/// Ends after so many candidates, and keeps what was told and what was in a folder before the end.
struct Looking<'f> {
    candidates: u64,
    folder: &'f Path,
    seen: BTreeMap<String, Vec<u8>>,
    told: Vec<String>,
    is_interrupted: bool,
}

impl<'f> Looking<'f> {
    fn new(candidates: u64, folder: &'f Path) -> Looking<'f> {
        Looking {
            candidates,
            folder,
            seen: BTreeMap::new(),
            told: Vec::new(),
            is_interrupted: false,
        }
    }

    fn was_told(&self, words: &str) -> bool {
        self.told.iter().any(|told| told.contains(words))
    }
}

impl Control for Looking<'_> {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        self.seen = files(self.folder);
        statistics.candidates >= self.candidates
    }

    fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    fn tell(&mut self, what: &str) {
        self.told.push(what.to_string());
    }
}

#[test]
fn what_another_search_of_the_same_number_left_is_not_touched() {
    let out = scratch("fuzz-under-way-taken");
    let name = format!("under-way-{}", std::process::id());
    let left = [format!("{name}.toml"), format!("{name}-2.counter.wasm")];
    for file in &left {
        std::fs::write(out.join(file), "left by another").expect("it can be written");
    }
    let before = files(&out);
    let control = &mut Looking::new(3, &out);
    let scenario = scenario("counter.toml");
    let report = fuzz_det(&scenario, &base_engine(), &mut [], 1, Some(&out), control);
    report.expect("a report");
    assert!(control.seen.contains_key(&format!("{name}-3.toml")));
    assert!(!control.seen.contains_key(&format!("{name}-2.toml")));
    assert_eq!(files(&out), before);
}

#[test]
fn an_entry_is_there_as_soon_as_its_candidate_joins() {
    let folder = scratch("fuzz-corpus-at-once");
    for (name, corpus) in [("det", "of-det"), ("run", "of-run")] {
        let (scenario, corpus) = (scenario("token.toml"), folder.join(corpus));
        let folders = FuzzFolders {
            out: None,
            corpus: Some(&corpus),
        };
        let control = &mut Looking::new(30, &corpus);
        let joined = match name {
            "det" => {
                let worlds = (&base_engine(), &mut [][..]);
                let report = fuzz_det_in(&scenario, worlds, 2, folders, control);
                report.expect("a report").statistics.corpus
            }
            _ => {
                let report = fuzz_run_in(&scenario, 2, folders, control);
                report.expect("a report").statistics.corpus
            }
        };
        let entries = control.seen.keys().filter(|name| name.ends_with(".toml"));
        assert!(joined > 2, "{joined}");
        assert_eq!(entries.count(), joined, "{name}");
        assert_eq!(
            files(&corpus),
            control.seen,
            "nothing is written at the end"
        );
    }
}

#[test]
fn torn_entries_are_left_out_and_written_anew() {
    let folder = scratch("fuzz-corpus-torn");
    let (_, corpus) = within(&folder);
    let scenario = scenario("counter.toml");
    let searched = |control: &mut dyn Control| {
        let report = search(&scenario, &mut [], &folder, control);
        report.unwrap_or_else(|failure| panic!("{failure}"));
    };
    searched(&mut Candidates(20));
    let whole = files(&corpus);
    for (position, (name, bytes)) in whole.iter().enumerate() {
        let torn = match position % 2 {
            0 => Vec::new(),
            _ => vec![0; bytes.len()],
        };
        std::fs::write(corpus.join(name), torn).expect("it can be written");
    }
    let control = &mut Looking::new(20, &corpus);
    searched(control);
    assert!(
        control.was_told("left out of the corpus"),
        "{:#?}",
        control.told
    );
    assert!(
        control.was_told("fit the scenario: 0 of"),
        "{:#?}",
        control.told
    );
    assert_eq!(files(&corpus), whole);
}

#[test]
fn an_interrupt_ends_the_reading_of_the_corpus() {
    let folder = scratch("fuzz-corpus-interrupted");
    let (_, corpus) = within(&folder);
    let scenario = scenario("counter.toml");
    let report = search(&scenario, &mut [], &folder, &mut Candidates(20));
    report.expect("a report");
    let control = &mut Looking {
        is_interrupted: true,
        ..Looking::new(1, &corpus)
    };
    let report = search(&scenario, &mut [], &folder, control);
    report.expect("a report");
    assert!(
        control.was_told("fit the scenario: 0 of"),
        "{:#?}",
        control.told
    );
}

#[test]
fn an_unwritable_folder_for_findings_is_refused_before_anything_is_searched() {
    let folder = scratch("fuzz-no-out");
    std::fs::write(folder.join("file"), "").expect("the folder can be written");
    let out = folder.join("file/out");
    let control = &mut Looking::new(10, &folder);
    let scenario = scenario("counter.toml");
    let failure = fuzz_det(&scenario, &base_engine(), &mut [], 1, Some(&out), control);
    let failure = failure.expect_err("it cannot be written");
    assert_eq!(failure.exit, Exit::Usage);
    assert_eq!(failure.problems.len(), 1, "{failure}");
    assert!(!failure.to_string().contains("crash"), "{failure}");
    assert!(!control.was_told("running the seed"), "{:#?}", control.told);
}
