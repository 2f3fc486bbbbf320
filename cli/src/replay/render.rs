//! A replay as text for people.

use std::fmt::{Result, Write};

use super::ReplayReport;
use crate::value::{counted, grouped};

/// The report as text.
pub(crate) fn render(report: &ReplayReport) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &ReplayReport) -> Result {
    let count = |number: usize| grouped(u64::try_from(number).unwrap_or(u64::MAX));
    writeln!(
        out,
        "bundle {}: {} bytes, of which {} are the witness",
        report.file,
        count(report.bytes),
        count(report.witness_bytes)
    )?;
    writeln!(
        out,
        "protocol {}, schedule 0x{}",
        report.protocol_version, report.schedule_hash
    )?;
    writeln!(out, "chain {}", report.chain_id)?;
    writeln!(out, "state root 0x{}", report.state_root_before)?;
    for block in &report.blocks {
        writeln!(
            out,
            "\nblock {} at {} ms: {}",
            block.height,
            grouped(block.timestamp_ms),
            counted(block.transactions, "transaction")
        )?;
        writeln!(out, "  gas used      {}", grouped(block.gas_used))?;
        writeln!(out, "  receipts root 0x{}", block.receipts_root)?;
        writeln!(out, "  state root    0x{}", block.state_root)?;
    }
    if let Some(divergence) = &report.divergence {
        writeln!(
            out,
            "\nthe engines differ in block {}, transaction {}, {}: {}",
            divergence.block, divergence.transaction, divergence.place, divergence.field
        )?;
        for (engine, value) in divergence.engines.iter().zip(&divergence.values) {
            writeln!(out, "      {engine}: {value}")?;
        }
        return Ok(());
    }
    let Some(difference) = &report.difference else {
        return writeln!(
            out,
            "\nconfirmed: the replay came to every receipt and every root"
        );
    };
    let transaction = difference
        .transaction
        .map_or(String::new(), |number| format!(", transaction {number}"));
    writeln!(
        out,
        "\nmismatch in block {}{transaction}: {}",
        difference.block, difference.field
    )?;
    writeln!(out, "      expected {}", difference.expected)?;
    writeln!(out, "      actual   {}", difference.actual)
}
