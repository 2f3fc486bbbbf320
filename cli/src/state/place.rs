//! Where nothing may be written: in the directory of a state, which may hold nothing but its files.

use std::path::{Path, PathBuf};

use lockstep_store::Store;

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Refuses a file or folder that is to be made in the directory of a state, or in a folder in one:
/// the state could not be opened any more, or one of its files would be overwritten.
///
/// # Errors
/// When it is to be made there.
pub(crate) fn refuse_in_state(path: &Path) -> Result<(), Failure> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    refuse_below_state(absolute.parent().unwrap_or(&absolute), path)
}

/// Refuses a folder in which files are to be made, as [`refuse_in_state`] does one of them.
///
/// # Errors
/// When it is the directory of a state, or in one.
pub(crate) fn refuse_folder_of_state(folder: &Path) -> Result<(), Failure> {
    refuse_below_state(folder, folder)
}

/// Refuses `output` when a folder is the directory of a state, or in one.
fn refuse_below_state(folder: &Path, output: &Path) -> Result<(), Failure> {
    let folder = resolved(folder);
    match folder.ancestors().find(|folder| Store::is_at(folder)) {
        Some(directory) => Err(inside(directory, output)),
        None => Ok(()),
    }
}

/// Refuses an output file or folder in a state directory that may not be there yet.
///
/// # Errors
/// When it is to be written there.
pub(crate) fn refuse_output_inside(directory: &Path, output: &Path) -> Result<(), Failure> {
    match resolved(output).starts_with(resolved(directory)) {
        true => Err(inside(directory, output)),
        false => Ok(()),
    }
}

fn inside(directory: &Path, output: &Path) -> Failure {
    let message = format!(
        "{} is inside the state directory {}, which may hold nothing but the files of the state",
        output.display(),
        directory.display()
    );
    let help = "name a place in another folder";
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::FileUnwritable, message, help),
    )
}

/// A path from the root of the file system on, without links as far as it is there.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let there = path.ancestors().find_map(|ancestor| {
        let rest = path.strip_prefix(ancestor).ok()?;
        Some(ancestor.canonicalize().ok()?.join(rest))
    });
    there.unwrap_or(path)
}
