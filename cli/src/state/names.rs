//! Names for accounts, contracts and code: those of a scenario, if one is given.

use std::path::Path;

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::{Names, derived_account, load};
use crate::suggest::did_you_mean;
use crate::value::{Identifier, Lookup};

/// The names that the user may write and see.
///
/// Without a scenario `@NAME` is the account whose key scenarios derive from the name, and no
/// names are shown.
#[derive(Default)]
pub(crate) struct StateNames {
    scenario: Option<Names>,
    none: Names,
}

impl StateNames {
    /// The names of a scenario.
    ///
    /// # Errors
    /// When the scenario cannot be loaded.
    pub(crate) fn of(scenario: Option<&Path>) -> Result<StateNames, Failure> {
        let scenario = match scenario {
            Some(path) => Some(load(path, &path.to_string_lossy())?.names),
            None => None,
        };
        Ok(StateNames {
            scenario,
            none: Names::default(),
        })
    }

    /// For showing ids.
    pub(crate) fn shown(&self) -> &Names {
        self.scenario.as_ref().unwrap_or(&self.none)
    }

    /// The 32 bytes that `@name` or hexadecimal digits stand for.
    ///
    /// # Errors
    /// When the name is unknown or the digits are not 32 bytes.
    pub(crate) fn id(&self, kind: Identifier, text: &str) -> Result<[u8; 32], Failure> {
        let Some(name) = text.strip_prefix('@') else {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            let bytes = hex::decode(digits).ok();
            return bytes
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| {
                    key_failure(
                        format!("`{text}` is no id"),
                        "an id is `@NAME` or 64 hexadecimal digits",
                    )
                });
        };
        if let Some(found) = self.find(kind, name) {
            return Ok(found);
        }
        let message = format!("there is no {} named \"{name}\"", what(kind));
        let help = match &self.scenario {
            Some(names) => did_you_mean(name, &names.names(kind)),
            None => "give the scenario that has the name with --names SCENARIO.toml".to_string(),
        };
        Err(key_failure(message, help))
    }
}

impl StateNames {
    /// Which names in the texts of keys were taken as accounts of their own because no scenario was
    /// given, as a sentence without its end. Nothing if there are none.
    pub(crate) fn taken_as_accounts(&self, keys: &[&str]) -> Option<String> {
        let names = named_in(keys);
        let (Some((last, others)), None) = (names.split_last(), &self.scenario) else {
            return None;
        };
        let (names, was) = match others {
            [] => (format!("@{last}"), "was taken as an external account"),
            _ => (
                format!("@{} and @{last}", others.join(", @")),
                "were taken as external accounts",
            ),
        };
        Some(format!(
            "{names} {was}; contract names need --names SCENARIO"
        ))
    }

    /// What to do when the state has nothing under the keys of these texts.
    pub(crate) fn help_for_absent(&self, keys: &[&str]) -> String {
        let help = "`lockstep state ls DIRECTORY` lists what is there";
        let is_contract = |name: &&str| {
            let id = self.scenario.as_ref().and_then(|names| names.account(name));
            id.is_some_and(|id| id != derived_account(name))
        };
        match named_in(keys).into_iter().find(is_contract) {
            None => help.to_string(),
            Some(name) => format!(
                "{help}; @{name} is the id that the contract has by the scenario, made of creator, \
                 code and salt: if the module was built anew, the state has the contract of the old \
                 code, under another id"
            ),
        }
    }
}

/// The names in the texts of keys, each once.
fn named_in<'k>(keys: &[&'k str]) -> Vec<&'k str> {
    let is_named = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut names = Vec::new();
    for after in keys.iter().flat_map(|key| key.split('@').skip(1)) {
        let name = after.split(|c| !is_named(c)).next().unwrap_or_default();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl Lookup for StateNames {
    fn find(&self, kind: Identifier, name: &str) -> Option<[u8; 32]> {
        match (&self.scenario, kind) {
            (Some(names), _) => names.find(kind, name),
            (None, Identifier::Account) => Some(derived_account(name).0),
            (None, _) => None,
        }
    }

    fn names(&self, kind: Identifier) -> Vec<String> {
        self.shown().names(kind)
    }

    fn shown(&self, kind: Identifier, bytes: &[u8; 32]) -> String {
        Lookup::shown(StateNames::shown(self), kind, bytes)
    }
}

fn what(kind: Identifier) -> &'static str {
    match kind {
        Identifier::Account => "account or contract",
        Identifier::Code => "code",
        Identifier::Hash => "hash",
    }
}

/// That a key cannot be read.
pub(super) fn key_failure(message: String, help: impl Into<String>) -> Failure {
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::StateKeySyntax, message, help),
    )
}

#[cfg(test)]
mod tests {
    use super::StateNames;
    use crate::scenario::Names;

    #[test]
    fn names_that_were_guessed_are_told() {
        let mut names = StateNames::default();
        let key = "storage:@gold:\"balances:\" map(@alice) @gold";
        assert_eq!(
            names.taken_as_accounts(&[key]).as_deref(),
            Some(
                "@gold and @alice were taken as external accounts; contract names need --names \
                 SCENARIO"
            )
        );
        let one = names.taken_as_accounts(&["account:@gold"]);
        assert!(one.is_some_and(|said| said.starts_with("@gold was taken")));
        assert_eq!(names.taken_as_accounts(&["account:00"]), None);
        names.scenario = Some(Names::default());
        assert_eq!(names.taken_as_accounts(&[key]), None);
    }
}
