//! A comparison as text.

use std::fmt::{Result, Write};

use super::compare::{Comparison, RecordedChange, StepDrift};
use crate::signed_number::{signed, signed_percent};
use crate::value::{counted, grouped};

/// The comparison for people.
pub(crate) fn render(comparison: &Comparison) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, comparison);
    out
}

fn write(out: &mut String, comparison: &Comparison) -> Result {
    let (file, steps) = (&comparison.file, counted(comparison.steps, "step"));
    if comparison.is_equal() {
        return writeln!(out, "{file}: {steps}, none drifted");
    }
    let count = |is_there: bool| {
        let drifts = comparison.drifts.iter();
        let found = drifts.filter(|drift| drift.now.is_some() == is_there);
        u64::try_from(found.count()).unwrap_or(u64::MAX)
    };
    let gone = match count(false) {
        0 => String::new(),
        gone => format!(", {} gone", grouped(gone)),
    };
    let sum: i128 = comparison.drifts.iter().map(|drift| drift.amount).sum();
    writeln!(
        out,
        "{file}: {} of {steps} drifted{gone}, {} gas together",
        grouped(count(true)),
        signed(sum)
    )?;
    if !comparison.changes.is_empty() {
        writeln!(out, "\nchanged since it was written:")?;
    }
    for change in &comparison.changes {
        self::change(out, change)?;
    }
    for drift in &comparison.drifts {
        writeln!(out)?;
        self::drift(out, drift)?;
    }
    Ok(())
}

fn change(out: &mut String, change: &RecordedChange) -> Result {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_string());
    writeln!(out, "  {}", change.what)?;
    writeln!(out, "      was {}", shown(&change.before))?;
    writeln!(out, "      is  {}", shown(&change.now))
}

fn drift(out: &mut String, drift: &StepDrift) -> Result {
    writeln!(
        out,
        "  {} {}.{} {}",
        drift.scenario, drift.block, drift.number, drift.name
    )?;
    if let Some(before) = &drift.name_before {
        writeln!(out, "      name     {before} -> {}", drift.name)?;
    }
    let shown = |gas: Option<u64>| gas.map_or_else(|| "none".to_string(), grouped);
    writeln!(
        out,
        "      gas      {} -> {} ({}, {})",
        shown(drift.before),
        shown(drift.now),
        signed(drift.amount),
        signed_percent(drift.amount, drift.before)
    )?;
    if !drift.buckets.is_empty() {
        let parts = drift.buckets.iter();
        let parts: Vec<String> = parts
            .map(|(name, change)| format!("{name} {}", signed(*change)))
            .collect();
        writeln!(out, "      in       {}", parts.join(", "))?;
    }
    if let (Some(before), Some(now)) = (&drift.ending_before, &drift.ending_now) {
        writeln!(out, "      ending   {before} -> {now}")?;
    }
    for share in &drift.shares {
        let amount = signed(share.amount);
        let causes = share.causes.join(" + ");
        match share.causes.len() {
            1 => writeln!(out, "      due to   {causes}: {amount}")?,
            _ => writeln!(
                out,
                "      due to   {causes}: {amount}, not attributable further"
            )?,
        }
    }
    Ok(())
}
