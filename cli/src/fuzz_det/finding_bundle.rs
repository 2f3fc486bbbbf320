//! A finding as a bundle: the transactions with the state that they need and what they come to on
//! wasmi, for `lockstep replay --engine NAME`.
//!
//! A replay compares receipts and roots, and the search also host calls and what frames leave
//! behind. So a bundle may be confirmed on an engine that differs, which is tried.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::MemoryStore;
use lockstep_vm::{Bundle, Machine, NoObserver, ReplayError, replay};

use super::world::EngineMaker;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::run::{Bundled, DryRuns, EngineChoice, run_and_bundle};
use crate::scenario::load;

/// Runs the scenario of a finding and writes its blocks as a bundle beside it, which is returned with
/// its bytes. `None` when no bundle can be made of it: then the scenario has to do.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn write_bundle(scenario: &Path) -> Result<Option<(PathBuf, Vec<u8>)>, Failure> {
    let loaded = load(scenario, &scenario.to_string_lossy())?;
    let engines = EngineChoice::default();
    let made = run_and_bundle(
        MemoryStore::new(),
        &loaded,
        &engines,
        DryRuns::None,
        Bundled::All,
    );
    let Ok((_, bundle)) = made else {
        return Ok(None);
    };
    let path = scenario.with_extension("bundle");
    write_atomically(&path, &bundle)?;
    Ok(Some((path, bundle)))
}

/// Whether a replay of a bundle comes to something else on an engine.
pub(super) fn differs_when_replayed(bundle: &[u8], engine: &EngineMaker) -> bool {
    let replayed = catch_unwind(AssertUnwindSafe(|| {
        let bundle = Bundle::from_bytes(bundle).ok()?;
        let mut machine = Machine::new(Protocol::v1(), engine());
        replay(&bundle, &mut machine, &mut NoObserver).err()
    }));
    matches!(replayed, Ok(Some(ReplayError::Diverged(_))))
}
