//! What a failing store means for the user: which problem it is, and what to do.

use std::error::Error;
use std::io::ErrorKind;

use lockstep_state_trie::TrieError;
use lockstep_store::StoreError;

use crate::exit::Exit;
use crate::output_file::has_no_room;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// The failure that a store's error is.
pub(crate) fn store_failure(error: &StoreError) -> Failure {
    let (exit, code, help) = match error {
        StoreError::Io { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
                Exit::Usage,
                ProblemCode::StateUnusable,
                "give yourself the permission to read and write the directory and its files",
            ),
            _ if has_no_room(source) => (
                Exit::Transient,
                ProblemCode::StateUnusable,
                "make room; every block that was committed is kept",
            ),
            _ => (
                Exit::Bug,
                ProblemCode::StateUnusable,
                "find out why the file system fails; every block that was committed is kept",
            ),
        },
        StoreError::Locked { .. } => (
            Exit::Transient,
            ProblemCode::StateLocked,
            "end the other process, or wait for it; reading is possible while others read",
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
        StoreError::NotKept { .. } => (
            Exit::NothingMatched,
            ProblemCode::VersionNotKept,
            "`lockstep state root DIRECTORY --all` lists what is kept",
        ),
        StoreError::NotTheLast { .. }
        | StoreError::ReadOnly { .. }
        | StoreError::Failed { .. }
        | StoreError::TooLarge { .. } => {
            return Failure::bug(error);
        }
    };
    Failure::new(exit, Problem::new(code, error.to_string(), help))
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
