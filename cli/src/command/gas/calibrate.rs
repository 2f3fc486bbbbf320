//! `lockstep gas calibrate`: measures, reports, and proposes a schedule.

use std::path::{Path, PathBuf};

use clap::Args;
use lockstep_gas_meter::{Protocol, Schedule};

use crate::answer::Answer;
use crate::calibrate::prices::Prices;
use crate::calibrate::propose::propose;
use crate::calibrate::report::{CalibrationReport, report};
use crate::calibrate::{Effort, measure};
use crate::exit::Exit;
use crate::output_file::write_atomically;
use crate::output_place::{refuse_overwriting, refuse_unwritable_file};
use crate::problem::Failure;
use crate::progress::told;

/// The arguments of `lockstep gas calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArguments {
    /// Write the report to this file, as Markdown, and only the verdict to stdout
    #[arg(short, long, value_name = "REPORT.md")]
    output: Option<PathBuf>,
    /// Write the schedule that the measurements ask for
    #[arg(long, value_name = "PROPOSED.toml")]
    schedule_out: Option<PathBuf>,
    /// Measure roughly, in seconds
    #[arg(long)]
    quick: bool,
    /// End with exit code 6 when the worst is too far above the median at the present prices
    #[arg(long)]
    check: bool,
    /// Print one JSON document (schema lockstep.gas-calibrate/1)
    #[arg(long)]
    json: bool,
}

/// Measures everything that has a price, against the present schedule.
pub(super) fn calibrate(arguments: &CalibrateArguments) -> Answer {
    let (output, json) = (arguments.output.as_deref(), arguments.json);
    let schedule_out = arguments.schedule_out.as_deref();
    match execute(output, schedule_out, arguments.quick) {
        Ok(report) => {
            let exit = exit(arguments.check, report.is_within());
            let text = text(output, schedule_out, &report);
            Answer::new(json, &report, text, exit)
        }
        Err(failure) => Answer::failure(json, &failure),
    }
}

fn execute(
    output: Option<&Path>,
    schedule_out: Option<&Path>,
    quick: bool,
) -> Result<CalibrationReport, Failure> {
    refuse_overwriting(output.into_iter().chain(schedule_out), [])?;
    output
        .into_iter()
        .chain(schedule_out)
        .try_for_each(refuse_unwritable_file)?;
    let protocol = Protocol::v1();
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let measured = measure(effort, &protocol, &mut |what| {
        told(&format!("measuring {what}"))
    })?;
    let present = Prices::of(&protocol.schedule);
    let proposed = propose(&measured.items, &present);
    let text = proposed.write_into(Schedule::V1_TOML);
    Schedule::from_toml(&text).map_err(Failure::bug)?;
    let hash = protocol.schedule.hash().to_string();
    let report = report(&measured, effort, hash, &present, &proposed);
    if let Some(path) = schedule_out {
        write_atomically(path, text.as_bytes())?;
    }
    if let Some(path) = output {
        write_atomically(path, report.markdown().as_bytes())?;
    }
    Ok(report)
}

/// How the command ends.
fn exit(check: bool, is_within: bool) -> Exit {
    match check && !is_within {
        true => Exit::Drift,
        false => Exit::Success,
    }
}

fn text(output: Option<&Path>, schedule_out: Option<&Path>, report: &CalibrationReport) -> String {
    let mut text = match output {
        Some(_) => format!("{}\n", report.verdict()),
        None => report.markdown(),
    };
    for file in output.into_iter().chain(schedule_out) {
        text.push_str(&format!("wrote {}\n", file.display()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::exit;
    use crate::exit::Exit;

    #[test]
    fn only_a_check_fails_on_the_ratio() {
        assert_eq!(exit(true, false), Exit::Drift);
        assert_eq!(exit(true, true), Exit::Success);
        assert_eq!(exit(false, false), Exit::Success);
    }
}
