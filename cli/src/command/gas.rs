//! `lockstep gas`: what gas costs and where it goes, one file per subcommand.

mod calibrate;
mod worst;

use std::path::PathBuf;

use clap::Subcommand;

use crate::answer::Answer;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum GasCommand {
    /// Measure every operator and host function on this machine and propose prices
    Calibrate {
        /// Write the report to this file, as Markdown, and only the verdict to stdout
        #[arg(short, long, value_name = "REPORT.md")]
        output: Option<PathBuf>,
        /// Write the schedule that the measurements ask for
        #[arg(long, value_name = "PROPOSED.toml")]
        schedule_out: Option<PathBuf>,
        /// Measure roughly, in seconds
        #[arg(long)]
        quick: bool,
        /// Print one JSON document (schema lockstep.gas.calibrate/1)
        #[arg(long)]
        json: bool,
    },
    /// Search for the code with the most nanoseconds per gas
    Worst {
        /// How long to search, for example 60s or 5m
        #[arg(long, default_value = "60s", value_parser = worst::duration)]
        time: std::time::Duration,
        /// Where the search begins
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Write the code found, in text form
        #[arg(short, long, value_name = "WORST.wat")]
        output: Option<PathBuf>,
        /// Print one JSON document (schema lockstep.gas.worst/1)
        #[arg(long)]
        json: bool,
    },
}

/// Runs a subcommand.
pub(crate) fn gas(command: &GasCommand) -> Answer {
    match command {
        GasCommand::Calibrate {
            output,
            schedule_out,
            quick,
            json,
        } => calibrate::calibrate(output.as_deref(), schedule_out.as_deref(), *quick, *json),
        GasCommand::Worst {
            time,
            seed,
            output,
            json,
        } => worst::worst(*time, *seed, output.as_deref(), *json),
    }
}
