//! Where an output may go: to a regular file or a name that is free, in a folder that may be written
//! to, and not over what the command reads or writes besides.
//!
//! A file gets its contents by renaming ([`output_file`](crate::output_file)), which would put a
//! regular file in the place of a device, a pipe or a link. So these are not replaced: what a link
//! leads to is, and the link stays. Nor is the file that stdout or stderr goes to.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::output_file::{make_file_beside, unwritable};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::{refuse_in_state, resolved};

/// The file that is made or replaced when an output is written: the named one, or the one that a link
/// leads to.
///
/// # Errors
/// When there is something else than a regular file, a link that leads to nothing, or a state.
pub(crate) fn destination(path: &Path) -> Result<PathBuf, Failure> {
    refuse_in_state(path)?;
    let unwritable = |error: io::Error| unwritable(path, &error);
    let is_link = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(path.to_path_buf()),
        other => other.map_err(unwritable)?.is_symlink(),
    };
    match path.metadata() {
        Err(error) if is_link && error.kind() == ErrorKind::NotFound => {
            return Err(not_replaced(path, "a link that leads to nothing"));
        }
        Err(error) => return Err(unwritable(error)),
        Ok(there) if there.is_dir() => return Err(unwritable(ErrorKind::IsADirectory.into())),
        Ok(there) if !there.is_file() => {
            return Err(not_replaced(path, "a device, a pipe or a socket"));
        }
        Ok(there) if takes_what_is_said(&there) => {
            return Err(not_replaced(path, "the file that stdout or stderr goes to"));
        }
        Ok(_) => {}
    }
    if !is_link {
        return Ok(path.to_path_buf());
    }
    let file = path.canonicalize().map_err(unwritable)?;
    refuse_in_state(&file)?;
    Ok(file)
}

/// Whether it is the file to which stdout or stderr is redirected, which may be named `/dev/stdout`.
/// What is written there later would be in no file if another took its place.
#[cfg(unix)]
fn takes_what_is_said(there: &Metadata) -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;

    let (stdout, stderr) = (io::stdout(), io::stderr());
    [stdout.as_fd(), stderr.as_fd()].into_iter().any(|stream| {
        let file = stream.try_clone_to_owned().map(fs::File::from);
        let open = file.and_then(|file| file.metadata());
        open.is_ok_and(|open| (open.dev(), open.ino()) == (there.dev(), there.ino()))
    })
}

#[cfg(not(unix))]
fn takes_what_is_said(_there: &Metadata) -> bool {
    false
}

fn not_replaced(path: &Path, what: &str) -> Failure {
    let message = format!(
        "cannot write {}: it is {what}, and a new file would take its place",
        path.display()
    );
    let help = "name a regular file or one that is not there; where the option can be left out and the \
                result goes to stdout then, redirect that";
    let problem = Problem::new(ProblemCode::FileUnwritable, message, help);
    Failure::new(Exit::Usage, problem)
}

/// Refuses an output file that cannot be written, before anything is done for it.
///
/// # Errors
/// As [`destination`], and when no file can be made in its folder.
pub(crate) fn refuse_unwritable_file(path: &Path) -> Result<(), Failure> {
    let file = destination(path)?;
    let probed = make_file_beside(&file).and_then(|(_, probe)| fs::remove_file(probe));
    probed.map_err(|error| unwritable(path, &error))
}

/// Refuses outputs that would replace what the command reads, or each other.
///
/// # Errors
/// When two of the paths lead to the same place, and one of them is an output.
pub(crate) fn refuse_overwriting<'p>(
    outputs: impl IntoIterator<Item = &'p Path>,
    inputs: impl IntoIterator<Item = &'p Path>,
) -> Result<(), Failure> {
    let inputs = inputs.into_iter().map(|path| (resolved(path), "an input"));
    let mut taken: Vec<(PathBuf, &str)> = inputs.collect();
    for output in outputs {
        let place = resolved(output);
        if let Some((_, what)) = taken.iter().find(|(path, _)| *path == place) {
            let message = format!("{} is {what} as well", output.display());
            let help = "name another file for the output";
            let problem = Problem::new(ProblemCode::OutputIsInput, message, help);
            return Err(Failure::new(Exit::Usage, problem));
        }
        taken.push((place, "another output"));
    }
    Ok(())
}
