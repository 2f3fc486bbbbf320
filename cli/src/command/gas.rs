//! `lockstep gas`: what gas costs, where it goes, and whether it changed. One file per command.

mod bound;
mod calibrate;
mod diff;
mod profile;
mod refusal;
mod report;
mod snapshot;
mod worst;

use clap::Subcommand;

use crate::answer::Answer;

/// The commands of `lockstep gas`.
#[derive(Debug, Subcommand)]
pub enum GasCommand {
    /// Show the most gas that a call of each export can use, without running it
    Bound(bound::BoundArguments),
    /// Show what each method costs: calls, min, median, max, and where the gas goes
    Report(report::ReportArguments),
    /// Show where gas goes: by call stack, function, source line, host function and storage key
    Profile(profile::ProfileArguments),
    /// Write the gas of every scenario step to a file, or compare with it
    Snapshot(snapshot::SnapshotArguments),
    /// Compare two snapshots, reports, runs or profiles
    Diff(diff::DiffArguments),
    /// Measure every operator and host function on this machine and propose prices
    Calibrate(calibrate::CalibrateArguments),
    /// Search for the code with the most nanoseconds per gas
    Worst(worst::WorstArguments),
}

/// Runs one of them.
pub fn gas(command: &GasCommand) -> Answer {
    match command {
        GasCommand::Bound(arguments) => bound::bound(arguments),
        GasCommand::Report(arguments) => report::report(arguments),
        GasCommand::Profile(arguments) => profile::profile_command(arguments),
        GasCommand::Snapshot(arguments) => snapshot::snapshot(arguments),
        GasCommand::Diff(arguments) => diff::diff(arguments),
        GasCommand::Calibrate(arguments) => calibrate::calibrate(arguments),
        GasCommand::Worst(arguments) => worst::worst(arguments),
    }
}
