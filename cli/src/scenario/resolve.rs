//! From the document to the plan: reads the modules, gives every name its meaning, and walks
//! through the transactions in order. Mistakes are collected rather than returned, so that one
//! run of the command shows all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use lockstep_abi::{AccountId, CodeHash, ContractAbi};
use lockstep_vm::code_hash;
use toml::Spanned;

use super::document::{self, Document, FEE_COLLECTOR_DEFAULT, SCHEMA};
use super::names::{Names, account_signer};
use super::plan::{Account, ChainSettings, Code, PlannedBlock, Scenario};
use crate::abi_section::{AbiSection, several};
use crate::debug_info::folder_of;
use crate::module_file::read_module;
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::source::Source;
use crate::value::{Mismatch, Mismatches, Value};

/// A transaction's gas limit where none is stated.
const GAS_LIMIT_DEFAULT: u64 = 100_000_000;
/// The first block's time where none is stated: 1 January 2026.
const START_TIMESTAMP_MS_DEFAULT: u64 = 1_767_225_600_000;
/// The time between blocks where none is stated.
const BLOCK_INTERVAL_MS_DEFAULT: u64 = 1_000;

/// Everything that is known while the transactions are walked through.
pub(super) struct Resolver<'a> {
    pub(super) source: &'a Source,
    pub(super) problems: Vec<Problem>,
    pub(super) names: Names,
    pub(super) accounts: Vec<Account>,
    pub(super) codes: BTreeMap<CodeHash, Code>,
    /// Codes whose modules could not be read, which is noted, and the contracts made of them.
    pub(super) unread: BTreeSet<String>,
    /// Names that a contract cannot have, which is noted. What is called by them is not looked at.
    pub(super) taken: BTreeSet<String>,
    /// The code that the scenario has given each contract so far.
    pub(super) current_code: BTreeMap<AccountId, CodeHash>,
    pub(super) defaults: Defaults,
}

/// What a transaction has when it does not say otherwise.
pub(super) struct Defaults {
    pub(super) chain_id: u64,
    pub(super) gas_limit: u64,
    pub(super) gas_price: u128,
}

