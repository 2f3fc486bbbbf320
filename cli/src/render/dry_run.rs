//! What a dry run said, as text. Limits that are not used at all are left out.

use std::fmt::Result;

use super::{cut, grouped_text, line};
use crate::report::{DryRunReport, GasLimitReport, KeyReport};
use crate::value::grouped;

/// The lines of a dry run.
pub(super) fn dry_run_lines(out: &mut String, said: &DryRunReport) -> Result {
    line(
        out,
        "dry run",
        format_args!("{}", gas_limit(&said.smallest_gas_limit)),
    )?;
    for row in said.limits.iter().filter(|row| row.used != "0") {
        let used = grouped_text(&row.used);
        if row.max == u128::MAX.to_string() {
            line(out, "limit", format_args!("{} {used}, no limit", row.limit))?;
        } else {
            let max = grouped_text(&row.max);
            line(out, "limit", format_args!("{} {used} of {max}", row.limit))?;
        }
    }
    said.keys.iter().try_for_each(|key| key_line(out, key))
}

fn gas_limit(smallest: &GasLimitReport) -> String {
    match smallest {
        GasLimitReport::Found {
            gas_limit,
            only: true,
        } => format!(
            "succeeds with a gas limit of {} or more, and with no less",
            grouped(*gas_limit)
        ),
        GasLimitReport::Found {
            gas_limit,
            only: false,
        } => format!(
            "succeeds with a gas limit of {}, fails with {}; depends on the gas it has, so other limits may do either",
            grouped(*gas_limit),
            grouped(gas_limit.saturating_sub(1))
        ),
        GasLimitReport::None => "fails with every gas limit".to_string(),
        GasLimitReport::NotFound { tried_max } => format!(
            "fails with every gas limit that was tried, up to {}",
            grouped(*tried_max)
        ),
        GasLimitReport::NotAffordable { needed, balance } => format!(
            "the balance of {} pays for no gas limit; the smallest takes {}",
            grouped_text(balance),
            grouped_text(needed)
        ),
    }
}

fn key_line(out: &mut String, key: &KeyReport) -> Result {
    let label = match (key.read, key.written) {
        (true, true) => "updates",
        (false, true) => "writes",
        _ => "reads",
    };
    let owner = &key.owner;
    match &key.key {
        Some(bytes) => line(out, label, format_args!("{owner} [{}]", cut(&bytes.shown))),
        None if key.kind == "account" => line(out, label, format_args!("{owner}")),
        None => line(out, label, format_args!("{} {owner}", key.kind)),
    }
}
