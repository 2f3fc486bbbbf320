//! `lockstep gas worst`: searches for code that is cheaper than it should be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use lockstep_gas_meter::Protocol;
use serde::Serialize;

use crate::answer::Answer;
use crate::calibrate::clock::Deadline;
use crate::calibrate::prices::Prices;
use crate::calibrate::propose::median_ns_per_gas;
use crate::calibrate::report::RATIO_MAX;
use crate::calibrate::{Effort, measure};
use crate::duration::duration;
use crate::exit::Exit;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::worst::search::search;

/// The document of this command.
#[derive(Serialize)]
struct WorstReport {
    schema: &'static str,
    schedule_hash: String,
    seed: u64,
    modules_measured: u64,
    climbs: u64,
    ns_per_gas: f64,
    median_ns_per_gas: f64,
    ratio: f64,
    ratio_max: f64,
    module: String,
}

/// The arguments of `lockstep gas worst`.
#[derive(Debug, Args)]
pub struct WorstArguments {
    /// How long to search, for example 60s or 5m
    #[arg(long, default_value = "60s", value_parser = duration)]
    time: Duration,
    /// Where the search begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the code found, in text form
    #[arg(short, long, value_name = "WORST.wat")]
    output: Option<PathBuf>,
    /// Print one JSON document (schema lockstep.gas.worst/1)
    #[arg(long)]
    json: bool,
}

/// Searches for as long as was asked for, after a rough calibration that gives the median.
pub(super) fn worst(arguments: &WorstArguments) -> Answer {
    let (output, json) = (arguments.output.as_deref(), arguments.json);
    match execute(arguments.time, arguments.seed, output) {
        Ok(report) => {
            let text = render(&report, output.is_some());
            Answer::new(json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(time: Duration, seed: u64, output: Option<&Path>) -> Result<WorstReport, Failure> {
    let protocol = Protocol::v1();
    let mut progress = |what: &str| eprintln!("{what}");
    progress("measuring the median, roughly");
    let measured = measure(Effort::QUICK, &protocol, &mut |_| ())?;
    let median = median_ns_per_gas(&measured.items, &Prices::of(&protocol.schedule));
    let deadline = Deadline::after(time);
    let found = search(&protocol, Effort::QUICK, seed, deadline, &mut progress)?;
    if let Some(path) = output {
        write_atomically(path, found.text.as_bytes())?;
    }
    Ok(WorstReport {
        schema: "lockstep.gas.worst/1",
        schedule_hash: protocol.schedule.hash().to_string(),
        seed,
        modules_measured: found.measured,
        climbs: found.climbs,
        ns_per_gas: found.ns_per_gas,
        median_ns_per_gas: median,
        ratio: found.ns_per_gas / median,
        ratio_max: RATIO_MAX,
        module: found.text,
    })
}

fn render(report: &WorstReport, written: bool) -> String {
    let state = if report.ratio <= RATIO_MAX {
        "within"
    } else {
        "over"
    };
    let summary = format!(
        "worst of {} modules in {} climbs: {:.2} ns per gas, {:.2} times the median of {:.2} ({state} {RATIO_MAX})\n",
        report.modules_measured,
        report.climbs,
        report.ns_per_gas,
        report.ratio,
        report.median_ns_per_gas,
    );
    if written {
        return summary;
    }
    format!("{summary}\n{}", report.module)
}
