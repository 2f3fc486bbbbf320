//! A finding as files: a scenario that holds the fewest transactions, and the modules it needs.
//!
//! The scenario expects what the base world came to, so `lockstep run` of it succeeds on the base
//! world's engine and says what differs on a machine that differs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Action, contract_id};

use super::candidate::{Candidate, Planned};
use super::description::describe;
use super::finding_name::write_free;
use super::surface::Surface;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::scenario::{Names, SCENARIO_SCHEMA, Scenario};

/// Writes a candidate as a scenario called `name` into a folder, with its modules beside it, and
/// returns the scenario's path. Where another one has the name, it is called `name-2` and so on.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_finding(
    folder: &Path,
    name: &str,
    about: &str,
    scenario: &Scenario,
    (candidate, expected): (&Candidate, &[String]),
) -> Result<PathBuf, Failure> {
    write_free(folder, name, scenario, candidate, |name, writer| {
        writer.scenario(name, about, candidate, expected)
    })
}

/// The file of a module, from its hash and its name in the scenario.
type ModuleNames<'s> = &'s dyn Fn(&CodeHash, &str) -> String;

/// Knows what the scenario that is written calls things.
pub(super) struct Writer<'s> {
    scenario: &'s Scenario,
    surface: Surface,
    /// The codes that are used, by hash.
    pub(super) codes: BTreeMap<CodeHash, String>,
    /// The names of contracts that the candidate makes.
    pub(super) contracts: BTreeMap<AccountId, String>,
    /// The names by which identifiers within inputs are written; digits unless stated.
    pub(super) known: Names,
    module_names: ModuleNames<'s>,
}

