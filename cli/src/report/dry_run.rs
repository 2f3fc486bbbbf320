//! What a dry run said, as a part of a transaction's report. The status, the gas and everything
//! else that it says of the outcome is not repeated: the transaction's own report is the same.

use serde::Serialize;

use super::BytesReport;

/// What a dry run said before the transaction was executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRunReport {
    /// The smallest gas limit that succeeds.
    pub smallest_gas_limit: GasLimitReport,
    /// The most that is used of each limit; none for a transaction that is not included.
    pub limits: Vec<LimitReport>,
    /// The keys of the state that are read or written.
    pub keys: Vec<KeyReport>,
}

/// The smallest gas limit that succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum GasLimitReport {
    /// This limit was tried and succeeds, and one less was tried and fails.
    Found {
        /// The limit.
        gas_limit: u64,
        /// Whether nothing in the run depends on the gas that there is, so that every larger
        /// limit succeeds as well and every smaller one fails.
        only: bool,
    },
    /// No limit helps: it fails for another reason.
    None,
    /// It failed with every limit that was tried.
    NotFound {
        /// The largest one.
        tried_max: u64,
    },
    /// The sender's balance pays for no limit. Numbers are decimal text.
    NotAffordable {
        /// What the smallest limit with which it would be included takes, with the value sent.
        needed: String,
        /// The balance.
        balance: String,
    },
}

/// What is used of a limit. Numbers are decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LimitReport {
    /// The limit with its unit, for example `stack_slots`.
    pub limit: &'static str,
    /// The most that is used at any time.
    pub used: String,
    /// The most that may be used.
    pub max: String,
}

/// A key of the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    /// `account`, `storage`, `code` or `code-length`.
    pub kind: &'static str,
    /// The account, the contract, or the code's name or hash.
    pub owner: String,
    /// The contract's own key, for storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<BytesReport>,
    /// Whether it is read.
    pub read: bool,
    /// Whether it is written.
    pub written: bool,
}
