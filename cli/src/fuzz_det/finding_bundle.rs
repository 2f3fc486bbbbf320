//! A finding as a bundle: the transactions with the state that they need and what they come to on
//! the reference interpreter, for `lockstep replay --engine NAME`.

use std::path::{Path, PathBuf};

use lockstep_state_trie::MemoryStore;

use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::run::{Bundled, EngineChoice, run_and_bundle};
use crate::scenario::load;

/// Runs the scenario of a finding and writes its blocks as a bundle beside it. `None` when
/// no bundle can be made of it: then the scenario has to do.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn write_bundle(scenario: &Path) -> Result<Option<PathBuf>, Failure> {
    let loaded = load(scenario, &scenario.to_string_lossy())?;
    let engines = EngineChoice::default();
    let made = run_and_bundle(MemoryStore::new(), &loaded, (&engines, false), Bundled::All);
    let Ok((_, bundle)) = made else {
        return Ok(None);
    };
    let path = scenario.with_extension("bundle");
    write_atomically(&path, &bundle)?;
    Ok(Some(path))
}
