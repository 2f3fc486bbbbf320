//! `lockstep state diff`: what differs between two versions.

use std::path::PathBuf;

use clap::Args;
use lockstep_state_trie::{Difference, Snapshot};
use lockstep_store::Store;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{
    KeyReport, Progress, StateDirectory, StateNames, ValueReport, VersionReport, find_version,
    key_report, value_report, version_report,
};
use crate::state_failure::trie_failure;

/// The arguments of `lockstep state diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The state directory
    directory: PathBuf,
    /// The older version: the height of a block, or a root
    old: String,
    /// The newer version; the last one unless stated
    new: Option<String>,
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
    match compare(arguments) {
        Ok(report) => {
            let text = report.changes.iter().map(lines).collect();
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
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

fn compare(arguments: &DiffArguments) -> Result<DiffReport, Failure> {
    let names = StateNames::of(arguments.names.as_deref())?;
    let store = StateDirectory::read(&arguments.directory)?;
    let old = find_version(&store, Some(&arguments.old))?;
    let new = find_version(&store, arguments.new.as_deref())?;
    let (old_report, new_report) = (version_report(&store, old)?, version_report(&store, new)?);
    let trie = lockstep_state_trie::Trie::new(store);
    let changes = if old.root == new.root {
        Vec::new()
    } else {
        changes(
            trie.at(old.root),
            trie.at(new.root),
            old.entries.max(new.entries),
            &names,
        )?
    };
    Ok(DiffReport {
        schema: "lockstep.state.diff/1",
        old: old_report,
        new: new_report,
        changes,
    })
}

/// Lists what differs, passing over what both versions share.
fn changes(
    old: Snapshot<'_, Store>,
    new: Snapshot<'_, Store>,
    entries: u64,
    names: &StateNames,
) -> Result<Vec<ChangeReport>, Failure> {
    let mut progress = Progress::new("differing keys", entries);
    let mut changes = Vec::new();
    for difference in new.changes_since(&old).map_err(trie_failure)? {
        let Difference { key, before, after } = difference.map_err(trie_failure)?;
        let value = |value: Option<Vec<u8>>| value.map(|value| value_report(&key, &value, names));
        changes.push(ChangeReport {
            key: key_report(&key, names),
            old: value(before),
            new: value(after),
        });
        progress.step();
    }
    Ok(changes)
}
