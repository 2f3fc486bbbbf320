//! The committed scenarios.

use std::path::{Path, PathBuf};

use lockstep_cli::{DryRuns, EngineChoice, Finished, load, run_observed};
use lockstep_state_trie::MemoryStore;

/// How a scenario ends on these engines, and its observations.
///
/// # Panics
/// When it cannot be read or run.
pub fn finish_scenario(path: &Path, engines: &EngineChoice) -> (Finished, String) {
    let name = path.file_name().expect("a file").to_string_lossy();
    let scenario = load(path, &name).unwrap_or_else(|failure| panic!("{failure}"));
    let mut observations = Vec::new();
    let store = MemoryStore::new();
    let run = run_observed(store, &scenario, engines, DryRuns::None, &mut observations);
    let finished = run.unwrap_or_else(|failure| panic!("{failure}"));
    let observations = String::from_utf8(observations).expect("observations are text");
    (finished, observations)
}

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
