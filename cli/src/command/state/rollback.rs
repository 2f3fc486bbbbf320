//! `lockstep state rollback`: makes an older version the last one.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{VersionReport, change_state, find_version, version_report};
use crate::state_failure::{rollback_or_prune_failure, store_failure};
use crate::value::counted;

/// The arguments of `lockstep state rollback`.
#[derive(Debug, Args)]
pub struct RollbackArguments {
    /// The state directory
    directory: PathBuf,
    /// The version to go back to: the height of a block, or a root
    #[arg(long, value_name = "HEIGHT|ROOT")]
    to: String,
    /// Print one JSON document (schema lockstep.state.rollback/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct RollbackReport {
    schema: &'static str,
    before: VersionReport,
    last: VersionReport,
}

/// Goes back.
pub(super) fn rollback(arguments: &RollbackArguments) -> Answer {
    match go_back(arguments) {
        Ok(report) => {
            let text = format!(
                "the last root is 0x{} again; {} given up\n",
                report.last.root,
                counted(report.before.version - report.last.version, "later version")
            );
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn go_back(arguments: &RollbackArguments) -> Result<RollbackReport, Failure> {
    let mut store = change_state(&arguments.directory)?;
    let before = version_report(&store, store.last())?;
    let target = find_version(&store, Some(&arguments.to))?;
    if target != store.last() {
        store
            .rollback(target.number)
            .map_err(|error| rollback_or_prune_failure(&error))?;
    }
    let last = version_report(&store, store.last())?;
    store.close().map_err(|error| store_failure(&error))?;
    Ok(RollbackReport {
        schema: "lockstep.state.rollback/1",
        before,
        last,
    })
}
