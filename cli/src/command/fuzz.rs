//! `lockstep fuzz`: looks for results that are not the same everywhere. One file per command.

mod det;
mod execute;
mod run;
mod search;
mod worlds;

use clap::Subcommand;

use crate::answer::Answer;

/// The commands of `lockstep fuzz`.
#[derive(Debug, Subcommand)]
pub enum FuzzCommand {
    /// Run the same transactions in many worlds and look for a difference
    Det(det::DetArguments),
    /// Look for calls that break a contract's invariants
    Run(run::RunArguments),
    /// List the worlds
    Worlds(worlds::WorldsArguments),
    /// Execute a history that is given as JSON on stdin; what worlds in other processes run
    #[command(hide = true)]
    Execute,
}

/// Runs one of them.
pub fn fuzz(command: &FuzzCommand) -> Answer {
    match command {
        FuzzCommand::Det(arguments) => det::det(arguments),
        FuzzCommand::Run(arguments) => run::run(arguments),
        FuzzCommand::Worlds(arguments) => worlds::worlds(arguments),
        FuzzCommand::Execute => execute::execute(),
    }
}
