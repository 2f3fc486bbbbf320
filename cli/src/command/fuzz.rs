//! `lockstep fuzz`: looks for results that are not the same everywhere. One file per command.

mod cmin;
mod det;
mod execute;
mod replay;
mod run;
mod search;
mod show;
mod tmin;
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
    /// Execute a finding again in the worlds and say whether it still differs
    Replay(replay::ReplayFindingArguments),
    /// Show the transactions of a finding, with decoded arguments, and what they came to
    Show(show::ShowArguments),
    /// Keep those entries of a corpus that are needed to reach all of its edges
    Cmin(cmin::CminArguments),
    /// Cut a finding or an entry of a corpus down
    Tmin(tmin::TminArguments),
    /// List the worlds
    Worlds(worlds::WorldsArguments),
    /// Execute a history that is given as JSON on stdin; what worlds in other processes run
    #[command(hide = true)]
    Execute(execute::ExecuteArguments),
}

/// Runs one of them.
pub fn fuzz(command: &FuzzCommand) -> Answer {
    match command {
        FuzzCommand::Det(arguments) => det::det(arguments),
        FuzzCommand::Run(arguments) => run::run(arguments),
        FuzzCommand::Replay(arguments) => replay::replay(arguments),
        FuzzCommand::Show(arguments) => show::show(arguments),
        FuzzCommand::Cmin(arguments) => cmin::cmin(arguments),
        FuzzCommand::Tmin(arguments) => tmin::tmin(arguments),
        FuzzCommand::Worlds(arguments) => worlds::worlds(arguments),
        FuzzCommand::Execute(arguments) => execute::execute(arguments),
    }
}
