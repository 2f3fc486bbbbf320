//! The shape of a scenario file. Every key that exists is a field here.
//!
//! Numbers are read as [`Value`], because they may be written as text (TOML integers end at 64
//! bits), and their range is checked later, where the place of a mistake can be shown.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::value::Value;

/// The version of the format.
pub(crate) const SCHEMA: &str = "lockstep.scenario/1";

/// The account that gets the fees where none is stated.
pub(super) const FEE_COLLECTOR_DEFAULT: &str = "collector";

/// The keys of a whole file.
pub(super) const KEYS: [&str; 7] = [
    "schema", "name", "about", "chain", "accounts", "code", "block",
];

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// [`SCHEMA`].
    pub(super) schema: Spanned<String>,
    /// What to call the scenario.
    pub(super) name: Spanned<String>,
    /// What it shows, in a sentence or two.
    #[serde(default)]
    pub(super) about: String,
    /// The chain's settings.
    #[serde(default)]
    pub(super) chain: Chain,
    /// External accounts by name, with the balance each begins with.
    #[serde(default)]
    pub(super) accounts: BTreeMap<Spanned<String>, Spanned<Value>>,
    /// Modules by name: paths of `.wasm` or `.wat` files, relative to the scenario.
    #[serde(default)]
    pub(super) code: BTreeMap<Spanned<String>, Spanned<String>>,
    /// The blocks in order.
    #[serde(default, rename = "block")]
    pub(super) blocks: Vec<Block>,
}

impl Document {
    /// What has a name that no contract can have.
    pub(super) fn who_has(&self, name: &str) -> &'static str {
        let collector = self.chain.fee_collector.as_ref();
        let mut accounts = self.accounts.keys();
        match collector {
            _ if accounts.any(|account| account.get_ref() == name) => "[accounts] has it",
            Some(collector) if collector.get_ref() == name => {
                "`fee_collector` in [chain] makes it an account's"
            }
            None if name == FEE_COLLECTOR_DEFAULT => {
                "it is the account's that gets the fees where [chain] states no `fee_collector`"
            }
            _ => "another contract has it",
        }
    }
}

/// Settings that hold for the whole scenario.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    /// The chain's number; 1 unless stated.
    pub(super) chain_id: Option<Spanned<Value>>,
    /// What one gas costs unless a transaction says otherwise; 1 unless stated.
    pub(super) gas_price: Option<Spanned<Value>>,
    /// A transaction's gas limit unless it says otherwise.
    pub(super) gas_limit: Option<Spanned<Value>>,
    /// The most gas of a block's transactions together; unlimited unless stated.
    pub(super) block_gas_limit: Option<Spanned<Value>>,
    /// The first block's time in milliseconds since the Unix epoch.
    pub(super) start_timestamp_ms: Option<Spanned<Value>>,
    /// The time between blocks in milliseconds.
    pub(super) block_interval_ms: Option<Spanned<Value>>,
    /// The account that gets the fees; `collector` unless stated.
    pub(super) fee_collector: Option<Spanned<String>>,
}

/// One block.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    /// The block's time, when it is not the interval after the one before.
    pub(super) timestamp_ms: Option<Spanned<Value>>,
    /// The transactions in order.
    #[serde(default, rename = "transaction")]
    pub(super) transactions: Vec<Spanned<Transaction>>,
}

/// One transaction: who, what, with which limits, and what is expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transaction {
    /// What to call it in the output.
    #[serde(default)]
    pub(super) name: String,
    /// The account that sends it.
    pub(super) from: Spanned<String>,

    /// Action: the name of the code to upload.
    pub(super) upload: Option<Spanned<String>>,
    /// Action: the name of the code to make a contract of.
    pub(super) instantiate: Option<Spanned<String>>,
    /// Action: `CONTRACT.METHOD`.
    pub(super) call: Option<Spanned<String>>,
    /// Action: who gets the value.
    pub(super) transfer: Option<Spanned<String>>,
    /// Action: the contract whose code is replaced.
    pub(super) upgrade: Option<Spanned<String>>,

    /// `instantiate`: the name that the contract gets.
    #[serde(rename = "as")]
    pub(super) alias: Option<Spanned<String>>,
    /// `instantiate`: tells apart contracts of the same creator and code; 0 unless stated.
    pub(super) salt: Option<Spanned<Value>>,
    /// `upgrade`: the new code. `call`: the code whose ABI describes the method, when it is not
    /// the code that the scenario gave the contract last.
    pub(super) code: Option<Spanned<String>>,
    /// The arguments, by name or by position.
    pub(super) args: Option<Spanned<Value>>,
    /// The input in bytes, in place of `args`.
    pub(super) input: Option<Spanned<String>>,
    /// The value that moves with it; 0 unless stated.
    pub(super) value: Option<Spanned<Value>>,

    /// The most gas it may use.
    pub(super) gas_limit: Option<Spanned<Value>>,
    /// What one gas costs.
    pub(super) gas_price: Option<Spanned<Value>>,
    /// The most that may be taken as storage deposit; unlimited unless stated.
    pub(super) deposit_limit: Option<Spanned<Value>>,
    /// The nonce; the account's next one unless stated.
    pub(super) nonce: Option<Spanned<Value>>,
    /// The chain it is meant for; the scenario's unless stated.
    pub(super) chain_id: Option<Spanned<Value>>,
    /// Whether one bit of the signature is flipped after signing.
    #[serde(default)]
    pub(super) corrupt_signature: bool,

    /// What should come of it.
    pub(super) expect: Option<Spanned<Expect>>,
}

/// What should come of a transaction. What is not stated is not checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// The receipt's status by name, for example `success` or `out_of_gas`; `any` for every ending.
    pub(super) status: Option<Spanned<String>>,
    /// Why the transaction is not included, for example `bad_nonce`.
    pub(super) invalid: Option<Spanned<String>>,
    /// The exact gas used.
    pub(super) gas: Option<Spanned<Value>>,
    /// The exact fee.
    pub(super) fee: Option<Spanned<Value>>,
    /// What the sender paid as storage deposit, refunds deducted (negative for a refund).
    pub(super) deposit: Option<Spanned<Value>>,
    /// The output, as the method's output type.
    pub(super) output: Option<Spanned<Value>>,
    /// The error of a revert, as the method's error type.
    pub(super) error: Option<Spanned<Value>>,
    /// The message of a panic.
    pub(super) message: Option<Spanned<String>>,
    /// All events in order.
    pub(super) events: Option<Spanned<Vec<Spanned<ExpectEvent>>>>,
    /// The codes of all reasons for which an upload is refused, in the order of the module.
    pub(super) refused: Option<Spanned<Vec<Spanned<String>>>>,
}

/// An event that should be emitted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectEvent {
    /// The contract; the called one unless stated.
    pub(super) contract: Option<Spanned<String>>,
    /// The event's name in the contract's ABI.
    pub(super) name: Spanned<String>,
    /// All its fields; not checked unless stated.
    pub(super) fields: Option<Spanned<Value>>,
}