impl<'s> Writer<'s> {
    pub(super) fn new(
        scenario: &'s Scenario,
        candidate: &Candidate,
        module_names: ModuleNames<'s>,
    ) -> Writer<'s> {
        let mut codes = BTreeMap::new();
        let mut contracts = BTreeMap::new();
        let taken = |name: &String| scenario.names.account(name).is_some();
        let made_up = (1_u64..).map(|number| format!("contract-{number}"));
        let mut free = made_up.filter(|name| !taken(name));
        for planned in candidate.each() {
            let used = match &planned.action {
                Action::Upload { code } => lockstep_vm::code_hash(code),
                Action::Instantiate { code, .. } | Action::Upgrade { code, .. } => *code,
                Action::Transfer { .. } | Action::Call { .. } => continue,
            };
            let name = scenario.names.name_of_code(&used);
            codes.extend(name.map(|name| (used, name.to_string())));
            if let Action::Instantiate { code, salt, .. } = &planned.action {
                let sender = scenario.accounts[planned.sender].signer.account();
                let id = contract_id(&sender, code, salt);
                let known = scenario.names.show_account(&id);
                let known = known.strip_prefix('@').map(str::to_string);
                if let (Entry::Vacant(place), Some(name)) =
                    (contracts.entry(id), known.or_else(|| free.next()))
                {
                    place.insert(name);
                }
            }
        }
        Writer {
            scenario,
            surface: Surface::new(scenario, candidate),
            codes,
            contracts,
            known: Names::default(),
            module_names,
        }
    }

    /// The file of a module.
    pub(super) fn module_name(&self, hash: &CodeHash, code: &str) -> String {
        (self.module_names)(hash, code)
    }

    /// The modules that the scenario names, with their files in a folder.
    pub(super) fn modules(&self, folder: &Path) -> impl Iterator<Item = (PathBuf, &[u8])> {
        self.codes.iter().map(move |(hash, code)| {
            let code_of = self.scenario.codes.get(hash);
            let bytes = code_of.map(|code| code.bytes.as_slice());
            let file = folder.join(self.module_name(hash, code));
            (file, bytes.unwrap_or_default())
        })
    }

    /// Writes the modules that the scenario names.
    pub(super) fn write_modules(&self, folder: &Path) -> Result<(), Failure> {
        let mut modules = self.modules(folder);
        modules.try_for_each(|(file, bytes)| write_atomically(&file, bytes))
    }

    pub(super) fn scenario(
        &self,
        name: &str,
        about: &str,
        candidate: &Candidate,
        expected: &[String],
    ) -> String {
        let chain = &self.scenario.chain;
        let collector = self.scenario.names.show_account(&chain.fee_collector);
        let mut text = format!(
            "schema = \"{SCENARIO_SCHEMA}\"\nname = {}\nabout = {}\n\n[chain]\n\
             chain_id = {}\nblock_gas_limit = {}\nfee_collector = {}\n\n[accounts]\n",
            quoted(name),
            quoted(about),
            number(chain.chain_id.into()),
            number(chain.block_gas_limit.into()),
            quoted(collector.strip_prefix('@').unwrap_or(&collector)),
        );
        // Writing to a String cannot fail.
        for account in &self.scenario.accounts {
            let _ = writeln!(text, "{} = {}", account.name, number(account.balance));
        }
        text.push_str("\n[code]\n");
        for (hash, code) in &self.codes {
            let file = self.module_name(hash, code);
            let _ = writeln!(text, "{code} = {}", quoted(&file));
        }
        let mut expected = expected.iter();
        let mut made = Vec::new();
        for block in &candidate.blocks {
            let _ = writeln!(
                text,
                "\n[[block]]\ntimestamp_ms = {}",
                number(block.timestamp_ms.into())
            );
            for planned in &block.transactions {
                self.transaction(&mut text, planned, expected.next(), &mut made);
            }
        }
        text
    }

    fn transaction(
        &self,
        text: &mut String,
        planned: &Planned,
        expected: Option<&String>,
        made: &mut Vec<AccountId>,
    ) {
        let mut line = |key: &str, value: String| {
            let _ = writeln!(text, "{key} = {value}");
        };
        line(
            "\n[[block.transaction]]\nname",
            quoted(&describe(
                &planned.action,
                &self.scenario.names,
                &self.surface,
            )),
        );
        let sender = &self.scenario.accounts[planned.sender];
        line("from", quoted(&sender.name));
        self.action(&mut line, planned, made);
        if planned.action.value() > 0 {
            line("value", number(planned.action.value()));
        }
        line("gas_limit", number(planned.gas_limit.into()));
        line("gas_price", number(planned.gas_price));
        if planned.deposit_limit != u128::MAX {
            line("deposit_limit", number(planned.deposit_limit));
        }
        if let Some(nonce) = planned.nonce {
            line("nonce", number(nonce.into()));
        }
        if planned.chain_id != self.scenario.chain.chain_id {
            line("chain_id", number(planned.chain_id.into()));
        }
        if planned.corrupt_signature {
            line("corrupt_signature", "true".to_string());
        }
        if let Some(expected) = expected {
            line("expect", expected.clone());
        }
    }

    fn action(
        &self,
        line: &mut impl FnMut(&str, String),
        planned: &Planned,
        made: &mut Vec<AccountId>,
    ) {
        let bytes = |input: &[u8]| quoted(&self.known.show_bytes(input));
        match &planned.action {
            Action::Transfer { to, .. } => line("transfer", quoted(&self.account(to))),
            Action::Upload { code } => line("upload", self.code(&lockstep_vm::code_hash(code))),
            Action::Instantiate {
                code, salt, input, ..
            } => {
                line("instantiate", self.code(code));
                let sender = self.scenario.accounts[planned.sender].signer.account();
                let id = contract_id(&sender, code, salt);
                // A second contract of the same name would be a mistake in the scenario.
                if let Some(name) = self.contracts.get(&id).filter(|_| !made.contains(&id)) {
                    line("as", quoted(name));
                    made.push(id);
                }
                line("salt", quoted(&format!("0x{}", hex::encode(salt))));
                line("input", bytes(input));
            }
            Action::Call {
                contract,
                method,
                input,
                ..
            } => {
                line(
                    "call",
                    quoted(&format!("{}.{method}", self.account(contract))),
                );
                line("input", bytes(input));
            }
            Action::Upgrade {
                contract,
                code,
                input,
            } => {
                line("upgrade", quoted(&self.account(contract)));
                line("code", self.code(code));
                line("input", bytes(input));
            }
        }
    }

    fn code(&self, hash: &CodeHash) -> String {
        let name = self.codes.get(hash).cloned();
        quoted(&name.unwrap_or_else(|| self.scenario.names.show_code(hash)))
    }

    /// An account or a contract that the candidate makes by its name, all others by their id.
    fn account(&self, id: &AccountId) -> String {
        if let Some(name) = self.contracts.get(id) {
            return format!("@{name}");
        }
        let accounts = self.scenario.accounts.iter();
        let mut accounts = accounts.filter(|account| account.signer.account() == *id);
        match accounts.next() {
            Some(account) => format!("@{}", account.name),
            None => format!("0x{id}"),
        }
    }
}

/// Text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A number as TOML writes it, as text where TOML's integers end.
pub(super) fn number(number: u128) -> String {
    match i64::try_from(number) {
        Ok(number) => number.to_string(),
        Err(_) => format!("\"{number}\""),
    }
}
