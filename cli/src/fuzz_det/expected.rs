//! What the scenario of a finding is to expect of its transactions.

use lockstep_vm::Receipt;

use super::base::Ended;
use super::finding_file::{number, quoted};
use crate::outcome_names::{invalid_name, status_name};

/// What they came to, with the gas.
pub(super) fn expectations(endings: &[Ended]) -> Vec<String> {
    let gas = |receipt: &Receipt| {
        let gas = number(receipt.gas_used.total().into());
        format!(", gas = {gas}")
    };
    endings.iter().map(|ended| expected(ended, gas)).collect()
}

/// What they came to without the gas, which is another once the code is mended.
pub(super) fn expected_statuses(endings: &[Ended]) -> Vec<String> {
    let nothing = |_: &Receipt| String::new();
    endings
        .iter()
        .map(|ended| expected(ended, nothing))
        .collect()
}

fn expected(ended: &Ended, more: impl Fn(&Receipt) -> String) -> String {
    match ended {
        Ok(receipt) => {
            let status = quoted(&status_name(receipt.status));
            format!("{{ status = {status}{} }}", more(receipt))
        }
        Err(reason) => format!("{{ invalid = {} }}", quoted(invalid_name(reason))),
    }
}
