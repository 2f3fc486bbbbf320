//! What a report is about: a scenario, or a contract by name or by its module.

use std::path::{Path, PathBuf};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::code_hash;

use super::calls::Call;
use crate::exit::Exit;
use crate::module_file::read_module;
use crate::printable::visible;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::{Scenario, load};
use crate::scenario_files::all;
use crate::suggest::did_you_mean;

/// What the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A scenario's file.
    Scenario(PathBuf),
    /// A module's file.
    Module(PathBuf),
    /// The name of a code or contract in scenarios.
    Name(String),
}

/// A target within one scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    contract: Option<AccountId>,
    code: Option<CodeHash>,
}

impl Target {
    /// Tells by the ending of the file's name.
    pub(crate) fn of(text: &str) -> Target {
        let path = Path::new(text);
        let ending = path.extension().and_then(|extension| extension.to_str());
        match ending {
            Some("toml") => Target::Scenario(path.to_path_buf()),
            Some("wasm" | "wat") => Target::Module(path.to_path_buf()),
            _ => Target::Name(text.strip_prefix('@').unwrap_or(text).to_string()),
        }
    }

    /// What of the scenario is meant.
    pub(super) fn in_scenario(&self, scenario: &Scenario) -> Result<Wanted, Failure> {
        match self {
            Target::Scenario(_) => Ok(Wanted::default()),
            Target::Module(path) => {
                let hash = code_hash(&read_module(path, &path.to_string_lossy())?);
                let used = scenario.codes.contains_key(&hash);
                Ok(Wanted {
                    contract: None,
                    code: used.then_some(hash),
                })
            }
            Target::Name(name) => {
                let code = scenario.names.codes().find(|(known, _)| *known == name);
                Ok(Wanted {
                    contract: scenario.names.account(name),
                    code: code.map(|(_, hash)| *hash),
                })
            }
        }
    }
}

/// The module that a scenario of `contracts/scenarios` has under this name.
///
/// # Errors
/// When a scenario that is there cannot be read.
pub(crate) fn module_named(name: &str) -> Result<Option<PathBuf>, Failure> {
    for path in all() {
        let scenario = load(&path, &path.to_string_lossy())?;
        let mut codes = scenario.names.codes();
        let hash = codes
            .find(|(known, _)| *known == name)
            .map(|(_, hash)| hash);
        if let Some(code) = hash.and_then(|hash| scenario.codes.get(hash)) {
            return Ok(Some(code.path.clone()));
        }
    }
    Ok(None)
}

impl Wanted {
    /// Whether the scenario does not know the target.
    pub(super) fn is_nothing(&self) -> bool {
        self.contract.is_none() && self.code.is_none()
    }

    pub(super) fn matches(&self, call: &Call) -> bool {
        self.contract == Some(call.contract) || self.code == Some(call.code)
    }
}

/// The names that a user may mean.
pub(super) fn contract_names(scenario: &Scenario) -> Vec<String> {
    let codes = scenario.names.codes();
    codes.map(|(name, _)| name.clone()).collect()
}

/// No scenario runs the contract.
pub(super) fn nothing_matched(target: &Target, shown: &str, mut known: Vec<String>) -> Failure {
    known.sort();
    known.dedup();
    let message = format!(
        "no scenario runs the contract {}",
        visible(&shown.escape_default().to_string())
    );
    let help = match target {
        Target::Name(name) => did_you_mean(name, &known),
        _ => "a module counts by its exact bytes: build the contracts anew, name the contract \
              by its name in a scenario, or name a scenario that uses this file with --scenario"
            .to_string(),
    };
    let problem = Problem::new(ProblemCode::NothingMatched, message, help);
    Failure::new(Exit::NothingMatched, problem)
}
