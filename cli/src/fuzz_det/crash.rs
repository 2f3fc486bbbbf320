//! What is left of a search that fails: the corpus, and the candidate that was under way.
//!
//! The machine stopping or panicking in the base world is no difference between worlds, but a bug
//! all the same, and nobody can mend it without the transactions that lead there.
//!
//! A process that is aborted says nothing and saves nothing: a panic within a host call of wasmi and
//! a native stack that ends do this. So each candidate is in a file for as long as it runs
//! ([`UnderWay`]), and a process that dies leaves that.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::Folders;
use super::ask::panic_text;
use super::candidate::Candidate;
use super::corpus_folder::save_corpus;
use super::finding_file::{Writer, write_finding};
use crate::output_file::unwritable;
use crate::problem::{Failure, Problem};
use crate::scenario::Scenario;
use crate::state::refuse_folder_of_state;

/// The name of the scenario that is written.
const NAME: &str = "crash";

/// The candidate that runs, and the file that it is in meanwhile.
pub(super) struct UnderWay<'a> {
    scenario: &'a Scenario,
    folder: Option<&'a Path>,
    /// Whether the folder was not there before.
    has_made_folder: bool,
    /// The files that are there.
    files: BTreeSet<PathBuf>,
    candidate: Option<Candidate>,
}

impl<'a> UnderWay<'a> {
    /// Candidates of a scenario, which are in this folder while they run, if there is one.
    pub(super) fn new(scenario: &'a Scenario, folder: Option<&'a Path>) -> UnderWay<'a> {
        UnderWay {
            scenario,
            folder,
            has_made_folder: false,
            files: BTreeSet::new(),
            candidate: None,
        }
    }

    /// This candidate is about to run.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub(super) fn begin(&mut self, candidate: &Candidate) -> Result<(), Failure> {
        self.candidate = Some(candidate.clone());
        let Some(folder) = self.folder else {
            return Ok(());
        };
        refuse_folder_of_state(folder)?;
        // A folder that cannot be made shows when the first file is written.
        let _ = folder.parent().map(std::fs::create_dir_all);
        self.has_made_folder |= std::fs::create_dir(folder).is_ok();
        // The number keeps apart what several processes leave.
        let name = format!("under-way-{}", std::process::id());
        let module_names = |_: &lockstep_abi::CodeHash, code: &str| format!("{name}.{code}.wasm");
        let writer = Writer::new(self.scenario, candidate, &module_names);
        // The system keeps what was written when the process dies, so nothing waits for the disk.
        let write = |path: &Path, bytes: &[u8]| {
            std::fs::write(path, bytes).map_err(|error| unwritable(path, &error))
        };
        for (path, bytes) in writer.modules(folder) {
            if !self.files.contains(&path) {
                write(&path, bytes)?;
                self.files.insert(path);
            }
        }
        let about = "the process died while these transactions ran";
        let path = folder.join(format!("{name}.toml"));
        write(
            &path,
            writer
                .scenario("under-way", about, candidate, &[])
                .as_bytes(),
        )?;
        self.files.insert(path);
        Ok(())
    }

    /// The candidate that began last.
    pub(super) fn candidate(&self) -> Option<&Candidate> {
        self.candidate.as_ref()
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        // Nobody may be left to write what ran.
        if std::thread::panicking() {
            return;
        }
        // The search is over, and whatever it found has files of its own. Those that cannot be
        // removed do no harm.
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        if let Some(folder) = self.folder.filter(|_| self.has_made_folder) {
            // Only when nothing is in it.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// What a search comes to. A panic of its own is a failure, like one in the base world.
///
/// # Errors
/// The failure of the search.
pub(super) fn caught<T>(search: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(search)).unwrap_or_else(|panic| {
        let text = panic_text(&*panic);
        Err(Failure::bug(format!("the search stopped: {text}")))
    })
}

/// What a search found, once its corpus is saved. When it failed, the candidate that was under
/// way is written, and the failure says where. When it found something, that comes with the problems
/// of saving the corpus.
///
/// # Errors
/// The failure of the search, or that of writing the corpus when nothing was found.
pub(super) fn kept<T>(
    found: Result<Option<T>, Failure>,
    scenario: &Scenario,
    folders: Folders<'_>,
    (corpus, under_way): (&[Candidate], Option<&Candidate>),
) -> Result<(Option<T>, Vec<Problem>), Failure> {
    let saved = save_corpus(folders.corpus, scenario, corpus);
    let mut failure = match found {
        Ok(None) => return saved.map(|()| (None, Vec::new())),
        Ok(found) => {
            let unsaved = saved.err().map(|unsaved| unsaved.problems);
            return Ok((found, unsaved.unwrap_or_default()));
        }
        Err(failure) => failure,
    };
    if let Err(unsaved) = saved {
        failure.problems.extend(unsaved.problems);
    }
    let Some((candidate, folder)) = under_way.zip(folders.out) else {
        return Err(failure);
    };
    let about = "the search failed here";
    match write_finding(folder, NAME, about, scenario, (candidate, &[])) {
        Ok(file) => {
            if let Some(problem) = failure.problems.first_mut() {
                let file = file.display();
                problem.help = format!("{}; its transactions are in {file}", problem.help);
            }
        }
        Err(unwritten) => failure.problems.extend(unwritten.problems),
    }
    Err(failure)
}
