//! The committed scenarios.

use std::path::{Path, PathBuf};

/// The files of `contracts/scenarios`, in the order of their names.
///
/// # Panics
/// When the folder cannot be read, or has fewer than two.
pub fn scenario_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::fs::read_dir(root.join("contracts/scenarios")).expect("the scenarios");
    let mut paths: Vec<PathBuf> = folder
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    assert!(paths.len() >= 2);
    paths
}
