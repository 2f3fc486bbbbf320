//! One version of a state, for reading.

use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_state_trie::Trie;
use lockstep_store::{KeptVersion, Store};

use super::directory::read_state;
use super::names::StateNames;
use super::place::refuse_output_inside;
use super::version::{VersionReport, find_version, version_report};
use crate::output_place::refuse_overwriting;
use crate::problem::Failure;
use crate::state_failure::trie_failure;

/// The arguments of every command that shows keys or values of one version.
#[derive(Debug, Args)]
pub(crate) struct ViewArguments {
    /// The state directory
    pub(crate) directory: PathBuf,
    /// The version: the height of a block, or a root; the last one unless stated
    #[arg(long, value_name = "HEIGHT|ROOT")]
    pub(crate) at: Option<String>,
    /// A scenario whose names may be used in keys and are shown
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) names: Option<PathBuf>,
}

/// One version of a state.
pub(crate) struct View {
    pub(crate) trie: Trie<Store>,
    /// The version as the store knows it.
    pub(crate) kept: KeptVersion,
    /// The same as it is shown.
    pub(crate) version: VersionReport,
    pub(crate) names: StateNames,
}

impl ViewArguments {
    /// Opens the version.
    ///
    /// # Errors
    /// When there is no such state or version.
    pub(crate) fn open(&self) -> Result<View, Failure> {
        View::open(&self.directory, self.at.as_deref(), self.names.as_deref())
    }

    /// Refuses an output in the place of what is read.
    ///
    /// # Errors
    /// When it is in the directory of the state, or is the scenario with the names.
    pub(crate) fn refuse_overwriting(&self, output: &Path) -> Result<(), Failure> {
        refuse_output_inside(&self.directory, output)?;
        refuse_overwriting([output], self.names.as_deref())
    }
}

impl View {
    /// Opens the version `at`, or the last one, with the names of a scenario.
    ///
    /// # Errors
    /// When there is no such state, version or scenario.
    pub(crate) fn open(
        directory: &Path,
        at: Option<&str>,
        names: Option<&Path>,
    ) -> Result<View, Failure> {
        let names = StateNames::of(names)?;
        let store = read_state(directory)?;
        let version = find_version(&store, at)?;
        let report = version_report(&store, version)?;
        Ok(View {
            trie: Trie::open(store, version.root).map_err(trie_failure)?,
            kept: version,
            version: report,
            names,
        })
    }
}
