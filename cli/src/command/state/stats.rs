//! `lockstep state stats`: how full a state is.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{VersionReport, read_state, version_report};
use crate::value::grouped;

/// The document's schema.
const SCHEMA: &str = "lockstep.state.stats/1";

/// The arguments of `lockstep state stats`.
#[derive(Debug, Args)]
pub struct StatsArguments {
    /// The state directory
    directory: PathBuf,
    /// Print one JSON document (schema lockstep.state.stats/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct StatsReport {
    schema: &'static str,
    last: VersionReport,
    kept_versions: u64,
    segments: u64,
    log_bytes: u64,
    live_bytes: u64,
    sweeping: bool,
    is_miscounted: bool,
}

/// Shows the numbers.
pub(super) fn stats(arguments: &StatsArguments) -> Answer {
    match report(arguments) {
        Ok(report) => {
            let text = text(&report);
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn report(arguments: &StatsArguments) -> Result<StatsReport, Failure> {
    let store = read_state(&arguments.directory)?;
    let statistics = store.statistics();
    Ok(StatsReport {
        schema: SCHEMA,
        last: version_report(&store, store.last())?,
        kept_versions: statistics.kept_versions,
        segments: statistics.segments,
        log_bytes: statistics.log_bytes,
        live_bytes: statistics.live_bytes,
        sweeping: statistics.sweeping,
        is_miscounted: statistics.is_miscounted,
    })
}

fn text(report: &StatsReport) -> String {
    let height = report
        .last
        .height
        .map_or_else(|| "none".to_string(), |height| height.to_string());
    let lines = [
        ("root", format!("0x{}", report.last.root)),
        ("height", height),
        ("entries", grouped(report.last.entries)),
        ("versions kept", grouped(report.kept_versions)),
        ("segment files", grouped(report.segments)),
        ("bytes of the log", grouped(report.log_bytes)),
        ("bytes in use", grouped(report.live_bytes)),
        (
            "being compacted",
            if report.sweeping { "yes" } else { "no" }.to_string(),
        ),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<17} {value}\n"));
    match report.is_miscounted {
        true => lines.concat() + MISCOUNTED,
        false => lines.concat(),
    }
}

/// What stands below the numbers of a state whose counts are wrong.
const MISCOUNTED: &str = "the bytes in use are counted wrong, so no file is deleted any more; nothing \
    else is wrong, and a state made from an export of this one counts right\n";

#[cfg(test)]
mod tests {
    use super::{MISCOUNTED, SCHEMA, StatsReport, text};
    use crate::state::VersionReport;

    #[test]
    fn wrong_counts_are_told() {
        let mut report = StatsReport {
            schema: SCHEMA,
            last: VersionReport::default(),
            kept_versions: 1,
            segments: 2,
            log_bytes: 3,
            live_bytes: 4,
            sweeping: false,
            is_miscounted: false,
        };
        assert!(!text(&report).contains(MISCOUNTED));
        report.is_miscounted = true;
        assert!(text(&report).ends_with(MISCOUNTED), "{}", text(&report));
    }
}
