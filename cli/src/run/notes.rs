//! Golden observations as text: one line per host call, and how each transaction and block ended.
//!
//! ```text
//! transaction 1.2
//! 0 storage_write gas=4981200 pages=2 hash=0123456789abcdef
//! = success gas_used=163230
//! block 1 state=... receipts=...
//! ```
//!
//! The first number is the depth of the frame; gas and pages are those after the call; the hash
//! runs over everything that calls read and wrote since the scenario began, cut to 8 bytes.

use std::fmt::Write as _;

use lockstep_vm::{InvalidTransaction, Observation, Report};

use crate::outcome_names::{invalid_name, status_name};
use crate::printable::printable;

/// How many hexadecimal digits of a running hash are written.
const HASH_DIGITS: usize = 16;

/// The text so far.
#[derive(Debug)]
pub(super) struct Notes {
    text: String,
}

impl Notes {
    /// The first line, which names the format and the scenario.
    pub(super) fn new(scenario: &str) -> Notes {
        Notes {
            text: format!("# lockstep.observations/1 {}\n", printable(scenario)),
        }
    }

    /// The whole text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The host calls of a transaction and how it ended.
    pub(super) fn transaction(
        &mut self,
        (height, number): (u64, u64),
        calls: &[Observation],
        outcome: &Result<Report, InvalidTransaction>,
    ) {
        self.line(format_args!("transaction {height}.{number}"));
        for call in calls {
            let hash = hex::encode(call.hash);
            let short = hash.get(..HASH_DIGITS).unwrap_or_default();
            let (depth, name) = (call.depth, call.function.name());
            let (gas, pages) = (call.gas_left, call.memory_pages);
            self.line(format_args!(
                "{depth} {name} gas={gas} pages={pages} hash={short}"
            ));
        }
        match outcome {
            Ok(report) => {
                let status = status_name(report.receipt.status);
                let used = report.receipt.gas_used.total();
                self.line(format_args!("= {status} gas_used={used}"));
            }
            Err(reason) => self.line(format_args!("= invalid {}", invalid_name(reason))),
        }
    }

    /// The roots of a block.
    pub(super) fn block(&mut self, height: u64, state: &str, receipts: &str) {
        self.line(format_args!(
            "block {height} state={state} receipts={receipts}"
        ));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}
