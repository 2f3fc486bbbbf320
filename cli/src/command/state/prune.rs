//! `lockstep state prune`: gives up old versions and space.

use std::path::PathBuf;

use clap::Args;
use lockstep_store::{Statistics, Store, StoreError};
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::interrupt::{catch_interrupts, interrupt_failure, interrupted};
use crate::problem::Failure;
use crate::progress::Progress;
use crate::state::change_state;
use crate::state_failure::{rollback_or_prune_failure, store_failure};
use crate::value::{counted, grouped};

/// The arguments of `lockstep state prune`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct PruneArguments {
    /// The state directory
    directory: PathBuf,
    /// How many versions to keep, the last one included; unless stated, the last one only
    #[arg(long, default_value_t = 1, value_name = "VERSIONS")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
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
the version for the time being. It can be interrupted at any time: what is done stays done, and the\n\
command says how far it came.";

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
            let (before, after) = (report.before.kept_versions, report.after.kept_versions);
            let given_up = match before.saturating_sub(after) {
                0 => "nothing was given up".to_string(),
                many => format!("the {many} before can no longer be read or gone back to"),
            };
            let text = format!(
                "kept {after} of {}, {given_up}; the log went from {} to {} bytes\n",
                counted(before, "version"),
                grouped(report.before.log_bytes),
                grouped(report.after.log_bytes)
            );
            Answer::new(arguments.json, &report, text, Exit::Success).remark(remark)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn work(arguments: &PruneArguments) -> Result<(PruneReport, String), Failure> {
    let mut remark = String::new();
    catch_interrupts()?;
    let mut store = change_state(&arguments.directory)?;
    let before = Space::of(store.statistics());
    if interrupted() {
        let message = format!("interrupted: {}", what_is_given_up(0));
        return Err(interrupt_failure(message, "the state is as it was"));
    }
    store
        .prune(arguments.keep)
        .map_err(|error| rollback_or_prune_failure(&error))?;
    let kept = store.statistics().kept_versions;
    let given_up = before.kept_versions.saturating_sub(kept);
    if arguments.compact {
        let live_bytes = store.statistics().live_bytes;
        let mut progress = Progress::new("copied bytes:", live_bytes);
        compact(&mut store, &mut progress, given_up)?;
    }
    let after = Space::of(store.statistics());
    store
        .close()
        .map_err(|error| failure_after(&error, given_up))?;
    if arguments.compact && after.kept_versions > 1 && after.log_bytes > before.log_bytes {
        let older = after.kept_versions.saturating_sub(1);
        remark.push_str(&format!(
            "note: the older versions that are kept ({older}) still need the files that the last \
             one was copied from; with --keep 1 these can go\n"
        ));
    }
    let report = PruneReport {
        schema: "lockstep.state.prune/1",
        before,
        after,
    };
    Ok((report, remark))
}

/// Copies the last version, step by step, after so many were given up.
fn compact(store: &mut Store, progress: &mut Progress, given_up: u64) -> Result<(), Failure> {
    let live_bytes = store.statistics().live_bytes;
    let complete = store
        .compact(|step| progress.reach(step.bytes_done))
        .map_err(|error| failure_after(&error, given_up))?;
    if complete {
        return Ok(());
    }
    store
        .checkpoint()
        .map_err(|error| failure_after(&error, given_up))?;
    let message = format!(
        "interrupted: {}, and {} of about {} bytes are copied",
        what_is_given_up(given_up),
        grouped(progress.done()),
        grouped(live_bytes)
    );
    let help = "the state is whole; blocks that follow go on with the copying, and `lockstep state \
        prune DIRECTORY --compact` begins it anew";
    Err(interrupt_failure(message, help))
}

/// A failure of the store behind a prune that is done. What it gave up is gone all the same.
fn failure_after(error: &StoreError, given_up: u64) -> Failure {
    let mut failure = store_failure(error);
    if given_up > 0 {
        for problem in &mut failure.problems {
            problem.message = format!("{}; {}", problem.message, what_is_given_up(given_up));
        }
    }
    failure
}

fn what_is_given_up(versions: u64) -> String {
    match versions {
        0 => "no version is given up".to_string(),
        1 => "the version before is given up".to_string(),
        many => format!("the {many} versions before are given up"),
    }
}

#[cfg(test)]
mod tests {
    use super::compact;
    use crate::exit::Exit;
    use crate::progress::Progress;
    use crate::state::{Sample, change_state};

    #[test]
    fn an_interrupted_compaction_stops_says_how_far_it_came_and_harms_nothing() {
        let sample = Sample::new("prune");
        let root = sample.fill(200, 60_000).trie.root();
        let mut store = change_state(&sample.state()).expect("a store");
        store.prune(1).expect("it is pruned");
        let mut stopped = Progress::stopped_by(|| true);
        let failure = compact(&mut store, &mut stopped, 2).expect_err("it stops");
        assert_eq!(failure.exit, Exit::Interrupted);
        let statistics = store.statistics();
        assert!(stopped.done() > 0 && stopped.done() < statistics.live_bytes / 2);
        let message = &failure.problems[0].message;
        assert!(
            message.contains("the 2 versions before are given up"),
            "{message}"
        );
        assert!(statistics.sweeping, "later blocks do not go on with it");
        store.close().expect("it is closed");
        let mut store = change_state(&sample.state()).expect("a store");
        assert_eq!((store.last().root, store.last().entries), (root, 200));
        let mut unstopped = Progress::stopped_by(|| false);
        compact(&mut store, &mut unstopped, 0).expect("it comes to its end");
        assert!(!store.statistics().sweeping);
    }

    /// The versions are given up before the last one is copied, and stay so when that fails.
    #[test]
    fn a_compaction_that_fails_says_what_was_given_up() {
        for (given_up, said) in [(0, None), (2, Some("; the 2 versions before are given up"))] {
            let sample = Sample::new("prune-fails");
            sample.fill(20, 100);
            let mut store = change_state(&sample.state()).expect("a store");
            // What has the name of the next file keeps that from being made.
            std::fs::create_dir(sample.state().join("00000002.log")).expect("a directory");
            let mut progress = Progress::stopped_by(|| false);
            let failed = compact(&mut store, &mut progress, given_up);
            let failure = failed.expect_err("there is no place for the copy");
            let message = &failure.problems[0].message;
            match said {
                Some(said) => assert!(message.ends_with(said), "{message}"),
                None => assert!(!message.contains("given up"), "{message}"),
            }
        }
    }
}
