//! A snapshot as text.
//!
//! ```text
//! # lockstep.gas-snapshot/1
//! protocol 1
//! instrumenter 1
//! schedule 3f55...
//! scenario token 9c1d...
//! code token escrow 04aa... "rustc 1.96.0"
//! step token 1.1 total=2_648_380 intrinsic=2_648_380 wasm=0 host=0 storage=0 forfeited=0 success "alice uploads the token"
//! end 1
//! ```
//!
//! One thing per line and no alignment, so that a change of one step is a change of one line.
//! Scenarios, codes and steps are sorted. `end` counts the steps, so that a file that was cut off
//! is noticed.

use std::fmt::Write as _;

use super::{Snapshot, StepEntry, StepKey};
use crate::value::grouped;

/// The first line.
pub(super) const SCHEMA_LINE: &str = "# lockstep.gas-snapshot/1";
/// What the first line of every version begins with.
pub(super) const SCHEMA_START: &str = "# lockstep.gas-snapshot/";

/// The whole text.
pub(crate) fn format(snapshot: &Snapshot) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, snapshot);
    out
}

fn write(out: &mut String, snapshot: &Snapshot) -> std::fmt::Result {
    writeln!(out, "{SCHEMA_LINE}")?;
    writeln!(
        out,
        "# Written by `lockstep gas snapshot`. `lockstep gas snapshot --check` compares, with no tolerance."
    )?;
    writeln!(out, "protocol {}", snapshot.protocol)?;
    writeln!(out, "instrumenter {}", snapshot.instrumenter)?;
    writeln!(out, "schedule {}", snapshot.schedule)?;
    for (name, digest) in &snapshot.scenarios {
        writeln!(out, "scenario {name} {digest}")?;
    }
    for ((scenario, name), code) in &snapshot.codes {
        writeln!(
            out,
            "code {scenario} {name} {} {}",
            code.hash, code.compiler
        )?;
    }
    for (key, entry) in &snapshot.steps {
        writeln!(out, "{}", step_line(key, entry))?;
    }
    writeln!(out, "end {}", snapshot.steps.len())
}

fn step_line(key: &StepKey, entry: &StepEntry) -> String {
    let buckets = entry.gas.buckets();
    let buckets = buckets.map(|(name, gas)| format!("{name}={}", grouped(gas)));
    format!(
        "step {} {}.{} total={} {} {} {}",
        key.scenario,
        key.block,
        key.number,
        grouped(entry.gas.total),
        buckets.join(" "),
        entry.ending,
        entry.name
    )
}
