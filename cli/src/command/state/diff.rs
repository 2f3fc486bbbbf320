//! `lockstep state diff`: what differs between two versions.

use std::cmp::Ordering;
use std::path::PathBuf;

use clap::Args;
use lockstep_state_trie::{Entry, Snapshot};
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
        changes(trie.at(old.root), trie.at(new.root), old.entries, &names)?
    };
    Ok(DiffReport {
        schema: "lockstep.state.diff/1",
        old: old_report,
        new: new_report,
        changes,
    })
}

/// Walks through both versions side by side.
fn changes(
    old: Snapshot<'_, Store>,
    new: Snapshot<'_, Store>,
    expected: u64,
    names: &StateNames,
) -> Result<Vec<ChangeReport>, Failure> {
    let mut progress = Progress::new("compared", expected);
    let (mut old, mut new) = (old.range(..), new.range(..));
    let mut read = |old_too: bool, new_too: bool| -> Result<_, Failure> {
        let old = old_too.then(|| old.next()).flatten().transpose();
        let new = new_too.then(|| new.next()).flatten().transpose();
        Ok((old.map_err(trie_failure)?, new.map_err(trie_failure)?))
    };
    let report = |old: Option<&Entry>, new: Option<&Entry>| {
        let key = old
            .or(new)
            .map(|(key, _)| key.as_slice())
            .unwrap_or_default();
        let value =
            |entry: Option<&Entry>| entry.map(|(key, value)| value_report(key, value, names));
        ChangeReport {
            key: key_report(key, names),
            old: value(old),
            new: value(new),
        }
    };
    let mut changes = Vec::new();
    let (mut left, mut right) = read(true, true)?;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(changes),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((left, _)), Some((right, _))) => left.cmp(right),
        };
        match order {
            Ordering::Less => changes.push(report(left.as_ref(), None)),
            Ordering::Greater => changes.push(report(None, right.as_ref())),
            Ordering::Equal if left != right => {
                changes.push(report(left.as_ref(), right.as_ref()));
            }
            Ordering::Equal => {}
        }
        progress.step();
        let (old, new) = read(order.is_le(), order.is_ge())?;
        if order.is_le() {
            left = old;
        }
        if order.is_ge() {
            right = new;
        }
    }
}
