//! `lockstep state ls`: keys and values in order.

use std::ops::Bound;

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::interrupt::{catch_interrupts, interrupt_failure};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::progress::Progress;
use crate::state::{
    KeyReport, ValueReport, VersionReport, View, ViewArguments, key_bytes, key_report, range_end,
    value_report,
};
use crate::state_failure::trie_failure;
use crate::value::counted;

/// The document's schema.
const SCHEMA: &str = "lockstep.state.ls/1";

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
    let listed = catch_interrupts()
        .and_then(|()| arguments.view.open())
        .and_then(|view| list(arguments, view));
    match listed {
        Ok((report, was_stopped)) => answer(arguments.json, &report, was_stopped),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn answer(json: bool, report: &LsReport, was_stopped: bool) -> Answer {
    let text = report.entries.iter().map(line).collect();
    let Some(next) = &report.next else {
        return Answer::new(json, report, text, Exit::Success);
    };
    let next = &next.text;
    if was_stopped {
        let message = format!(
            "interrupted after {}",
            counted(report.entries.len(), "entry")
        );
        let stopped = interrupt_failure(message, format!("go on with --from {next}"));
        return Answer::new(json, report, text, stopped.exit).remark(stopped.to_string());
    }
    Answer::new(json, report, text, Exit::Success).remark(format!(
        "there are more: go on with --from {next}, or list more with --limit\n"
    ))
}

fn line(entry: &EntryReport) -> String {
    let readable = entry.key.readable.as_ref();
    let readable = readable.map_or_else(String::new, |text| format!("  {text}"));
    format!("{}{readable}  {}\n", entry.key.text, entry.value.text)
}

/// Lists the entries of a version, and says whether an interrupt cut the list short.
fn list(arguments: &LsArguments, view: View) -> Result<(LsReport, bool), Failure> {
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
    let limit = u64::try_from(arguments.limit).unwrap_or(u64::MAX);
    let mut progress = Progress::new("listed", view.version.entries.min(limit));
    let (entries, next) = entries(&view, range, arguments.limit, &mut progress)?;
    if entries.is_empty() && next.is_none() {
        let asked = (arguments.prefix.as_deref(), arguments.from.as_deref());
        if let Some(wanted) = wanted(asked) {
            return Err(nothing_listed(&wanted, asked, &view));
        }
    }
    let was_stopped = progress.was_stopped() && next.is_some();
    let report = LsReport {
        schema: SCHEMA,
        at: view.version,
        entries,
        next,
    };
    Ok((report, was_stopped))
}

/// The first entries of a range, and the key after them. An interrupt counts as the limit.
fn entries(
    view: &View,
    range: (Bound<&[u8]>, Bound<&[u8]>),
    limit: usize,
    progress: &mut Progress,
) -> Result<(Vec<EntryReport>, Option<KeyReport>), Failure> {
    let mut entries = Vec::new();
    for entry in view.trie.range(range) {
        let (key, value) = entry.map_err(trie_failure)?;
        let shown = key_report(&key, &view.names);
        if entries.len() == limit || progress.was_stopped() {
            return Ok((entries, Some(shown)));
        }
        entries.push(EntryReport {
            key: shown,
            value: value_report(&key, &value, &view.names),
        });
        // The next key is read also after an interrupt: it is where to go on.
        let _ = progress.step();
    }
    Ok((entries, None))
}

/// The keys that the user looks for, by how they begin and from where on.
fn wanted(asked: (Option<&str>, Option<&str>)) -> Option<String> {
    match asked {
        (Some(prefix), Some(from)) => Some(format!("begins with {prefix} from {from} on")),
        (Some(prefix), None) => Some(format!("begins with {prefix}")),
        (None, Some(from)) => Some(format!("is {from} or comes after it")),
        (None, None) => None,
    }
}

/// That no key is where the user looks.
fn nothing_listed(
    wanted: &str,
    (prefix, from): (Option<&str>, Option<&str>),
    view: &View,
) -> Failure {
    let mut message = format!("no key {wanted} under root 0x{}", view.version.root);
    let asked: Vec<&str> = prefix.into_iter().chain(from).collect();
    if let Some(taken) = view.names.taken_as_accounts(&asked) {
        message = format!("{message}; {taken}");
    }
    let help = view.names.help_for_absent(&asked);
    Failure::new(
        Exit::NothingMatched,
        Problem::new(ProblemCode::KeyAbsent, message, help),
    )
}

#[cfg(test)]
mod tests {
    use super::{LsReport, SCHEMA, answer, entries};
    use crate::exit::Exit;
    use crate::progress::Progress;
    use crate::state::Sample;
    use std::ops::Bound;

    #[test]
    fn an_interrupted_list_has_what_it_found_and_where_to_go_on() {
        let sample = Sample::new("ls");
        let view = sample.fill(6, 10);
        let all = (Bound::Unbounded, Bound::Unbounded);
        let mut stopped = Progress::stopped_by(|| true);
        let (entries, next) = entries(&view, all, 10, &mut stopped).expect("entries");
        assert_eq!(entries.len(), 1);
        assert_eq!(
            next.as_ref().map(|next| next.text.as_str()),
            Some("0x00000001")
        );
        let report = LsReport {
            schema: SCHEMA,
            at: view.version,
            entries,
            next,
        };
        let answer = answer(false, &report, true);
        assert_eq!(answer.exit, Exit::Interrupted);
        assert_eq!(answer.stdout.lines().count(), 1);
        assert!(
            answer.stderr.contains("go on with --from 0x00000001"),
            "{}",
            answer.stderr
        );
    }
}
