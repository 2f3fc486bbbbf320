//! What a call came to, as a document and as text.

use serde::Serialize;

use crate::report::TransactionReport;

/// The document's schema.
pub(crate) const CALL_SCHEMA: &str = "lockstep.call/1";

/// A finished call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CallReport {
    /// [`CALL_SCHEMA`].
    pub(crate) schema: &'static str,
    /// The scenario that names the contract, as the user would.
    pub(crate) scenario: String,
    /// The contract.
    pub(crate) contract: String,
    /// Its code.
    pub(crate) code: String,
    /// The directory whose state the call is the next block of, if it is one.
    pub(crate) state: Option<String>,
    /// The height of the call's block.
    pub(crate) height: u64,
    /// What it did.
    pub(crate) transaction: TransactionReport,
    /// The root of the state after it; none of a dry run and of a transaction that was not
    /// included, which change nothing.
    pub(crate) state_root: Option<String>,
    /// The exit code.
    pub(crate) exit: u8,
}

/// The report as text.
pub(crate) fn render_call(report: &CallReport) -> String {
    let after = match &report.state {
        Some(directory) => format!("on the state in {directory}"),
        None => format!("after {}", report.scenario),
    };
    let transaction = crate::render::one_transaction(report.height, &report.transaction);
    let kept = match (&report.state_root, &report.state) {
        (Some(root), Some(_)) => format!("  state root    0x{root}, committed"),
        (Some(root), None) => format!("  state root    0x{root}, in memory only"),
        (None, _) => "  nothing was changed".to_string(),
    };
    format!(
        "@{} of {}, {after}\n\n{transaction}\n{kept}\n",
        report.contract, report.code
    )
}
