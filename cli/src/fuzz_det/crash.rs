//! What is left of a search that fails: the corpus, and the candidate that was under way.
//!
//! The machine stopping or panicking in the base world is no difference between worlds, but a bug
//! all the same, and nobody can mend it without the transactions that lead there.
//!
//! A process that is aborted says nothing and saves nothing: a panic within a host call of wasmi and
//! a native stack that ends do this. So each candidate is in a file for as long as it runs
//! ([`UnderWay`]), and for as long as it is cut down, and a process that dies leaves that. Processes
//! of several containers can have one number, so a search takes a name that is free, and removes
//! nothing but what it made.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::ask::panic_text;
use super::candidate::Candidate;
use super::corpus::Corpus;
use super::corpus_folder::refuse_unwritable;
use super::finding_file::{Writer, write_finding};
use super::finding_name::names;
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
    /// How many names were taken by others.
    taken: usize,
    /// The files that it has made.
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
            taken: 0,
            files: BTreeSet::new(),
            candidate: None,
        }
    }

    /// Makes the folder, if there is to be one.
    ///
    /// # Errors
    /// When nothing could be written there.
    pub(super) fn prepare(&mut self) -> Result<(), Failure> {
        let Some(folder) = self.folder else {
            return Ok(());
        };
        self.make(folder)?;
        refuse_unwritable(Some(folder))
    }

    fn make(&mut self, folder: &Path) -> Result<(), Failure> {
        refuse_folder_of_state(folder)?;
        // A folder that cannot be made shows when the first file is written.
        let _ = folder.parent().map(std::fs::create_dir_all);
        self.has_made_folder |= std::fs::create_dir(folder).is_ok();
        Ok(())
    }

    /// This candidate is about to run.
    ///
    /// # Errors
    /// When its file cannot be written. Then no candidate is under way.
    pub(super) fn begin(&mut self, candidate: &Candidate) -> Result<(), Failure> {
        self.candidate = None;
        if let Some(folder) = self.folder {
            self.make(folder)?;
            let about = "the process died while these transactions ran";
            while let Err((path, error)) = self.write(folder, candidate, about) {
                if error.kind() != ErrorKind::AlreadyExists {
                    return Err(unwritable(&path, &error));
                }
                // Another search has left it, or is using it.
                self.remove();
                self.taken += 1;
            }
        }
        self.candidate = Some(candidate.clone());
        Ok(())
    }

    /// The candidate that began last shows something and is about to be cut down. Its file, which is
    /// left when the process dies meanwhile, says so. Returns which one that is, if it has one.
    pub(super) fn found(&mut self, shows: &str) -> Option<PathBuf> {
        let candidate = self.candidate.clone()?;
        let about = format!("{shows}; the process died while this was cut down");
        self.write(self.folder?, &candidate, &about).ok()
    }

    /// Writes the files of a candidate, and returns the scenario's. A name that others have is not
    /// used.
    fn write(
        &mut self,
        folder: &Path,
        candidate: &Candidate,
        about: &str,
    ) -> Result<PathBuf, (PathBuf, std::io::Error)> {
        // The number keeps apart what several processes leave.
        let name = format!("under-way-{}", std::process::id());
        let name = names(&name).nth(self.taken).unwrap_or_default();
        let module_names = |_: &lockstep_abi::CodeHash, code: &str| format!("{name}.{code}.wasm");
        let writer = Writer::new(self.scenario, candidate, &module_names);
        let modules = writer.modules(folder);
        let missing: Vec<(PathBuf, &[u8])> = modules
            .filter(|(path, _)| !self.files.contains(path))
            .collect();
        let text = writer.scenario("under-way", about, candidate, &[]);
        let file = folder.join(format!("{name}.toml"));
        let scenario = (file.clone(), text.as_bytes());
        for (path, bytes) in missing.into_iter().chain([scenario]) {
            // The system keeps what was written when the process dies, so nothing waits for the disk.
            let written = match self.files.contains(&path) {
                true => std::fs::write(&path, bytes),
                false => File::create_new(&path).and_then(|mut file| {
                    self.files.insert(path.clone());
                    file.write_all(bytes)
                }),
            };
            written.map_err(|error| (path, error))?;
        }
        Ok(file)
    }

    /// Removes the files that it has made. Those that cannot be removed do no harm.
    fn remove(&mut self) {
        for file in std::mem::take(&mut self.files) {
            let _ = std::fs::remove_file(file);
        }
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
        // The search is over, and whatever it found has files of its own.
        self.remove();
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

/// What a search found, once all of its corpus is saved. When it failed, the candidate that was under
/// way is written, and the failure says where. When it found something, that comes with the problems
/// of saving the corpus.
///
/// # Errors
/// The failure of the search, or that of writing the corpus when nothing was found.
pub(super) fn kept<T>(
    found: Result<Option<T>, Failure>,
    scenario: &Scenario,
    out: Option<&Path>,
    (corpus, under_way): (&Corpus<'_>, Option<&Candidate>),
) -> Result<(Option<T>, Vec<Problem>), Failure> {
    let saved = corpus.save();
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
    let Some((candidate, folder)) = under_way.zip(out) else {
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
