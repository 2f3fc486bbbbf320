//! `lockstep gas worst`: searches for code that is cheaper than it should be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use lockstep_gas_meter::Protocol;
use serde::Serialize;

use crate::answer::Answer;
use crate::calibrate::prices::Prices;
use crate::calibrate::propose::median_ns_per_gas;
use crate::calibrate::report::RATIO_MAX;
use crate::calibrate::{Effort, measure};
use crate::duration::duration;
use crate::exit::Exit;
use crate::output_file::write_atomically;
use crate::output_place::refuse_unwritable_file;
use crate::problem::Failure;
use crate::progress::told;
use crate::value::counted;
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
    verdict: Verdict,
    module: String,
}

/// What the search says about the prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// The worst that was found is within the limit.
    Within,
    /// It is over the limit.
    Over,
    /// The time was over before anything was changed, so nothing was searched.
    None,
}

impl Verdict {
    fn of(ratio: f64, changes: u64) -> Verdict {
        match (changes, ratio <= RATIO_MAX) {
            (0, _) => Verdict::None,
            (_, true) => Verdict::Within,
            (_, false) => Verdict::Over,
        }
    }

    /// How the command ends.
    fn exit(self, check: bool) -> Exit {
        match self {
            _ if !check => Exit::Success,
            Verdict::Within => Exit::Success,
            Verdict::Over => Exit::Drift,
            Verdict::None => Exit::NothingMatched,
        }
    }
}

/// The arguments of `lockstep gas worst`.
#[derive(Debug, Args)]
pub struct WorstArguments {
    /// How long to search, for example 60s or 5m. The rough calibration before it takes some
    /// seconds, and measuring the best again takes at most a fifth of the time, or two seconds
    #[arg(long, default_value = "60s", value_parser = duration)]
    time: Duration,
    /// Where the search begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the code found, in text form
    #[arg(short, long, value_name = "WORST.wat")]
    output: Option<PathBuf>,
    /// End with exit code 6 when the ratio is over the limit, and with 8 when the time did not
    /// suffice for a verdict
    #[arg(long)]
    check: bool,
    /// Print one JSON document (schema lockstep.gas-worst/1)
    #[arg(long)]
    json: bool,
}

/// Searches for as long as was asked for, after a rough calibration that gives the median.
pub(super) fn worst(arguments: &WorstArguments) -> Answer {
    let (output, json) = (arguments.output.as_deref(), arguments.json);
    match execute(arguments.time, arguments.seed, output) {
        Ok(report) => {
            let text = render(&report, output);
            let exit = report.verdict.exit(arguments.check);
            Answer::new(json, &report, text, exit)
        }
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(time: Duration, seed: u64, output: Option<&Path>) -> Result<WorstReport, Failure> {
    output.map_or(Ok(()), refuse_unwritable_file)?;
    let protocol = Protocol::v1();
    told("measuring the median, roughly");
    let measured = measure(Effort::QUICK, &protocol, &mut |_| ())?;
    let median = median_ns_per_gas(&measured.items, &Prices::of(&protocol.schedule));
    let found = search(&protocol, Effort::QUICK, seed, time, &mut told)?;
    if let Some(path) = output {
        write_atomically(path, found.text.as_bytes())?;
    }
    let ratio = found.ns_per_gas / median;
    Ok(WorstReport {
        schema: "lockstep.gas-worst/1",
        schedule_hash: protocol.schedule.hash().to_string(),
        seed,
        modules_measured: found.measured,
        climbs: found.climbs,
        ns_per_gas: found.ns_per_gas,
        median_ns_per_gas: median,
        ratio,
        ratio_max: RATIO_MAX,
        verdict: Verdict::of(ratio, found.changes),
        module: found.text,
    })
}

fn render(report: &WorstReport, output: Option<&Path>) -> String {
    let state = match report.verdict {
        Verdict::Within => format!("within {RATIO_MAX}"),
        Verdict::Over => format!("over {RATIO_MAX}"),
        Verdict::None => {
            "no verdict: the time was over before the search; raise --time".to_string()
        }
    };
    let summary = format!(
        "worst of {} in {}: {:.2} ns per gas, {:.2} times the median of {:.2} ({state})\n",
        counted(report.modules_measured, "module"),
        counted(report.climbs, "climb"),
        report.ns_per_gas,
        report.ratio,
        report.median_ns_per_gas,
    );
    match output {
        Some(file) => format!("{summary}wrote {}\n", file.display()),
        None => format!("{summary}\n{}", report.module),
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;
    use crate::exit::Exit;

    #[test]
    fn a_verdict_needs_a_search_and_only_a_check_fails() {
        assert_eq!(Verdict::of(1.0, 0), Verdict::None);
        assert_eq!(Verdict::of(2.9, 1), Verdict::Within);
        assert_eq!(Verdict::of(3.1, 1), Verdict::Over);
        let ends = [Verdict::None, Verdict::Within, Verdict::Over].map(|it| it.exit(true));
        assert_eq!(ends, [Exit::NothingMatched, Exit::Success, Exit::Drift]);
        assert_eq!(Verdict::Over.exit(false), Exit::Success);
    }
}
