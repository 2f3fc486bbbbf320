//! Writing a file so that it is either whole or as it was: to a temporary file beside it, which
//! then takes its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
        let message = format!("cannot write {}: {}", path.display(), reason(&error));
        let help = "name a file in a folder that exists and that you may write to";
        Failure::new(
            Exit::Usage,
            Problem::new(ProblemCode::FileUnwritable, message, help),
        )
    })
}

/// A name beside the file that no other process uses.
fn temporary_path(path: &Path) -> PathBuf {
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
    fs::rename(temporary, path)
}
