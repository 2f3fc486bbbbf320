//! Giving a file or directory its final name, so that the name is durable, too.
//!
//! The folder is opened before anything is renamed, so that what keeps it from being synced shows while
//! all is as it was. One that may be written to and not read is not synced, nor is one of a file system
//! that does not sync folders: the name is as durable as the system makes it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::exit::Exit;
use crate::module_file::reason;
use crate::output_file::{has_no_room, unwritable};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Why something was not written as it should be.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// What was there before is as it was.
    Refused(io::Error),
    /// The new one is there and whole, but its name may be gone after a failure of power.
    NotDurable(io::Error),
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Unwritten {
        Unwritten::Refused(error)
    }
}

impl Unwritten {
    /// The failure to write an output file.
    pub(crate) fn failure(&self, path: &Path) -> Failure {
        match self {
            Unwritten::Refused(error) => unwritable(path, error),
            Unwritten::NotDurable(error) => {
                let done = format!("wrote {}", path.display());
                not_durable(ProblemCode::FileUnwritable, &done, error)
            }
        }
    }
}

/// Gives a file or directory, whose contents are durable, its final name, and returns when that is
/// durable, too, as far as its folder can be synced.
///
/// # Errors
/// When the system refuses it. What would keep the name from being synced shows before it is given, but
/// for a disk that fails.
pub(crate) fn rename_durably(from: &Path, to: &Path) -> Result<(), Unwritten> {
    let folder = to.parent().unwrap_or_else(|| Path::new(""));
    rename_and_sync(|| open_folder(folder), || fs::rename(from, to), sync_folder)
}

/// Opens a folder, renames something in it and syncs it, in this order. One that may not be opened is
/// not synced, and one that cannot be synced is put up with.
fn rename_and_sync<F>(
    open: impl FnOnce() -> io::Result<F>,
    rename: impl FnOnce() -> io::Result<()>,
    sync: impl FnOnce(F) -> io::Result<()>,
) -> Result<(), Unwritten> {
    let folder = match open() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => None,
        other => Some(other?),
    };
    rename()?;
    match folder.map_or(Ok(()), sync) {
        Err(error) if error.kind() != ErrorKind::InvalidInput => Err(Unwritten::NotDurable(error)),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn open_folder(path: &Path) -> io::Result<File> {
    let is_here = path.as_os_str().is_empty();
    File::open(if is_here { Path::new(".") } else { path })
}

#[cfg(unix)]
fn sync_folder(folder: File) -> io::Result<()> {
    folder.sync_all()
}

/// Elsewhere a directory cannot be opened, and renaming is as durable as the system makes it.
#[cfg(not(unix))]
fn open_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn sync_folder(_folder: ()) -> io::Result<()> {
    Ok(())
}

/// That something is done, as `done` says, and may be undone by a failure of power.
pub(crate) fn not_durable(code: ProblemCode, done: &str, error: &io::Error) -> Failure {
    let message = format!(
        "{done}, but it is not known to be durable: {}",
        reason(error)
    );
    let help = "it is there and whole; after a failure of power what was there before may be back";
    let exit = match has_no_room(error) {
        true => Exit::Transient,
        false => Exit::Bug,
    };
    Failure::new(exit, Problem::new(code, message, help))
}

#[cfg(test)]
mod tests {
    use super::{Unwritten, rename_and_sync};
    use std::cell::RefCell;
    use std::io::{self, ErrorKind};
    use std::path::Path;

    /// What is done, in order, when the step with a name fails, and what is said of it.
    fn done(fails: Option<(&str, ErrorKind)>) -> (Vec<&'static str>, Result<(), Unwritten>) {
        let done = RefCell::new(Vec::new());
        let step = |name: &'static str| {
            done.borrow_mut().push(name);
            match fails {
                Some((failing, kind)) if failing == name => Err(io::Error::from(kind)),
                _ => Ok(()),
            }
        };
        let result = rename_and_sync(|| step("open"), || step("rename"), |()| step("sync"));
        (done.into_inner(), result)
    }

    #[test]
    fn a_name_is_durable_before_it_is_reported_and_its_folder_is_open_before_it_is_given() {
        let (steps, result) = done(None);
        assert_eq!(steps, ["open", "rename", "sync"]);
        result.expect("it is renamed");
        // A folder that may be written to and not read.
        let (steps, result) = done(Some(("open", ErrorKind::PermissionDenied)));
        assert_eq!(steps, ["open", "rename"]);
        result.expect("it is renamed");
        // A file system that does not sync folders.
        let (steps, result) = done(Some(("sync", ErrorKind::InvalidInput)));
        assert_eq!(steps, ["open", "rename", "sync"]);
        result.expect("it is renamed");
        for (step, kind) in [
            ("open", ErrorKind::Other),
            ("rename", ErrorKind::PermissionDenied),
        ] {
            let (steps, result) = done(Some((step, kind)));
            assert_eq!(steps.last(), Some(&step));
            assert!(matches!(result, Err(Unwritten::Refused(_))), "{result:?}");
        }
    }

    #[test]
    fn what_fails_behind_the_renaming_is_not_reported_as_unwritten() {
        let (_, result) = done(Some(("sync", ErrorKind::Other)));
        let unwritten = result.expect_err("the disk fails");
        let failure = unwritten.failure(Path::new("x"));
        let message = &failure.problems[0].message;
        assert!(message.starts_with("wrote x, but it is not known to be durable"));
    }
}
