//! What the scenario of a finding is to expect of its transactions.

use lockstep_vm::Action;

use super::base::Ended;
use super::candidate::{Candidate, Planned};
use super::finding_file::{number, quoted};
use crate::outcome_names::{invalid_name, status_name};

/// What they came to, with the gas.
pub(super) fn expectations(endings: &[Ended]) -> Vec<String> {
    endings.iter().map(expected).collect()
}

fn expected(ended: &Ended) -> String {
    match ended {
        Ok(receipt) => {
            let status = quoted(&status_name(receipt.status));
            let gas = number(receipt.gas_used.total().into());
            format!("{{ status = {status}, gas = {gas} }}")
        }
        Err(reason) => format!("{{ invalid = {} }}", quoted(invalid_name(reason))),
    }
}

/// That codes are uploaded and contracts made and upgraded as they were. Any ending will do of
/// the rest: code that was mended may refuse it.
pub(super) fn expected_set_up(candidate: &Candidate, endings: &[Ended]) -> Vec<String> {
    let expected = |(planned, ended): (&Planned, &Ended)| {
        let is_set_up = matches!(
            planned.action,
            Action::Upload { .. } | Action::Instantiate { .. } | Action::Upgrade { .. }
        );
        let is_needed = is_set_up && succeeded(ended);
        let status = if is_needed { "success" } else { "any" };
        format!("{{ status = \"{status}\" }}")
    };
    candidate.each().zip(endings).map(expected).collect()
}

/// Whether a transaction was included and did what it says.
pub(super) fn succeeded(ended: &Ended) -> bool {
    let receipt = ended.as_ref();
    receipt.is_ok_and(|receipt| receipt.status.is_success())
}
