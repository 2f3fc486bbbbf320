//! `lockstep gas`: commands that show where gas goes.

mod profile;

use clap::Subcommand;

use crate::answer::Answer;
use profile::ProfileArguments;

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum GasCommand {
    /// Show where gas goes: by call stack, function, source line, host function and storage key
    Profile(ProfileArguments),
}

/// Runs one of the commands.
pub(crate) fn gas(command: &GasCommand) -> Answer {
    match command {
        GasCommand::Profile(arguments) => profile::profile_command(arguments),
    }
}
