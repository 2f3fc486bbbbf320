//! Writing a file so that it is either whole or as it was: to a temporary file beside it, which
//! then takes its name. The name is durable, too, before anything is said to be done. The new file
//! may be used by whom the old one could.

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::durable_name::{Unwritten, rename_durably};
use crate::exit::Exit;
use crate::module_file::reason;
use crate::output_place::destination;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// How many names are tried for what has not its own yet.
const NAMES_MAX: u32 = 1_000;

/// Writes `bytes` to `path`.
///
/// # Errors
/// As [`destination`], and when the folder does not exist or cannot be written, or the disk is
/// full. The file is then as it was before, unless the failure says that it is written.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_beside(path, |mut file, temporary, target| {
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        rename_durably(temporary, target)
    })
}

/// As [`write_atomically`], but nothing waits for the disk: the file is whole also when the process
/// dies, but not when the power fails.
///
/// # Errors
/// As [`write_atomically`].
pub(crate) fn write_without_waiting(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_beside(path, |mut file, temporary, target| {
        file.write_all(bytes)?;
        drop(file);
        Ok(fs::rename(temporary, target)?)
    })
}

/// A file that is written bit by bit. It is removed unless it takes its name.
pub(crate) struct FileBeside {
    path: PathBuf,
    target: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
}

impl FileBeside {
    /// Makes an empty file beside `path`.
    ///
    /// # Errors
    /// As [`write_atomically`].
    pub(crate) fn new(path: &Path) -> Result<FileBeside, Failure> {
        let target = destination(path)?;
        let made = make_file_beside(&target);
        let (file, temporary) = made.map_err(|error| unwritable(path, &error))?;
        Ok(FileBeside {
            path: path.to_path_buf(),
            target,
            temporary,
            file: BufWriter::new(file),
        })
    }

    /// What its contents go to.
    pub(crate) fn writer(&mut self) -> &mut dyn Write {
        &mut self.file
    }

    /// Puts it in its place if its contents were `written`.
    ///
    /// # Errors
    /// As [`write_atomically`].
    pub(crate) fn take_its_name(mut self, written: io::Result<()>) -> Result<(), Failure> {
        let done = written.and_then(|()| self.file.flush());
        let done = done.and_then(|()| self.file.get_ref().sync_all());
        let named = done
            .map_err(Unwritten::from)
            .and_then(|()| rename_durably(&self.temporary, &self.target));
        named.map_err(|unwritten| unwritten.failure(&self.path))
    }
}

impl Drop for FileBeside {
    fn drop(&mut self) {
        // It is not there any more when it took its name; else a leftover file is harmless.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a file in a function that gets a new one beside it, that one's name, and the name that it is
/// to have.
fn write_beside(
    path: &Path,
    write: impl FnOnce(File, &Path, &Path) -> Result<(), Unwritten>,
) -> Result<(), Failure> {
    let target = destination(path)?;
    let made = make_file_beside(&target);
    let (file, temporary) = made.map_err(|error| unwritable(path, &error))?;
    write(file, &temporary, &target).map_err(|unwritten| {
        // The error that is reported is the first one; a leftover file is harmless.
        let _ = fs::remove_file(&temporary);
        unwritten.failure(path)
    })
}

/// Makes an empty file beside one that it will replace, with the same permissions.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn make_file_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let (file, temporary) = make_beside(path, |name| File::create_new(name))?;
    keep_permissions(path, &temporary).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })?;
    Ok((file, temporary))
}

/// Lets those read, write and search what will take a name who may do so with what has it, if anything
/// has.
///
/// # Errors
/// When the system refuses it.
#[cfg(unix)]
pub(crate) fn keep_permissions(old: &Path, new: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    const FOR_WHOM: u32 = 0o777;
    let Ok(old) = old.metadata() else {
        return Ok(());
    };
    let mut permissions = new.metadata()?.permissions();
    let mode = permissions.mode() & !FOR_WHOM | old.permissions().mode() & FOR_WHOM;
    if mode == permissions.mode() {
        return Ok(());
    }
    permissions.set_mode(mode);
    fs::set_permissions(new, permissions)
}

#[cfg(not(unix))]
pub(crate) fn keep_permissions(_old: &Path, _new: &Path) -> io::Result<()> {
    Ok(())
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

/// The failure to write an output file.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        ErrorKind::NotFound => "there is no such folder".into(),
        _ => reason(error),
    };
    let help = "name a file in a folder that exists and that you may write to";
    not_written(path, error, (&reason, "file", help))
}

/// The failure to make an output folder, or to write into it.
pub(crate) fn unwritable_folder(path: &Path, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        ErrorKind::AlreadyExists => "it is not a folder".into(),
        _ => reason(error),
    };
    let help = "name a folder that you may write to; it is made when it is not there";
    not_written(path, error, (&reason, "folder", help))
}

fn not_written(
    path: &Path,
    error: &io::Error,
    (reason, what, help): (&str, &str, &str),
) -> Failure {
    let message = format!("cannot write {}: {reason}", path.display());
    let (exit, help) = match has_no_room(error) {
        true => (
            Exit::Transient,
            format!("{MAKE_ROOM} and start again, or name a {what} on another disk"),
        ),
        false => (Exit::Usage, help.to_string()),
    };
    let problem = Problem::new(ProblemCode::FileUnwritable, message, help);
    Failure::new(exit, problem)
}

/// How the help begins where there is no room.
pub(crate) const MAKE_ROOM: &str = "make room";

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
    use super::make_beside;
    use std::io;
    use std::path::Path;

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
