//! A scenario that is ready to run: names resolved, values encoded, expectations made sense of.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use lockstep_abi::{AccountId, CodeHash, ContractAbi, Type};
use lockstep_vm::{Action, Signer, Status};

use super::names::Names;
use crate::source::{Place, Source};

/// A whole scenario.
#[derive(Clone)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub about: String,
    pub(crate) chain: ChainSettings,
    pub(crate) accounts: Vec<Account>,
    pub(crate) codes: BTreeMap<CodeHash, Code>,
    pub(crate) names: Names,
    /// The code that each contract has in the end, if all comes as it is stated.
    pub(crate) contract_codes: BTreeMap<AccountId, CodeHash>,
    /// The blocks in order.
    pub(crate) blocks: Vec<PlannedBlock>,
    /// The text that it was read from.
    pub(crate) source: Arc<Source>,
}

/// Settings that hold for all blocks.
#[derive(Clone, Debug)]
pub(crate) struct ChainSettings {
    pub(crate) chain_id: u64,
    pub(crate) block_gas_limit: u64,
    pub(crate) fee_collector: AccountId,
    /// The time between blocks.
    pub(crate) block_interval_ms: u64,
}

/// An external account.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) signer: Signer,
    pub(crate) balance: u128,
}

/// A module that the scenario uses.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// The Wasm, assembled if the file holds text.
    pub(crate) bytes: Vec<u8>,
    /// The folder of its file, where names and lines may lie.
    pub(crate) folder: PathBuf,
    /// What its ABI section says, if it has a readable one.
    pub(crate) abi: Option<ContractAbi>,
    /// The file it was read from.
    pub(crate) path: PathBuf,
}

/// One block.
#[derive(Clone)]
pub(crate) struct PlannedBlock {
    /// Its time in milliseconds since the Unix epoch.
    pub(crate) timestamp_ms: u64,
    /// Its transactions in order.
    pub(crate) steps: Vec<Step>,
}

/// One transaction.
#[derive(Clone)]
pub(crate) struct Step {
    /// What to call it in the output.
    pub(crate) name: String,
    /// What it does, in words: `call @token.transfer`.
    pub(crate) summary: String,
    /// The position of the sender in the scenario's accounts.
    pub(crate) sender: usize,
    pub(crate) action: Action,
    pub(crate) output_kind: OutputKind,
    pub(crate) gas_limit: u64,
    pub(crate) gas_price: u128,
    pub(crate) deposit_limit: u128,
    /// The nonce, when it is not the account's next one.
    pub(crate) nonce: Option<u64>,
    pub(crate) chain_id: u64,
    pub(crate) corrupt_signature: bool,
    /// What should come of it.
    pub(crate) expect: Expectation,
    /// Where the expectation stands, or the transaction when it has none.
    pub(crate) place: Place,
}

/// What the output of a transaction means.
#[derive(Clone, Debug)]
pub(crate) enum OutputKind {
    /// The output is bytes.
    Nothing,
    /// The output is a code hash.
    Code,
    /// The output is a contract's id.
    Contract,
    /// The output and error have these types; bytes when there is no ABI.
    Method(Option<MethodTypes>),
}

/// The types of a method's results.
#[derive(Clone, Debug)]
pub(crate) struct MethodTypes {
    pub(crate) output: Type,
    pub(crate) error: Option<Type>,
}

/// What should come of a transaction. What is `None` is not checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expectation {
    /// Whether every ending will do, also that it is not included.
    pub(crate) any_ending: bool,
    /// The receipt's status.
    pub(crate) status: Option<Status>,
    /// The name of the reason for which it is not included.
    pub(crate) invalid: Option<String>,
    /// The exact gas used.
    pub(crate) gas: Option<u64>,
    /// The exact fee.
    pub(crate) fee: Option<u128>,
    /// What the sender paid as storage deposit: whether it is a refund, and how much.
    pub(crate) deposit: Option<(bool, u128)>,
    /// The output.
    pub(crate) output: Option<ExpectedValue>,
    /// The error of a revert.
    pub(crate) error: Option<ExpectedValue>,
    /// The message of a panic.
    pub(crate) message: Option<String>,
    /// All events in order.
    pub(crate) events: Option<Vec<ExpectedEvent>>,
    /// The codes of the reasons for which an upload is refused.
    pub(crate) refused: Option<Vec<String>>,
    /// Where in the text each of them stands, by the field that messages name.
    pub(crate) spans: BTreeMap<String, Range<usize>>,
}

impl Expectation {
    /// Whether it says how the transaction ends, so that a failure is no surprise.
    pub(crate) fn states_the_ending(&self) -> bool {
        self.any_ending
            || self.status.is_some()
            || self.invalid.is_some()
            || self.error.is_some()
            || self.message.is_some()
            || self.refused.is_some()
    }
}

/// Expected bytes, and how they read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedValue {
    /// The exact bytes.
    pub(crate) bytes: Vec<u8>,
    /// The decoded value as text.
    pub(crate) shown: String,
}

/// An expected event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpectedEvent {
    /// Who emits it.
    pub(crate) contract: AccountId,
    /// Its name.
    pub(crate) name: String,
    /// Its data, if it is checked.
    pub(crate) data: Option<ExpectedValue>,
}
