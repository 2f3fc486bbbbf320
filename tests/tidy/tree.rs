//! The files of the repository: those that git tracks or would track.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One file of the repository.
pub(crate) struct File {
    /// The path from the repository's root, with forward slashes.
    pub(crate) path: String,
    /// The text, or `None` when it is not UTF-8 (a Wasm artifact, say).
    pub(crate) text: Option<String>,
}

impl File {
    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The part of the name behind the last dot, or an empty string.
    pub(crate) fn extension(&self) -> &str {
        self.name()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

/// Every file that git tracks, and every other one that it does not ignore.
///
/// # Panics
/// When git cannot be run here: the rules would otherwise pass on nothing.
pub(crate) fn files() -> Vec<File> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(
        output.status.success(),
        "git ls-files failed in {}",
        root().display()
    );
    let listing = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let files: Vec<File> = listing
        .split('\0')
        .filter(|path| !path.is_empty())
        .filter_map(|path| {
            let bytes = std::fs::read(root().join(path)).ok()?;
            Some(File {
                path: path.to_string(),
                text: String::from_utf8(bytes).ok(),
            })
        })
        .collect();
    assert!(files.len() > 50, "only {} files found", files.len());
    files
}

/// The Rust sources, as path and text.
pub(crate) fn rust_sources() -> Vec<(String, String)> {
    files()
        .into_iter()
        .filter(|file| file.extension() == "rs")
        .map(|file| (file.path, file.text.expect("Rust sources are UTF-8")))
        .collect()
}

/// Fails with one line per finding.
pub(crate) fn report(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}:\n  {}", findings.join("\n  "));
}
