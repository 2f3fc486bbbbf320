//! What a failing store means for the user: which problem it is, and what to do.

use std::error::Error;
use std::io::{self, ErrorKind};

use lockstep_state_trie::TrieError;
use lockstep_store::StoreError;

use crate::exit::Exit;
use crate::module_file::reason;
use crate::output_file::has_no_room;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// The failure that a store's error is.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    let (exit, code, help) = match error {
        StoreError::Io { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied => (
                Exit::Usage,
                ProblemCode::StateUnusable,
                "give yourself the permission to read and write the directory and its files",
            ),
            ErrorKind::ReadOnlyFilesystem => (
                Exit::Usage,
                ProblemCode::StateUnusable,
                "its file system can only be read: have it mounted for writing, or work on a copy",
            ),
            _ if leads_nowhere(source) => (
                Exit::Usage,
                ProblemCode::StateUnusable,
                "name another directory: this path is too long, or its links lead in a circle",
            ),
            _ if has_no_room(source) => (
                Exit::Transient,
                ProblemCode::StateUnusable,
                "make room; every block that was committed is kept",
            ),
            _ if has_no_descriptor(source) => (
                Exit::Transient,
                ProblemCode::StateUnusable,
                "let the process have more files open than the state has in its directory, as with \
                 `ulimit -n`; nothing is wrong with the state",
            ),
            _ => (
                Exit::Bug,
                ProblemCode::StateUnusable,
                "find out why the file system fails; no block that was committed was given up for it",
            ),
        },
        StoreError::NotKept { .. } => (
            Exit::NothingMatched,
            ProblemCode::VersionNotKept,
            "`lockstep state root DIRECTORY --all` lists what is kept",
        ),
        StoreError::NoCheckpoint { source } => return no_checkpoint_failure(error, source),
        StoreError::ReadOnly { .. } => (
            Exit::Usage,
            ProblemCode::StateUnusable,
            "this command only reads; `run`, `call`, `state prune` and `state rollback` change a state",
        ),
        StoreError::Failed { .. } => (
            Exit::Bug,
            ProblemCode::StateUnusable,
            "remove the cause and start the command again; every block that was committed is kept",
        ),
        StoreError::NoMoreSegments { .. } => (
            Exit::Usage,
            ProblemCode::StateUnusable,
            "move the state to a new directory with `lockstep state export` and `lockstep state import`",
        ),
        StoreError::TooLarge { bytes, limit } => return too_large(error, *limit, *bytes),
        other => match of_directory(other) {
            Some(told) => told,
            None => return Failure::bug(error),
        },
    };
    Failure::new(exit, Problem::new(code, message(error), help))
}

/// The failure of a rollback or prune. Where only the sync of it failed, it is in the log, and the next
/// opening makes it durable.
pub(crate) fn rollback_or_prune_failure(error: &StoreError) -> Failure {
    let mut failure = store_failure(error);
    if error.is_of_sync()
        && let Some(problem) = failure.problems.last_mut()
    {
        problem.help =
            "find out why the file system fails; it may be done all the same when the state is \
            opened again, which `lockstep state root DIRECTORY --all` shows"
                .to_string();
    }
    failure
}

/// What is wrong, without what the help says.
fn message(error: &StoreError) -> String {
    match error {
        StoreError::Io {
            action,
            path,
            source,
        } => format!("cannot {action} {}: {}", path.display(), reason(source)),
        StoreError::Locked { directory } => {
            format!("{} is in use by another process", directory.display())
        }
        StoreError::Damaged { path, offset, what } => {
            format!("{} is damaged at byte {offset}: {what}", path.display())
        }
        StoreError::NoMoreSegments { limit } => {
            format!("the log of the state has begun all of the {limit} segment files that it may")
        }
        other => other.to_string(),
    }
}

/// Whether nothing can be at a path: a name in it is too long, or links lead in a circle (`ELOOP`).
fn leads_nowhere(error: &io::Error) -> bool {
    let circle = if cfg!(target_os = "linux") { 40 } else { 62 };
    error.kind() == ErrorKind::InvalidFilename || cfg!(unix) && error.raw_os_error() == Some(circle)
}

/// Whether opening a file failed because the process (`EMFILE`) or the system (`ENFILE`) has too many
/// open.
fn has_no_descriptor(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// What to do about a directory that cannot be opened as it is.
fn of_directory(error: &StoreError) -> Option<(Exit, ProblemCode, &'static str)> {
    Some(match error {
        StoreError::Locked { .. } => (
            Exit::Transient,
            ProblemCode::StateLocked,
            "end the other process, or wait for it; several may read a state at a time, and one that \
             changes it works alone",
        ),
        StoreError::NotAState { .. } => (
            Exit::Usage,
            ProblemCode::NotAState,
            "name a directory that `lockstep run SCENARIO --state DIRECTORY` or `lockstep state \
             import` has made",
        ),
        StoreError::ForeignFile { .. } => (
            Exit::Usage,
            ProblemCode::StateForeignFile,
            "move that file to another folder; nothing else is wrong",
        ),
        StoreError::Misnamed { .. } => (
            Exit::Usage,
            ProblemCode::StateForeignFile,
            "move it to another folder, or name another directory",
        ),
        StoreError::AlreadyThere { .. } => (
            Exit::Usage,
            ProblemCode::StateExists,
            "name another directory, or delete this one if it is not needed",
        ),
        StoreError::UnknownFormat { .. } => (
            Exit::Usage,
            ProblemCode::StateFormat,
            "export it with the program that wrote it, and import that with this one",
        ),
        StoreError::Damaged { .. } => (
            Exit::Bug,
            ProblemCode::StateDamaged,
            "what is damaged was left as it is; restore the directory from a copy, or import an export",
        ),
        _ => return None,
    })
}

/// The failure that a block is too large for the log.
fn too_large(error: &StoreError, limit: u64, actual: u64) -> Failure {
    let help = "let fewer or smaller transactions make a block; every block before is kept";
    let problem = Problem::new(ProblemCode::StateUnusable, error.to_string(), help);
    Failure::new(Exit::Usage, problem.beyond(limit, actual))
}

/// The failure that everything is done and only the checkpoint after it failed.
fn no_checkpoint_failure(error: &StoreError, source: &StoreError) -> Failure {
    let mut failure = store_failure(source);
    if let Some(problem) = failure.problems.last_mut() {
        let done = error.to_string();
        problem.message = done.replace(&source.to_string(), &problem.message);
        problem.help = format!(
            "{}; a rollback or prune that came this far is done, and the same command again gives \
             the space back",
            problem.help
        );
    }
    failure
}

/// The failure that an error of a trie on a store is.
pub(crate) fn trie_failure(error: TrieError<StoreError>) -> Failure {
    machine_failure(error)
}

/// The failure of a machine: of its store, if a store's error is among the causes, or else a bug.
pub(crate) fn machine_failure(error: impl Error + 'static) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return store_failure(error);
        }
        cause = error.source();
    }
    Failure::bug(error)
}

#[cfg(test)]
mod tests;
