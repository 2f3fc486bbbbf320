//! `lockstep state`: a state on disk. One file per command.

mod diff;
mod export;
mod get;
mod import;
mod ls;
mod prove;
mod prune;
mod rollback;
mod root;
mod stats;
mod verify;

use clap::Subcommand;

use crate::answer::Answer;

/// The commands of `lockstep state`.
#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// Show what one key holds
    Get(get::GetArguments),
    /// List keys and values in order
    Ls(ls::LsArguments),
    /// Show the root of a version, or all versions that are kept
    Root(root::RootArguments),
    /// Show how many entries there are and how much space the state takes
    Stats(stats::StatsArguments),
    /// List what differs between two versions
    Diff(diff::DiffArguments),
    /// Write a proof of what keys hold, or of a whole range of keys
    Prove(prove::ProveArguments),
    /// Check a proof against a root, without the state
    Verify(verify::VerifyArguments),
    /// Write one version into a file
    Export(export::ExportArguments),
    /// Make a state directory of an export
    Import(import::ImportArguments),
    /// Give up old versions, and the space that only they need
    Prune(prune::PruneArguments),
    /// Make an older version that is kept the last one
    Rollback(rollback::RollbackArguments),
}

/// Runs one of them.
pub fn state_command(command: &StateCommand) -> Answer {
    match command {
        StateCommand::Get(arguments) => get::get(arguments),
        StateCommand::Ls(arguments) => ls::ls(arguments),
        StateCommand::Root(arguments) => root::root(arguments),
        StateCommand::Stats(arguments) => stats::stats(arguments),
        StateCommand::Diff(arguments) => diff::diff(arguments),
        StateCommand::Prove(arguments) => prove::prove(arguments),
        StateCommand::Verify(arguments) => verify::verify_command(arguments),
        StateCommand::Export(arguments) => export::export(arguments),
        StateCommand::Import(arguments) => import::import(arguments),
        StateCommand::Prune(arguments) => prune::prune(arguments),
        StateCommand::Rollback(arguments) => rollback::rollback(arguments),
    }
}
