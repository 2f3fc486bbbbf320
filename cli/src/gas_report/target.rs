//! What a report is about: a scenario, or a contract by name or by its module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::{Protocol, validate};
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

/// Which calls of one scenario a target means.
#[derive(Clone, Debug, Default)]
pub(super) struct WantedCalls {
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

    /// Which calls of the scenario are meant.
    pub(super) fn in_scenario(&self, scenario: &Scenario) -> Result<WantedCalls, Failure> {
        match self {
            Target::Scenario(_) => Ok(WantedCalls::default()),
            Target::Module(path) => {
                let hash = code_hash(&read_module(path, &path.to_string_lossy())?);
                let used = scenario.codes.contains_key(&hash);
                Ok(WantedCalls {
                    contract: None,
                    code: used.then_some(hash),
                })
            }
            Target::Name(name) => Ok(WantedCalls {
                contract: scenario.names.account(name),
                code: scenario.names.code(name),
            }),
        }
    }
}

/// The module that a scenario of `contracts/scenarios` has under this name, or makes the contract of
/// this name of; else the names that there are.
///
/// # Errors
/// When a scenario that is there cannot be read.
pub(crate) fn module_named(name: &str) -> Result<Result<PathBuf, Vec<String>>, Failure> {
    let mut known = Vec::new();
    for path in all() {
        let scenario = load(&path, &path.to_string_lossy())?;
        let contract = scenario.names.account(name);
        let code = scenario.names.code(name);
        let hash = code.or_else(|| scenario.contract_codes.get(&contract?).copied());
        if let Some(code) = hash.and_then(|hash| scenario.codes.get(&hash)) {
            return Ok(Ok(code.path.clone()));
        }
        known.extend(contract_names(&scenario));
    }
    Ok(Err(sorted(known)))
}

impl WantedCalls {
    /// Whether the scenario does not know the target.
    pub(super) fn is_nothing(&self) -> bool {
        self.contract.is_none() && self.code.is_none()
    }

    pub(super) fn matches(&self, call: &Call) -> bool {
        self.contract == Some(call.contract) || self.code == Some(call.code)
    }
}

/// The names that a user may mean: of contracts, and of codes that are not refused.
pub(super) fn contract_names(scenario: &Scenario) -> Vec<String> {
    let runs = |hash: &CodeHash| {
        let code = scenario.codes.get(hash);
        code.is_some_and(|code| validate(&code.bytes, &Protocol::v1()).is_ok())
    };
    let accounts = scenario.names.accounts();
    let contracts = accounts
        .filter_map(|(name, id)| Some((name, scenario.contract_codes.get(id)?)))
        .chain(scenario.names.codes());
    let running = contracts.filter(|(_, hash)| runs(hash));
    running.map(|(name, _)| name.clone()).collect()
}

/// Each name once, in order.
fn sorted(names: Vec<String>) -> Vec<String> {
    let names: BTreeSet<String> = names.into_iter().collect();
    names.into_iter().collect()
}

/// No scenario runs the contract.
pub(super) fn nothing_matched(target: &Target, shown: &str, known: Vec<String>) -> Failure {
    let message = format!(
        "no scenario runs the contract {}",
        visible(&shown.escape_default().to_string())
    );
    let help = match target {
        Target::Name(name) => {
            let mut known = sorted(known);
            // A scenario may make it, and yet none calls it.
            known.retain(|it| it != name);
            did_you_mean(name, &known)
        }
        _ => "a module counts by its exact bytes: build the contracts anew, name the contract \
              by its name in a scenario, or name a scenario that uses this file with --scenario"
            .to_string(),
    };
    let problem = Problem::new(ProblemCode::NothingMatched, message, help);
    Failure::new(Exit::NothingMatched, problem)
}
