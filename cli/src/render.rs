//! A run's report as text for people: the same content as the JSON document, line by line.
//!
//! Lines are as long as they need to be; long bytes are cut, with their length, and are whole in
//! the JSON document. Text that contracts made is quoted and escaped.

mod changes;
mod dry_run;

use std::fmt::{Result, Write};

use crate::printable::printable;
use crate::report::{
    BlockReport, EventReport, OutputReport, ReceiptReport, RunReport, TransactionReport,
};
use crate::value::grouped;
use changes::change_line;
use dry_run::dry_run_lines;

/// The longest text for bytes or a value before it is cut.
const SHOWN_CHARACTERS_MAX: usize = 240;

/// The report as text.
pub fn render(report: &RunReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = run(&mut out, report);
    out
}

/// One transaction of a block as text.
pub(crate) fn one_transaction(height: u64, report: &TransactionReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = transaction(&mut out, height, report);
    out
}

fn run(out: &mut String, report: &RunReport) -> Result {
    let about = if report.about.is_empty() {
        String::new()
    } else {
        format!(": {}", printable(&report.about))
    };
    writeln!(out, "scenario {}{about}", printable(&report.scenario))?;
    writeln!(
        out,
        "protocol {}, schedule 0x{}",
        report.protocol_version, report.schedule_hash
    )?;
    writeln!(
        out,
        "chain {}, fees go to {}",
        report.chain_id, report.fee_collector
    )?;
    writeln!(out, "state root 0x{}", report.genesis_state_root)?;
    for block in &report.blocks {
        self::block(out, block)?;
    }
    let (stated, failed) = (report.expectations_stated, report.expectations_failed.len());
    let met = if failed == 0 {
        "all met".to_string()
    } else {
        format!("{failed} not met")
    };
    writeln!(out, "\nexpectations: {stated} stated, {met}")?;
    if !report.unstated_failures.is_empty() {
        writeln!(
            out,
            "failures that none speaks of: {}",
            report.unstated_failures.len()
        )?;
    }
    for missed in report
        .expectations_failed
        .iter()
        .chain(&report.unstated_failures)
    {
        let (block, number, name, field) = (
            missed.block,
            missed.transaction,
            printable(&missed.name),
            &missed.field,
        );
        writeln!(out, "  {block}.{number} {name}: {field}")?;
        writeln!(out, "      expected {}", missed.expected)?;
        writeln!(out, "      actual   {}", missed.actual)?;
    }
    Ok(())
}

fn block(out: &mut String, block: &BlockReport) -> Result {
    writeln!(
        out,
        "\nblock {} at {} ms",
        block.height,
        grouped(block.timestamp_ms)
    )?;
    for report in &block.transactions {
        writeln!(out)?;
        transaction(out, block.height, report)?;
    }
    writeln!(out, "\n  gas used      {}", grouped(block.gas_used))?;
    writeln!(out, "  receipts root 0x{}", block.receipts_root)?;
    writeln!(out, "  state root    0x{}", block.state_root)
}

fn transaction(out: &mut String, height: u64, report: &TransactionReport) -> Result {
    writeln!(
        out,
        "  {height}.{} {}",
        report.number,
        printable(&report.name)
    )?;
    let value = match report.value.as_str() {
        "0" => String::new(),
        value => format!(", value {}", grouped_text(value)),
    };
    line(
        out,
        "does",
        format_args!(
            "{} nonce {}: {}{value}",
            report.from, report.nonce, report.action
        ),
    )?;
    if let Some(invalid) = &report.invalid {
        line(out, "status", format_args!("invalid: {}", invalid.reason))?;
        line(out, "because", format_args!("{}", invalid.message))?;
    }
    if let Some(receipt) = &report.receipt {
        self::receipt(out, receipt)?;
    }
    match &report.dry_run {
        Some(said) => dry_run_lines(out, said),
        None => Ok(()),
    }
}

fn line(out: &mut String, label: &str, content: std::fmt::Arguments<'_>) -> Result {
    writeln!(out, "      {label:<8} {content}")
}

fn receipt(out: &mut String, receipt: &ReceiptReport) -> Result {
    line(out, "status", format_args!("{}", receipt.status))?;
    let gas = &receipt.gas;
    let parts = [
        ("intrinsic", gas.intrinsic),
        ("wasm", gas.wasm),
        ("host", gas.host),
        ("storage", gas.storage),
        ("forfeited", gas.forfeited),
    ]
    .map(|(name, part)| format!("{name} {}", grouped(part)))
    .join(", ");
    line(
        out,
        "gas",
        format_args!("{} of {}: {parts}", grouped(gas.used), grouped(gas.limit)),
    )?;
    line(out, "fee", format_args!("{}", grouped_text(&receipt.fee)))?;
    if receipt.deposit_charged != "0" || receipt.deposit_refunded != "0" {
        let charged = grouped_text(&receipt.deposit_charged);
        let refunded = grouped_text(&receipt.deposit_refunded);
        line(
            out,
            "deposit",
            format_args!("{charged} paid in, {refunded} paid back"),
        )?;
    }
    if let Some(output) = &receipt.output {
        self::output(out, output)?;
    }
    if let Some(refusal) = &receipt.refusal {
        for reason in refusal.to_string().lines() {
            line(out, "refused", format_args!("{reason}"))?;
        }
    }
    for over in &receipt.over_limits {
        let (asked, max) = (grouped(over.asked), grouped(over.max));
        let (contract, function) = (&over.contract, over.function);
        line(
            out,
            "over",
            format_args!("{contract} {function}: {} {asked} of {max}", over.limit),
        )?;
    }
    for event in &receipt.events {
        self::event(out, event)?;
    }
    for log in &receipt.logs {
        line(
            out,
            "log",
            format_args!("{} {:?}", log.contract, log.message),
        )?;
    }
    if let Some(more) = receipt.logs_left_out {
        let more = grouped(more);
        line(
            out,
            "log",
            format_args!("and {more} more, which are not kept"),
        )?;
    }
    receipt
        .changes
        .iter()
        .try_for_each(|change| change_line(out, change))
}

fn output(out: &mut String, output: &OutputReport) -> Result {
    line(out, output.kind, format_args!("{}", cut(&output.shown)))
}

fn event(out: &mut String, event: &EventReport) -> Result {
    match (&event.name, &event.fields) {
        (Some(name), Some(fields)) => line(
            out,
            "event",
            format_args!("{} {name} {}", event.contract, cut(&fields.to_string())),
        ),
        _ => {
            let (topics, data) = (event.topics.join(", "), cut(&event.data));
            line(
                out,
                "event",
                format_args!("{} topics [{topics}], data {data}", event.contract),
            )
        }
    }
}

/// A decimal number with `_` between groups of digits.
fn grouped_text(number: &str) -> String {
    number
        .parse::<u128>()
        .map_or_else(|_| number.to_string(), grouped)
}

/// The text, or its beginning and its length when it is long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        None => text.to_string(),
        Some((end, _)) => {
            let head = text.get(..end).unwrap_or_default();
            format!(
                "{head}... ({} characters in all)",
                grouped(characters(text))
            )
        }
    }
}

fn characters(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}
