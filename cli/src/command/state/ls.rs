//! `lockstep state ls`: keys and values in order.

use std::ops::Bound;

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{
    KeyReport, ValueReport, VersionReport, ViewArguments, key_bytes, key_report, range_end,
    value_report,
};
use crate::state_failure::trie_failure;

/// The arguments of `lockstep state ls`.
#[derive(Debug, Args)]
pub struct LsArguments {
    #[command(flatten)]
    view: ViewArguments,
    /// Only keys that begin with this; `storage:CONTRACT` is all of a contract's storage
    #[arg(long, value_name = "KEY")]
    prefix: Option<String>,
    /// Only keys from this one on
    #[arg(long, value_name = "KEY")]
    from: Option<String>,
    /// The most entries to list
    #[arg(long, default_value_t = 1_000)]
    limit: usize,
    /// Print one JSON document (schema lockstep.state.ls/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct LsReport {
    schema: &'static str,
    at: VersionReport,
    entries: Vec<EntryReport>,
    /// The key to go on from, if there are more.
    next: Option<KeyReport>,
}

/// One entry.
#[derive(Serialize)]
struct EntryReport {
    key: KeyReport,
    value: ValueReport,
}

/// Lists entries.
pub(super) fn ls(arguments: &LsArguments) -> Answer {
    match list(arguments) {
        Ok(report) => {
            let remark = report.next.as_ref().map_or_else(String::new, |next| {
                format!(
                    "there are more: go on with --from {}, or list more with --limit\n",
                    next.text
                )
            });
            let text = report.entries.iter().map(line).collect();
            Answer::new(arguments.json, &report, text, Exit::Success).remark(remark)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn line(entry: &EntryReport) -> String {
    let readable = entry.key.readable.as_ref();
    let readable = readable.map_or_else(String::new, |text| format!("  {text}"));
    format!("{}{readable}  {}\n", entry.key.text, entry.value.text)
}

fn list(arguments: &LsArguments) -> Result<LsReport, Failure> {
    let view = arguments.view.open()?;
    let key = |text: &Option<String>| match text {
        Some(text) => key_bytes(text, &view.names).map(Some),
        None => Ok(None),
    };
    let (prefix, from) = (key(&arguments.prefix)?, key(&arguments.from)?);
    let end = prefix.as_deref().map_or(Bound::Unbounded, range_end);
    let start = from.max(prefix).unwrap_or_default();
    let range = (
        Bound::Included(start.as_slice()),
        end.as_ref().map(Vec::as_slice),
    );
    let mut entries = Vec::new();
    let mut next = None;
    for entry in view.trie.range(range) {
        let (key, value) = entry.map_err(trie_failure)?;
        let shown = key_report(&key, &view.names);
        if entries.len() == arguments.limit {
            next = Some(shown);
            break;
        }
        entries.push(EntryReport {
            key: shown,
            value: value_report(&key, &value, &view.names),
        });
    }
    Ok(LsReport {
        schema: "lockstep.state.ls/1",
        at: view.version,
        entries,
        next,
    })
}
