//! `lockstep gas diff`: two measurements side by side.

use std::path::PathBuf;

use clap::Args;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::gas_diff::{GasDiff, markdown, read_table, text};
use crate::problem::Failure;

/// The arguments of `lockstep gas diff`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct DiffArguments {
    /// What was measured before
    old: PathBuf,
    /// What was measured now
    new: PathBuf,
    /// Print a table in Markdown, for a pull request
    #[arg(long, conflicts_with = "json")]
    md: bool,
    /// Print one JSON document (schema lockstep.gas-diff/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
Compares two gas snapshots or two documents of `lockstep run --json` step by step, two documents\n\
of `lockstep gas report --json` method by method (the own gas of all calls), and two documents of\n\
`lockstep gas profile --json` by method and line, with all gas in it. Differences are no failure:\n\
the exit code is 0. To fail on them, use `lockstep gas snapshot --check`.";

/// Compares.
pub(super) fn diff(arguments: &DiffArguments) -> Answer {
    match compare(arguments) {
        Ok(diff) => {
            let shown = match arguments.md {
                true => markdown(&diff),
                false => text(&diff),
            };
            Answer::new(arguments.json, &diff, shown, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn compare(arguments: &DiffArguments) -> Result<GasDiff, Failure> {
    let old = read_table(&arguments.old)?;
    let new = read_table(&arguments.new)?;
    let name = |path: &PathBuf| path.display().to_string();
    GasDiff::of((&name(&arguments.old), &old), (&name(&arguments.new), &new))
}
