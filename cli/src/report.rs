//! What a run came to, as one document. `--json` prints it as it is; [`render`](crate::render())
//! prints the same content for people.
//!
//! Amounts and other integers of 128 bits are decimal text. Identifiers that the scenario names
//! are `@name`; the lists of names say what each stands for.

mod dry_run;
mod over_limit;

use lockstep_gas_meter::Refusal;
use serde::Serialize;

pub use self::dry_run::{DryRunReport, GasLimitReport, KeyReport, LimitReport};
pub use self::over_limit::OverLimitReport;
use crate::value::Decoded;

/// The document's schema. It changes when a member changes its meaning or goes away.
pub const RUN_SCHEMA: &str = "lockstep.run/1";

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// [`RUN_SCHEMA`].
    pub schema: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// What it shows.
    pub about: String,
    /// The protocol version.
    pub protocol_version: u32,
    /// The hash of the price schedule, in hexadecimal.
    pub schedule_hash: String,
    /// The chain's number.
    pub chain_id: u64,
    /// Who gets the fees.
    pub fee_collector: String,
    /// Accounts and contracts by name, with their ids in hexadecimal.
    pub accounts: Vec<NamedId>,
    /// Codes by name, with their hashes in hexadecimal.
    pub codes: Vec<NamedId>,
    /// The root of the state before the first block.
    pub genesis_state_root: String,
    /// The blocks in order.
    pub blocks: Vec<BlockReport>,
    /// How many expectations the scenario states.
    pub expectations_stated: u64,
    /// Those that did not come true.
    pub expectations_failed: Vec<FailedExpectation>,
    /// Transactions that did not succeed although nothing says that they should not.
    pub unstated_failures: Vec<FailedExpectation>,
    /// The exit code.
    pub exit: u8,
}

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedId {
    /// The name, without `@`.
    pub name: String,
    /// 32 bytes in hexadecimal.
    pub id: String,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockReport {
    /// Its height, from 1.
    pub height: u64,
    /// Its time in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
    /// Its transactions in order, those that were not included among them.
    pub transactions: Vec<TransactionReport>,
    /// The gas of all of them.
    pub gas_used: u64,
    /// The root over its receipts.
    pub receipts_root: String,
    /// The root of the state after it.
    pub state_root: String,
}

/// A transaction: either a receipt or the reason why it was not included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransactionReport {
    /// Its position in the scenario's block, from 1.
    pub number: u64,
    /// Its name in the scenario.
    pub name: String,
    /// The sender.
    pub from: String,
    /// What it does, in words.
    pub action: String,
    /// The balance that moves with it.
    pub value: String,
    /// Its nonce.
    pub nonce: u64,
    /// Its own hash.
    pub id: String,
    /// Why it was not included, if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invalid: Option<InvalidReport>,
    /// Its receipt, if it was included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptReport>,
    /// What a dry run said before, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<DryRunReport>,
}

/// Why a transaction was not included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidReport {
    /// The reason's name.
    pub reason: String,
    /// The reason's number.
    pub code: u16,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A receipt, decoded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptReport {
    /// The status' name.
    pub status: String,
    /// The status' number.
    pub status_code: u16,
    /// Where the gas went.
    pub gas: GasReport,
    /// What the fee collector got.
    pub fee: String,
    /// What the sender paid in for storage.
    pub deposit_charged: String,
    /// What the sender got back for storage.
    pub deposit_refunded: String,
    /// What it gave back, if it gave anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputReport>,
    /// Every reason why an uploaded module was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// The limits that frames went over, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub over_limits: Vec<OverLimitReport>,
    /// The events in order.
    pub events: Vec<EventReport>,
    /// The messages that contracts logged. They have no effect.
    pub logs: Vec<LogReport>,
    /// How many messages came after these and are not kept, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs_left_out: Option<u64>,
    /// What changed in the state.
    pub changes: Vec<ChangeReport>,
}

/// Where the gas of a transaction went: the parts add up to `used`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GasReport {
    /// The transaction's limit.
    pub limit: u64,
    /// The sum of the following.
    pub used: u64,
    /// The transaction itself: base price, bytes, signature, uploaded code.
    pub intrinsic: u64,
    /// Wasm operators.
    pub wasm: u64,
    /// Host functions other than storage, and loading and instantiating code.
    pub host: u64,
    /// Storage functions.
    pub storage: u64,
    /// What frames that trapped had left.
    pub forfeited: u64,
}

/// What a transaction gave back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputReport {
    /// `output`, `error` (of a revert) or `message` (of a panic).
    pub kind: &'static str,
    /// The bytes in hexadecimal.
    pub bytes: String,
    /// The decoded value, if there is an ABI and the bytes decode by it.
    pub value: Option<Decoded>,
    /// How it reads: the value, or the bytes with names in them.
    pub shown: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventReport {
    /// Who emitted it.
    pub contract: String,
    /// Its name, if the contract's ABI has it.
    pub name: Option<String>,
    /// Its fields, decoded.
    pub fields: Option<Decoded>,
    /// Its topics in hexadecimal.
    pub topics: Vec<String>,
    /// Its data in hexadecimal.
    pub data: String,
}

/// A message that a contract logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Who logged it.
    pub contract: String,
    /// The text; bytes that are not UTF-8 are replaced.
    pub message: String,
}

/// Something that changed in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ChangeReport {
    /// An account's record.
    Account {
        /// Whose.
        account: String,
        /// Before the transaction; none when it did not exist.
        before: Option<AccountReport>,
        /// After the transaction; none when it ceased to exist.
        after: Option<AccountReport>,
    },
    /// A value in a contract's storage.
    Storage {
        /// Whose.
        contract: String,
        /// The contract's own key.
        key: BytesReport,
        /// The value before, if there was one.
        before: Option<BytesReport>,
        /// The value after, if there is one.
        after: Option<BytesReport>,
    },
    /// New code.
    Code {
        /// Its name or hash.
        code: String,
        /// Its length in bytes.
        bytes: u64,
    },
}

/// Bytes of a contract's storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BytesReport {
    /// The bytes in hexadecimal.
    pub bytes: String,
    /// The same with `@name` for each account id and code hash that has a name.
    pub shown: String,
}

/// An account's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountReport {
    /// How many of its transactions were included.
    pub nonce: u64,
    /// What it can spend.
    pub balance: String,
    /// What makes it a contract, if it is one.
    pub contract: Option<ContractReport>,
}

/// The contract part of an account's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContractReport {
    /// Its code.
    pub code: String,
    /// Who may upgrade it by transaction.
    pub admin: String,
    /// How many keys its storage holds.
    pub storage_items: u64,
    /// The bytes of keys and values.
    pub storage_bytes: u64,
    /// What is held for its storage.
    pub deposit: String,
}

/// An expectation that did not come true, or a failure that none speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedExpectation {
    /// The block's height.
    pub block: u64,
    /// The transaction's number in the block.
    pub transaction: u64,
    /// The transaction's name.
    pub name: String,
    /// What differs: `status`, `gas`, `events[0].fields` and so on.
    pub field: String,
    /// What the scenario expects.
    pub expected: String,
    /// What happened.
    pub actual: String,
}
