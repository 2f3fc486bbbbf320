//! The scenario files that a command works on when the user names none, and their short names.

use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Where scenarios lie by convention, from the folder in which the command is started.
pub(crate) const SCENARIO_FOLDER: &str = "contracts/scenarios";

/// The named files, or every `.toml` file of [`SCENARIO_FOLDER`] by name.
///
/// # Errors
/// When none is named and there are none.
pub(crate) fn named_or_all(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let found = all();
    if found.is_empty() {
        let message = format!("there is no scenario in {SCENARIO_FOLDER}");
        let help = "name scenarios, or start the command in the folder that holds `contracts`";
        let problem = Problem::new(ProblemCode::NothingMatched, message, help);
        return Err(Failure::new(Exit::NothingMatched, problem));
    }
    Ok(found)
}

/// Every `.toml` file of [`SCENARIO_FOLDER`] by name; none without the folder.
pub(crate) fn all() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(SCENARIO_FOLDER).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .map(|name| Path::new(SCENARIO_FOLDER).join(name))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    found.sort();
    found
}

/// The file's name without its ending: what a scenario is called in reports.
pub(crate) fn short_name(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
