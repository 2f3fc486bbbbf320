//! `lockstep state diff`: what differs between two versions.

use std::path::PathBuf;

use clap::Args;
use lockstep_state_trie::{Difference, Snapshot};
use lockstep_store::Store;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::interrupt::{catch_interrupts, interrupt_failure};
use crate::problem::Failure;
use crate::progress::Progress;
use crate::state::{
    KeyReport, StateNames, ValueReport, VersionReport, find_version, key_report, read_state,
    value_report, version_report,
};
use crate::state_failure::trie_failure;
use crate::value::counted;

/// The arguments of `lockstep state diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The state directory
    directory: PathBuf,
    /// The older version: the height of a block, or a root
    old: String,
    /// The newer version; the last one unless stated
    new: Option<String>,
    /// The most keys to list; all of them unless stated
    #[arg(long)]
    limit: Option<usize>,
    /// A scenario whose names are shown
    #[arg(long, value_name = "SCENARIO")]
    names: Option<PathBuf>,
    /// Print one JSON document (schema lockstep.state.diff/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct DiffReport {
    schema: &'static str,
    old: VersionReport,
    new: VersionReport,
    changes: Vec<ChangeReport>,
    /// Whether there are more than those.
    more: bool,
}

/// One key that differs.
#[derive(Serialize)]
struct ChangeReport {
    key: KeyReport,
    old: Option<ValueReport>,
    new: Option<ValueReport>,
}

/// Lists the differences.
pub(super) fn diff(arguments: &DiffArguments) -> Answer {
    match catch_interrupts().and_then(|()| compare(arguments)) {
        Ok((report, was_stopped)) => answer(arguments.json, &report, was_stopped),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn answer(json: bool, report: &DiffReport, was_stopped: bool) -> Answer {
    let text = report.changes.iter().map(lines).collect();
    if was_stopped {
        let keys = counted(report.changes.len(), "differing key");
        let message = format!("interrupted after {keys}");
        let help = "there are more; start again to list all of them";
        let stopped = interrupt_failure(message, help);
        return Answer::new(json, report, text, stopped.exit).remark(stopped.to_string());
    }
    let remark = match report.more {
        true => "there are more: list them with a higher --limit\n",
        false => "",
    };
    Answer::new(json, report, text, Exit::Success).remark(remark)
}

fn lines(change: &ChangeReport) -> String {
    let mut text = change.key.text.clone();
    if let Some(readable) = &change.key.readable {
        text = format!("{text}  {readable}");
    }
    for (sign, value) in [('-', &change.old), ('+', &change.new)] {
        if let Some(value) = value {
            text = format!("{text}\n  {sign} {}", value.text);
        }
    }
    text + "\n"
}

/// Compares the versions, and says whether an interrupt cut the list short.
fn compare(arguments: &DiffArguments) -> Result<(DiffReport, bool), Failure> {
    let names = StateNames::of(arguments.names.as_deref())?;
    let store = read_state(&arguments.directory)?;
    let old = find_version(&store, Some(&arguments.old))?;
    let new = find_version(&store, arguments.new.as_deref())?;
    let (old_report, new_report) = (version_report(&store, old)?, version_report(&store, new)?);
    let trie = lockstep_state_trie::Trie::new(store);
    let mut progress = Progress::new("differing keys", old.entries.max(new.entries));
    let (changes, more) = if old.root == new.root {
        (Vec::new(), false)
    } else {
        let versions = (trie.at(old.root), trie.at(new.root));
        let limit = arguments.limit.unwrap_or(usize::MAX);
        changes(versions, &names, limit, &mut progress)?
    };
    let report = DiffReport {
        schema: "lockstep.state.diff/1",
        old: old_report,
        new: new_report,
        changes,
        more,
    };
    Ok((report, more && progress.was_stopped()))
}

/// Lists what differs, passing over what both versions share, and says whether there is more. An
/// interrupt counts as the limit.
fn changes(
    (old, new): (Snapshot<'_, Store>, Snapshot<'_, Store>),
    names: &StateNames,
    limit: usize,
    progress: &mut Progress,
) -> Result<(Vec<ChangeReport>, bool), Failure> {
    let mut changes = Vec::new();
    for difference in new.changes_since(&old).map_err(trie_failure)? {
        let Difference { key, before, after } = difference.map_err(trie_failure)?;
        if changes.len() == limit || progress.was_stopped() {
            return Ok((changes, true));
        }
        let value = |value: Option<Vec<u8>>| value.map(|value| value_report(&key, &value, names));
        changes.push(ChangeReport {
            key: key_report(&key, names),
            old: value(before),
            new: value(after),
        });
        // Whether there is more is looked up also after an interrupt.
        let _ = progress.step();
    }
    Ok((changes, false))
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::progress::Progress;
    use crate::state::Sample;

    #[test]
    fn an_interrupted_comparison_has_what_it_found_and_says_that_there_is_more() {
        let sample = Sample::new("diff");
        let view = sample.fill(6, 10);
        let versions: Vec<_> = view.trie.store().versions().collect();
        let both = || {
            (
                view.trie.at(versions[1].root),
                view.trie.at(versions[2].root),
            )
        };
        let mut stopped = Progress::stopped_by(|| true);
        let (found, more) = changes(both(), &view.names, 10, &mut stopped).expect("changes");
        assert_eq!((found.len(), more), (1, true));
        let mut progress = Progress::stopped_by(|| false);
        let (found, more) = changes(both(), &view.names, 10, &mut progress).expect("changes");
        assert_eq!((found.len(), more, progress.done()), (3, false, 3));
    }
}
