//! `lockstep state prune`: gives up old versions and space.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use lockstep_store::Statistics;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{Progress, StateDirectory};
use crate::state_failure::store_failure;
use crate::value::grouped;

/// The arguments of `lockstep state prune`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct PruneArguments {
    /// The state directory
    directory: PathBuf,
    /// How many versions to keep, the last one included
    #[arg(long, default_value_t = 1, value_name = "VERSIONS")]
    keep: u64,
    /// Besides, write the last version anew and in order, so that all other space comes back
    #[arg(long)]
    compact: bool,
    /// Print one JSON document (schema lockstep.state.prune/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
Space comes back in whole segment files. Without --compact, those that hold something of a kept\n\
version stay; with it, the last version is copied into new ones first, which takes as much room as\n\
the version for the time being. It can be interrupted at any time: what is done stays done.";

/// The document of this command.
#[derive(Serialize)]
struct PruneReport {
    schema: &'static str,
    before: Space,
    after: Space,
}

/// How much there is.
#[derive(Serialize)]
struct Space {
    kept_versions: u64,
    segments: u64,
    log_bytes: u64,
    live_bytes: u64,
}

impl Space {
    fn of(statistics: Statistics) -> Space {
        Space {
            kept_versions: statistics.kept_versions,
            segments: statistics.segments,
            log_bytes: statistics.log_bytes,
            live_bytes: statistics.live_bytes,
        }
    }
}

/// Prunes.
pub(super) fn prune(arguments: &PruneArguments) -> Answer {
    match work(arguments) {
        Ok((report, remark)) => {
            let text = format!(
                "kept {} of {} versions; the log went from {} to {} bytes\n",
                report.after.kept_versions,
                report.before.kept_versions,
                grouped(report.before.log_bytes),
                grouped(report.after.log_bytes)
            );
            Answer::new(arguments.json, &report, text, Exit::Success).remark(remark)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn work(arguments: &PruneArguments) -> Result<(PruneReport, String), Failure> {
    let (mut store, remark) = StateDirectory::change(&arguments.directory)?;
    let before = Space::of(store.statistics());
    store
        .prune(arguments.keep)
        .map_err(|error| store_failure(&error))?;
    if arguments.compact {
        let mut progress = Progress::new("copied bytes:", before.live_bytes);
        let done = store.compact(|step| {
            progress.reach(step.bytes_done);
            ControlFlow::Continue(())
        });
        done.map_err(|error| store_failure(&error))?;
    }
    let after = Space::of(store.statistics());
    store.close().map_err(|error| store_failure(&error))?;
    let report = PruneReport {
        schema: "lockstep.state.prune/1",
        before,
        after,
    };
    Ok((report, remark))
}
