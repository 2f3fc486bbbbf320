//! `lockstep fuzz`: looks for results that are not the same everywhere. One file per command.

mod det;
mod execute;
mod worlds;

use clap::Subcommand;

use crate::answer::Answer;

/// The commands of `lockstep fuzz`.
#[derive(Debug, Subcommand)]
pub enum FuzzCommand {
    /// Run the same transactions in many worlds and look for a difference
    Det(det::DetArguments),
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
        FuzzCommand::Worlds(arguments) => worlds::worlds(arguments),
        FuzzCommand::Execute => execute::execute(),
    }
}
