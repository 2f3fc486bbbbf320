//! Writing a file so that it is either whole or as it was: to a temporary file beside it, which
//! then takes its name. The name is durable, too, before anything is said to be done.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use lockstep_store::{Disk, Medium};

use crate::exit::Exit;
use crate::module_file::reason;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Writes `bytes` to `path`.
///
/// # Errors
/// When the folder does not exist, cannot be written, or the disk is full. The file is then as
/// it was before.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let temporary = temporary_path(path);
    write_and_rename(&temporary, path, bytes).map_err(|error| {
        // The error that is reported is the first one; a leftover file is harmless.
        let _ = fs::remove_file(&temporary);
        unwritable(path, &error)
    })
}

/// A name beside a file or directory that no other process uses.
pub(crate) fn temporary_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn write_and_rename(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(temporary)?;
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
    use super::rename_durably;
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
}
