//! Looks for the sidecar of a module.
//!
//! It is called `HASH.debug`, with the hash of the code section in hexadecimal, and lies beside
//! the module or in a folder `debug` there. A user may name one file instead.

use std::path::{Path, PathBuf};

use super::sections::Sections;
use super::sidecar::DebugInfo;
use crate::exit::Exit;
use crate::module_file::read_sidecar;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// What there is to know about a module's code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// What the sidecar says, if there is one that belongs to the code.
    pub(crate) info: Option<DebugInfo>,
    /// Why there is none.
    pub(crate) remark: Option<String>,
    /// Whether there is one of other code.
    pub(crate) is_wrong: bool,
}

/// The folder of a file.
pub(crate) fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_path_buf()
}

/// Looks for the sidecar of `module`, which messages call `shown`: in `named` if the user named a
/// file, else near `folder`.
///
/// # Errors
/// When a sidecar is there and cannot be read. None, or one of other code, is no error.
pub(crate) fn find(
    module: &[u8],
    shown: &str,
    folder: &Path,
    named: Option<&Path>,
) -> Result<Found, Failure> {
    let Ok(sections) = Sections::read(module) else {
        return Ok(Found::default());
    };
    let hash = sections.code_hash();
    let present = match named {
        Some(file) => Some(file.to_path_buf()),
        None => present(&hash, folder),
    };
    let Some(file) = present else {
        let name = name_of(&hash);
        return Ok(Found {
            info: None,
            remark: Some(format!(
                "remark: no source lines for {shown}: there is no {name} beside it or in debug/; `lockstep strip` makes one of the module as it was built, with debug = \"line-tables-only\" and strip = \"none\"\n"
            )),
            is_wrong: false,
        });
    };
    let info = read(&file)?;
    if info.code_section == hash {
        return Ok(Found {
            info: Some(info),
            remark: None,
            is_wrong: false,
        });
    }
    let (expected, actual) = (hex::encode(hash), hex::encode(info.code_section));
    Ok(Found {
        info: None,
        remark: Some(format!(
            "remark: no source lines for {shown}: {} belongs to the code section {actual}, not to {expected}\n",
            file.display()
        )),
        is_wrong: true,
    })
}

/// The sidecar that [`find`] reads for `module` when no other is named.
pub(crate) fn beside(module: &[u8], folder: &Path) -> Option<PathBuf> {
    let sections = Sections::read(module).ok()?;
    present(&sections.code_hash(), folder)
}

/// What the sidecar of code with this hash is called.
fn name_of(hash: &[u8]) -> String {
    format!("{}.debug", hex::encode(hash))
}

/// The file of that name in or near a folder.
fn present(hash: &[u8], folder: &Path) -> Option<PathBuf> {
    let name = name_of(hash);
    let candidates = [folder.join("debug").join(&name), folder.join(&name)];
    candidates.into_iter().find(|file| file.exists())
}

fn read(file: &Path) -> Result<DebugInfo, Failure> {
    let shown = file.display().to_string();
    let bytes = read_sidecar(file, &shown)?;
    DebugInfo::from_bytes(&bytes).map_err(|error| {
        let message = format!("{shown} is no sidecar: {error}");
        let help = "make it anew with `lockstep strip`, or remove it to profile without lines";
        Failure::new(
            Exit::Usage,
            Problem::new(ProblemCode::DebugSidecar, message, help),
        )
    })
}
