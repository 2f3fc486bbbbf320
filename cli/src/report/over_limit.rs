//! Limits that a transaction went over, as a part of its receipt's report.

use serde::Serialize;

/// More than a limit allows, which a contract asked for and which ended its frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverLimitReport {
    /// Whose frame it was.
    pub contract: String,
    /// The host function that it called.
    pub function: &'static str,
    /// The limit with its unit, as in a dry run: for example `output_bytes`.
    pub limit: &'static str,
    /// How much it asked for.
    pub asked: u64,
    /// The most that may be asked for.
    pub max: u64,
}
