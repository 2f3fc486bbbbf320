//! A finding for people: its transactions with decoded arguments, and what they came to.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, Action, Bundle, Receipt, StateKey, code_hash, contract_id};
use parity_scale_codec::Decode;
use serde::Serialize;

use super::base::Base;
use super::base_engine;
use super::candidate::Candidate;
use super::description::{describe, describe_output};
use super::surface::Surface;
use crate::abi_section::AbiSection;
use crate::outcome_names::{invalid_name, status_name};
use crate::problem::Failure;
use crate::replay::read;
use crate::scenario::{Names, Scenario};

/// The document's schema.
const SCHEMA: &str = "lockstep.fuzz.show/1";

/// A finding, or any scenario or bundle, transaction by transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownFinding {
    /// `lockstep.fuzz.show/1`.
    pub schema: &'static str,
    /// The scenario's name, or the bundle's file.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// The transactions in order.
    pub transactions: Vec<ShownTransaction>,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownTransaction {
    /// The height of its block.
    pub block: u64,
    /// The time of its block in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Its number in the block, from 1.
    pub number: u64,
    /// Who sends it.
    pub from: String,
    /// What it does, with decoded arguments where an ABI tells their types.
    pub action: String,
    /// What comes with it.
    pub value: String,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// What it came to: a status, or why it was not included.
    pub came_to: String,
    /// The gas it used, if it was included.
    pub gas_used: Option<u64>,
    /// Its output, decoded where an ABI tells its type, if it was included and has one.
    pub output: Option<String>,
}

/// Shows a scenario; its transactions come to what they come to on wasmi.
///
/// # Errors
/// When the machine fails.
pub fn show_scenario(scenario: &Scenario) -> Result<ShownFinding, Failure> {
    let candidate = Candidate::of(scenario);
    let surface = Surface::new(scenario, &candidate);
    let mut base = Base::of(scenario, &base_engine(), None);
    let based = base.run_from_genesis(&candidate)?;
    let mut endings = based.endings.iter();
    let mut transactions = Vec::new();
    for (height, block) in (1..).zip(&candidate.blocks) {
        for (number, planned) in (1..).zip(&block.transactions) {
            let sender = scenario.accounts[planned.sender].signer.account();
            let parts = (sender, &planned.action, planned.gas_limit);
            let shown = shown(parts, &scenario.names, &surface);
            transactions.push(ShownTransaction {
                block: height,
                timestamp_ms: block.timestamp_ms,
                number,
                ..match endings.next() {
                    Some(Ok(receipt)) => {
                        included(shown, &planned.action, receipt, &scenario.names, &surface)
                    }
                    Some(Err(reason)) => ShownTransaction {
                        came_to: format!("not included: {}", invalid_name(reason)),
                        ..shown
                    },
                    None => shown,
                }
            });
        }
    }
    Ok(ShownFinding {
        schema: SCHEMA,
        name: scenario.name.clone(),
        about: scenario.about.clone(),
        transactions,
    })
}

/// A transaction from its sender, action and gas limit, before it is known what it comes to.
fn shown(
    (sender, action, gas_limit): (AccountId, &Action, u64),
    names: &Names,
    surface: &Surface,
) -> ShownTransaction {
    ShownTransaction {
        block: 0,
        timestamp_ms: 0,
        number: 0,
        from: names.show_account(&sender),
        action: describe(action, names, surface),
        value: action.value().to_string(),
        gas_limit,
        came_to: "the machine stopped".to_string(),
        gas_used: None,
        output: None,
    }
}

/// The transaction with what its receipt says.
fn included(
    shown: ShownTransaction,
    action: &Action,
    receipt: &Receipt,
    names: &Names,
    surface: &Surface,
) -> ShownTransaction {
    let has_output = !receipt.output.is_empty();
    ShownTransaction {
        came_to: status_name(receipt.status),
        gas_used: Some(receipt.gas_used.total()),
        output: has_output.then(|| describe_output(action, receipt, names, surface)),
        ..shown
    }
}

/// Shows the bytes of a bundle; its transactions come to what it says that they do. Arguments are
/// decoded where the code with their ABI is in the bundle.
///
/// # Errors
/// When the bytes are no bundle.
pub fn show_bundle(bytes: &[u8], file: &str) -> Result<ShownFinding, Failure> {
    let bundle = read(bytes, file)?;
    let surface = surface_of(&bundle);
    let names = Names::default();
    let mut transactions = Vec::new();
    for block in &bundle.blocks {
        for (number, (signed, receipt)) in (1..).zip(&block.transactions) {
            let transaction = &signed.transaction;
            let action = &transaction.action;
            let parts = (transaction.sender, action, transaction.gas_limit);
            let shown = shown(parts, &names, &surface);
            transactions.push(ShownTransaction {
                block: block.environment.height,
                timestamp_ms: block.environment.timestamp_ms,
                number,
                ..included(shown, action, receipt, &names, &surface)
            });
        }
    }
    Ok(ShownFinding {
        schema: SCHEMA,
        name: file.to_string(),
        about: format!("a bundle from the state 0x{}", bundle.state_root),
        transactions,
    })
}

/// The contracts of a bundle and the ABIs of their codes: from the state that it brings, and from
/// what its transactions upload and make.
fn surface_of(bundle: &Bundle) -> Surface {
    let mut contracts: BTreeMap<AccountId, BTreeSet<CodeHash>> = BTreeMap::new();
    let mut abis = BTreeMap::new();
    let mut code = |bytes: &[u8]| {
        let abi = AbiSection::of(bytes).found();
        abis.extend(abi.map(|abi| (code_hash(bytes), abi)));
    };
    for (key, value) in bundle.witness.entries() {
        match StateKey::from_bytes(key) {
            Some(StateKey::Code(_)) => code(value),
            Some(StateKey::Account(id)) => {
                let account = Account::decode(&mut &*value).unwrap_or_default();
                let record = account.contract;
                let known = record.map(|record| (id, BTreeSet::from([record.code])));
                contracts.extend(known);
            }
            _ => {}
        }
    }
    let blocks = bundle.blocks.iter();
    for (signed, _) in blocks.flat_map(|block| &block.transactions) {
        match &signed.transaction.action {
            Action::Upload { code: bytes } => code(bytes),
            Action::Instantiate { code, salt, .. } => {
                let id = contract_id(&signed.transaction.sender, code, salt);
                contracts.entry(id).or_default().insert(*code);
            }
            Action::Upgrade { contract, code, .. } => {
                contracts.entry(*contract).or_default().insert(*code);
            }
            Action::Call { .. } | Action::Transfer { .. } => {}
        }
    }
    Surface::of_contracts(contracts, abis)
}