/// Turns a document into a plan.
///
/// # Errors
/// With every mistake, in the order of the file.
pub(super) fn resolve(
    document: Document,
    source: &Source,
    folder: &Path,
) -> Result<Scenario, Vec<Problem>> {
    let mut resolver = Resolver {
        source,
        problems: Vec::new(),
        names: Names::default(),
        accounts: Vec::new(),
        codes: BTreeMap::new(),
        unread: BTreeSet::new(),
        taken: BTreeSet::new(),
        current_code: BTreeMap::new(),
        defaults: Defaults {
            chain_id: 1,
            gas_limit: GAS_LIMIT_DEFAULT,
            gas_price: 1,
        },
    };
    resolver.schema(&document.schema);
    resolver.accounts(&document.accounts);
    let chain = resolver.chain(&document.chain);
    resolver.codes(&document.code, folder);
    resolver.contracts(&document);
    let blocks = resolver.blocks(&document, chain.block_interval_ms);
    let mut problems = resolver.problems;
    problems.sort_by_key(|problem| {
        problem
            .place
            .as_ref()
            .map(|place| (place.line, place.column))
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Scenario {
        name: document.name.into_inner(),
        about: document.about,
        chain,
        accounts: resolver.accounts,
        codes: resolver.codes,
        names: resolver.names,
        contract_codes: resolver.current_code,
        blocks,
        source: Arc::new(source.clone()),
    })
}

impl Resolver<'_> {
    /// Notes a mistake at a place.
    pub(super) fn report(&mut self, span: Range<usize>, problem: Problem) {
        self.problems.push(problem.at(self.source.place(span)));
    }

    /// Notes a value that does not fit its type.
    pub(super) fn report_mismatch(&mut self, mismatch: Mismatch) {
        let mut problem = Problem::new(mismatch.code, mismatch.message, mismatch.help);
        if let Some((limit, actual)) = mismatch.bound {
            problem = problem.beyond(limit, actual);
        }
        self.report(mismatch.span, problem);
    }

    /// Notes everything in a value that does not fit its type.
    pub(super) fn report_mismatches(&mut self, Mismatches(mismatches): Mismatches) {
        for mismatch in mismatches {
            self.report_mismatch(mismatch);
        }
    }

    fn schema(&mut self, schema: &Spanned<String>) {
        if schema.get_ref() != SCHEMA {
            let message = format!("unknown schema \"{}\"", schema.get_ref());
            let help = format!("this program reads schema = \"{SCHEMA}\"");
            self.report(
                schema.span(),
                Problem::new(ProblemCode::ScenarioSchema, message, help),
            );
        }
    }

    fn accounts(&mut self, accounts: &BTreeMap<Spanned<String>, Spanned<Value>>) {
        for (name, balance) in accounts {
            if !self.name_is_well_formed(name) {
                continue;
            }
            let signer = account_signer(name.get_ref());
            self.names.add_account(name.get_ref(), signer.account());
            let balance = self.number(Some(balance), u128::MAX, 0);
            self.accounts.push(Account {
                name: name.get_ref().clone(),
                signer,
                balance,
            });
        }
        let total = self
            .accounts
            .iter()
            .try_fold(0_u128, |total, account| total.checked_add(account.balance));
        if let (None, Some(balance)) = (total, accounts.values().next()) {
            let message = "all balances together are more than 2^128 - 1";
            let help = "the total supply must fit into 128 bits; lower the balances";
            let problem = Problem::new(ProblemCode::ScenarioNumber, message, help);
            self.report(balance.span(), problem);
        }
    }

    fn chain(&mut self, chain: &document::Chain) -> ChainSettings {
        self.defaults.chain_id = self.number_u64(chain.chain_id.as_ref(), 1);
        self.defaults.gas_limit = self.number_u64(chain.gas_limit.as_ref(), GAS_LIMIT_DEFAULT);
        self.defaults.gas_price = self.number(chain.gas_price.as_ref(), u128::MAX, 1);
        let stated = chain.fee_collector.as_ref();
        let stated = stated.filter(|name| self.name_is_well_formed(name));
        let collector = stated.map_or(FEE_COLLECTOR_DEFAULT, |name| name.get_ref());
        let known = self.names.account(collector);
        let fee_collector = known.unwrap_or_else(|| account_signer(collector).account());
        if known.is_none() {
            self.names.add_account(collector, fee_collector);
        }
        ChainSettings {
            chain_id: self.defaults.chain_id,
            block_gas_limit: self.number_u64(chain.block_gas_limit.as_ref(), u64::MAX),
            fee_collector,
            block_interval_ms: self
                .number_u64(chain.block_interval_ms.as_ref(), BLOCK_INTERVAL_MS_DEFAULT),
        }
    }

    fn codes(&mut self, codes: &BTreeMap<Spanned<String>, Spanned<String>>, folder: &Path) {
        for (name, path) in codes {
            if !self.name_is_well_formed(name) {
                continue;
            }
            let file = folder.join(path.get_ref());
            match read_module(&file, path.get_ref()) {
                Ok(bytes) => {
                    let hash = code_hash(&bytes);
                    let abi = self.abi_of(&bytes, path.span());
                    self.names.add_code(name.get_ref(), hash);
                    let code = Code {
                        bytes,
                        abi,
                        folder: folder_of(&file),
                        path: file,
                    };
                    self.codes.entry(hash).or_insert(code);
                }
                Err(failure) => {
                    self.unread.insert(name.get_ref().clone());
                    for problem in failure.problems {
                        let place = problem.place.clone();
                        self.report(path.span(), problem);
                        if let (Some(place), Some(last)) = (place, self.problems.last_mut()) {
                            let at = format!("{}:{}:{}", place.file, place.line, place.column);
                            last.message = format!("{at}: {}", last.message);
                        }
                    }
                }
            }
        }
    }

    /// The ABI that a module carries, if it carries one.
    fn abi_of(&mut self, module: &[u8], span: Range<usize>) -> Option<ContractAbi> {
        let section = AbiSection::of(module);
        if let AbiSection::Several(contracts) = &section {
            let (message, help) = several(contracts);
            let problem = Problem::new(ProblemCode::TwoContracts, message, help);
            self.report(span, problem);
        }
        section.found()
    }

    /// Names the contracts of all transactions and notes their codes, so that they can be used before
    /// they exist.
    fn contracts(&mut self, document: &Document) {
        let blocks = document.blocks.iter();
        for transaction in blocks.flat_map(|block| &block.transactions) {
            let created = self.created_contract(transaction.get_ref());
            if let Some((id, code)) = created {
                self.current_code.entry(id).or_insert(code);
            }
            let Some(alias) = &transaction.get_ref().alias else {
                continue;
            };
            let Some((id, _)) = created else {
                self.unread_contract(transaction.get_ref(), alias);
                continue;
            };
            if self.name_is_well_formed(alias) && !self.names.add_account(alias.get_ref(), id) {
                self.taken.insert(alias.get_ref().clone());
                let message = format!(
                    "the name \"{}\" is taken: {}",
                    alias.get_ref(),
                    document.who_has(alias.get_ref())
                );
                let help = "give the contract a name that no account and no other contract has";
                let problem = Problem::new(ProblemCode::ScenarioDuplicate, message, help);
                self.report(alias.span(), problem);
            }
        }
    }

    /// A contract whose code could not be read is known, too, though not its id.
    fn unread_contract(&mut self, transaction: &document::Transaction, alias: &Spanned<String>) {
        let code = transaction.instantiate.as_ref().map(Spanned::get_ref);
        if code.is_some_and(|code| self.unread.contains(without_at(code))) {
            self.unread.insert(alias.get_ref().clone());
        }
    }

    fn blocks(&mut self, document: &Document, interval_ms: u64) -> Vec<PlannedBlock> {
        let chain = &document.chain;
        let mut next = self.number_u64(
            chain.start_timestamp_ms.as_ref(),
            START_TIMESTAMP_MS_DEFAULT,
        );
        let mut blocks = Vec::new();
        for block in &document.blocks {
            let timestamp_ms = self.number_u64(block.timestamp_ms.as_ref(), next);
            next = timestamp_ms.saturating_add(interval_ms);
            let steps = block
                .transactions
                .iter()
                .filter_map(|transaction| self.step(transaction))
                .collect();
            blocks.push(PlannedBlock {
                timestamp_ms,
                steps,
            });
        }
        blocks
    }
}

/// A name with or without `@`, without it.
pub(super) fn without_at(name: &str) -> &str {
    name.strip_prefix('@').unwrap_or(name)
}
