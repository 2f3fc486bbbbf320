//! Reading a scenario and the modules it names.

use std::path::Path;

use super::document::Document;
use super::plan::Scenario;
use super::resolve::resolve;
use super::toml_problem::toml_problem;
use crate::exit::Exit;
use crate::module_file::read_scenario;
use crate::problem::Failure;
use crate::source::Source;

/// Reads a scenario file and everything it needs. Nothing is executed.
///
/// `shown` is how messages name the file; modules are looked up relative to the file's folder.
///
/// # Errors
/// With every mistake that the scenario has, each with its place. A file that is not TOML, or
/// has a key that does not exist, is reported with the first such mistake only.
pub fn load(path: &Path, shown: &str) -> Result<Scenario, Failure> {
    let source = read_scenario(path, shown)?;
    read(&source, path.parent().unwrap_or(Path::new("")))
}

/// Makes a scenario of a text that is in no file; modules are looked up in `folder`.
///
/// # Errors
/// As [`load`].
pub fn from_text(text: String, shown: &str, folder: &Path) -> Result<Scenario, Failure> {
    read(&Source::new(shown, text), folder)
}

fn read(source: &Source, folder: &Path) -> Result<Scenario, Failure> {
    let document: Document = toml::from_str(source.text())
        .map_err(|error| Failure::new(Exit::Usage, toml_problem(&error, source)))?;
    resolve(document, source, folder).map_err(|problems| Failure {
        exit: Exit::Usage,
        problems,
    })
}
