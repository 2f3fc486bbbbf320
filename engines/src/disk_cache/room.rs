//! What the files of a directory of compiled code take, and how they make room.
//!
//! Whatever cannot be read or removed is left out: the directory only saves time.

use std::fs;
use std::path::{Path, PathBuf};

/// How the names of files of code end, behind a dot.
pub(super) const EXTENSION: &str = "code";

/// How the names of files that are being written end, behind a dot.
pub(super) const TEMPORARY_EXTENSION: &str = "tmp";

/// How many hexadecimal digits the name of a file of code has.
const KEY_DIGITS: usize = 64;

/// Removes files of code that were begun and not finished, and says how many bytes the finished ones
/// take. A process that is writing one right now finds that it could not be written.
pub(super) fn without_leftovers(directory: &Path) -> u64 {
    for path in paths(directory) {
        // `.NAME.code.NUMBER.tmp`, without its last two extensions.
        let of = path.file_stem().map(Path::new).and_then(Path::file_stem);
        let is_of_code = of.is_some_and(|of| is_code(Path::new(of)));
        if is_of_code && ends(&path, TEMPORARY_EXTENSION) {
            let _ = fs::remove_file(&path);
        }
    }
    let lengths = code_files(directory).into_iter();
    lengths.map(|(_, length)| length).sum()
}

/// Removes the files of code that were written longest ago, and never `kept`, until the others take at
/// most `goal` bytes. Says what is taken then, and how many it removed.
pub(super) fn without_oldest(directory: &Path, kept: &Path, goal: u64) -> (u64, u64) {
    let files = code_files(directory);
    let mut bytes: u64 = files.iter().map(|(_, length)| length).sum();
    let mut removed = 0;
    for (path, length) in files {
        if bytes <= goal {
            break;
        }
        if path != kept && fs::remove_file(&path).is_ok() {
            bytes = bytes.saturating_sub(length);
            removed += 1;
        }
    }
    (bytes, removed)
}

/// The files of code with their lengths, that which was written longest ago first.
fn code_files(directory: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for path in paths(directory) {
        if !is_code(&path) {
            continue;
        }
        if let Ok(metadata) = fs::metadata(&path) {
            files.push((metadata.modified().ok(), path, metadata.len()));
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|(_, path, length)| (path, length))
        .collect()
}

fn paths(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

/// Whether this is what a file of code is called: `KEY.code`, or `.KEY.code` while it is written, with
/// 64 hexadecimal digits. Other files are none of the cache's.
fn is_code(path: &Path) -> bool {
    let key = path.file_stem().and_then(|stem| stem.to_str());
    let key = key.unwrap_or_default();
    let key = key.strip_prefix('.').unwrap_or(key);
    let is_key = key.len() == KEY_DIGITS && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key && ends(path, EXTENSION)
}

fn ends(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}
