//! `lockstep state stats`: how full a state is.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{StateDirectory, VersionReport, version_report};
use crate::value::grouped;

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
    let store = StateDirectory::read(&arguments.directory)?;
    let statistics = store.statistics();
    Ok(StatsReport {
        schema: "lockstep.state.stats/1",
        last: version_report(&store, store.last())?,
        kept_versions: statistics.kept_versions,
        segments: statistics.segments,
        log_bytes: statistics.log_bytes,
        live_bytes: statistics.live_bytes,
        sweeping: statistics.sweeping,
    })
}

fn text(report: &StatsReport) -> String {
    let height = report
        .last
        .height
        .map_or_else(|| "none".to_string(), |height| height.to_string());
    let lines = [
        ("root", report.last.root.clone()),
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
    lines.concat()
}
