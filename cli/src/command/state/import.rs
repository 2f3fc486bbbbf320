//! `lockstep state import`: a state directory from an export.
//!
//! The state is made under another name and gets its own when it is whole and its root is right,
//! so an import that is interrupted leaves no half of a state in the place of one.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_state_trie::{Trie, TrieError};
use lockstep_store::{Settings, Store, StoreError};
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::module_file::reason;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::{ExportFile, Progress, StateDirectory, VersionReport, version_report};
use crate::state_failure::{store_failure, trie_failure};
use crate::value::grouped;

/// The arguments of `lockstep state import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The export
    file: PathBuf,
    /// The directory to make; it must be empty or not there
    directory: PathBuf,
    /// Print one JSON document (schema lockstep.state.import/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct ImportReport {
    schema: &'static str,
    last: VersionReport,
    directory: String,
}

/// Imports.
pub(super) fn import(arguments: &ImportArguments) -> Answer {
    match make(arguments) {
        Ok(report) => {
            let text = format!(
                "made {}: {} entries, root {}\n",
                report.directory,
                grouped(report.last.entries),
                report.last.root
            );
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn make(arguments: &ImportArguments) -> Result<ImportReport, Failure> {
    let directory = &arguments.directory;
    check_free(directory)?;
    let file = ExportFile::open(&arguments.file)?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    let temporary = directory.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let result = load(file, &temporary).and_then(|()| {
        // An empty directory makes way; renaming fails if anything came into it.
        let renamed = fs::rename(&temporary, directory);
        renamed.map_err(|error| unusable(directory, reason(&error)))
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    result?;
    let store = StateDirectory::read(directory)?;
    Ok(ImportReport {
        schema: "lockstep.state.import/1",
        last: version_report(&store, store.last())?,
        directory: directory.display().to_string(),
    })
}

/// Refuses a directory in which there is something.
fn check_free(directory: &Path) -> Result<(), Failure> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries.count(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(unusable(directory, reason(&error))),
    };
    if entries == 0 {
        return Ok(());
    }
    let message = format!("{} is not empty", directory.display());
    let help = "name a directory that is empty or not there";
    Err(Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateExists, message, help),
    ))
}

fn unusable(directory: &Path, reason: &str) -> Failure {
    let message = format!("cannot make {}: {reason}", directory.display());
    let help = "name a directory in a folder that exists and that you may write to";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateUnusable, message, help),
    )
}

/// Loads the entries into a new store, and checks the file and the root.
fn load(mut file: ExportFile, directory: &Path) -> Result<(), Failure> {
    let store = Store::create(directory, Settings::default());
    let mut trie = Trie::new(store.map_err(|error| store_failure(&error))?);
    let mut progress = Progress::new("imported", file.entries);
    let entries = (&mut file).inspect(|_| progress.step());
    trie.load(entries)
        .map_err(|error| load_failure(&file, error))?;
    let (root, record) = (file.root, file.record.clone());
    if trie.root() != root {
        let what = format!(
            "its entries lead to root 0x{}, not to 0x{root}",
            trie.root()
        );
        let failure = file.damaged(&what);
        // What is wrong with the file itself says more.
        file.finish()?;
        return Err(failure);
    }
    file.finish()?;
    if !record.is_empty() {
        trie.update_with_record([], record).map_err(trie_failure)?;
    }
    let closed = trie.into_store().close();
    closed.map_err(|error| store_failure(&error))
}

/// Why loading failed: the file's fault if its entries are in disorder, or else the store's.
fn load_failure(file: &ExportFile, error: TrieError<StoreError>) -> Failure {
    match error {
        TrieError::NotAscending { index } => {
            file.damaged(&format!("entry {index} is not greater than the one before"))
        }
        other => trie_failure(other),
    }
}
