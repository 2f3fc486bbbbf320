//! Writing a file so that it is either whole or as it was: to a temporary file beside it, which
//! then takes its name. The name is durable, too, before anything is said to be done.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use lockstep_store::{Disk, Medium};

use crate::exit::Exit;
use crate::module_file::reason;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::refuse_in_state;

/// How many names are tried for what has not its own yet.
const NAMES_MAX: u32 = 1_000;

/// Refuses an output file whose folder is not there or is a state's, before anything is done for it.
///
/// # Errors
/// When there is no such folder, or nothing may be written there.
pub(crate) fn refuse_without_folder(path: &Path) -> Result<(), Failure> {
    refuse_in_state(path)?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match folder.is_none_or(Path::is_dir) {
        true => Ok(()),
        false => Err(unwritable(path, &ErrorKind::NotFound.into())),
    }
}

/// Writes `bytes` to `path`.
///
/// # Errors
/// When the folder does not exist, cannot be written, or is a state's, or the disk is full. The file
/// is then as it was before.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_beside(path, |file, temporary| {
        write_and_rename(file, temporary, path, bytes)
    })
}

/// As [`write_atomically`], but nothing waits for the disk: the file is whole also when the process
/// dies, but not when the power fails.
///
/// # Errors
/// As [`write_atomically`].
pub(crate) fn write_without_waiting(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_beside(path, |mut file, temporary| {
        file.write_all(bytes)?;
        drop(file);
        fs::rename(temporary, path)
    })
}

/// Writes a file in a function that gets a new one beside it, and that one's name.
fn write_beside(
    path: &Path,
    write: impl FnOnce(File, &Path) -> io::Result<()>,
) -> Result<(), Failure> {
    refuse_in_state(path)?;
    let written = make_beside(path, |name| File::create_new(name)).and_then(|(file, temporary)| {
        write(file, &temporary).inspect_err(|_| {
            // The error that is reported is the first one; a leftover file is harmless.
            let _ = fs::remove_file(&temporary);
        })
    });
    written.map_err(|error| unwritable(path, &error))
}

/// Makes something beside a file or directory that will take its name, with a function that fails
/// where its name is taken. Returns what was made, and the name, which contains the number of the
/// process. What has that name already is not touched: a process that was killed may have left it, and
/// processes of several containers can have one number.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_beside<T>(
    path: &Path,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let process = std::process::id();
    for number in 1..=NAMES_MAX {
        let temporary = path.with_file_name(format!(".{name}.{process}-{number}.tmp"));
        match make(&temporary) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return Ok((made?, temporary)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn write_and_rename(mut file: File, temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    rename_durably(&Disk, temporary, path)
}

/// Gives a file or directory, whose contents are durable, its final name, and returns when that is
/// durable, too.
///
/// # Errors
/// When the system refuses it.
pub(crate) fn rename_durably(medium: &dyn Medium, from: &Path, to: &Path) -> io::Result<()> {
    medium.rename(from, to)?;
    medium.sync_directory(to.parent().unwrap_or_else(|| Path::new("")))
}

/// The failure to write an output file.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        ErrorKind::NotFound => "there is no such folder",
        _ => reason(error),
    };
    let message = format!("cannot write {}: {reason}", path.display());
    let (exit, help) = match has_no_room(error) {
        true => (
            Exit::Transient,
            "make room and start again, or name a file on another disk",
        ),
        false => (
            Exit::Usage,
            "name a file in a folder that exists and that you may write to",
        ),
    };
    Failure::new(
        exit,
        Problem::new(ProblemCode::FileUnwritable, message, help),
    )
}

/// Whether writing failed because there is no room: on the disk, by a quota, or by a limit for the
/// process.
pub(crate) fn has_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

#[cfg(test)]
mod tests {
    use super::{make_beside, rename_durably};
    use lockstep_store::{Medium, MediumFile, Mode};
    use std::io;
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    /// A file system that only writes down what it is asked for.
    #[derive(Debug, Default)]
    struct Asked(Mutex<Vec<String>>);

    impl Asked {
        fn note(&self, what: String) -> io::Result<()> {
            self.0.lock().expect("nobody panicked").push(what);
            Ok(())
        }
    }

    impl Medium for Asked {
        fn create_directory(&self, path: &Path) -> io::Result<()> {
            self.note(format!("create {}", path.display()))
        }

        fn list(&self, path: &Path) -> io::Result<Vec<String>> {
            self.note(format!("list {}", path.display()))?;
            Ok(Vec::new())
        }

        fn open(&self, _path: &Path, _mode: Mode) -> io::Result<Arc<dyn MediumFile>> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.note(format!("rename {} {}", from.display(), to.display()))
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.note(format!("remove {}", path.display()))
        }

        fn sync_directory(&self, path: &Path) -> io::Result<()> {
            self.note(format!("sync `{}`", path.display()))
        }
    }

    #[test]
    fn a_name_is_durable_before_it_is_reported() {
        let asked = Asked::default();
        for (from, to) in [("a/.x.tmp", "a/x"), (".y.tmp", "y")] {
            rename_durably(&asked, Path::new(from), Path::new(to)).expect("it is renamed");
        }
        let asked = asked.0.into_inner().expect("nobody panicked");
        assert_eq!(
            asked,
            [
                "rename a/.x.tmp a/x",
                "sync `a`",
                "rename .y.tmp y",
                "sync ``"
            ]
        );
    }

    #[test]
    fn what_has_the_name_already_is_not_touched() {
        let taken = |name: &Path| match name.to_string_lossy().ends_with("-3.tmp") {
            true => Ok(()),
            false => Err(io::ErrorKind::AlreadyExists.into()),
        };
        let ((), name) = make_beside(Path::new("a/x"), taken).expect("the third name");
        let expected = format!("a/.x.{}-3.tmp", std::process::id());
        assert_eq!(name, Path::new(&expected));
        let full = |_: &Path| -> io::Result<()> { Err(io::ErrorKind::StorageFull.into()) };
        let error = make_beside(Path::new("x"), full).expect_err("no room");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
