//! `lockstep state root`: the root of a version, all versions, and whether a root is right.

use std::fmt::Write;

use clap::Args;
use lockstep_state_trie::{MemoryStore, Trie};
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::{Progress, VersionReport, View, ViewArguments, version_report};
use crate::state_failure::trie_failure;

/// The arguments of `lockstep state root`.
#[derive(Debug, Args)]
pub struct RootArguments {
    #[command(flatten)]
    view: ViewArguments,
    /// List every version that is kept, the oldest first
    #[arg(long)]
    all: bool,
    /// Read all entries and compute the root anew; needs memory for the whole state
    #[arg(long)]
    check: bool,
    /// Print one JSON document (schema lockstep.state.root/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct RootReport {
    schema: &'static str,
    at: VersionReport,
    /// Whether the root was computed from the entries and is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<bool>,
    /// All versions, the oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<Vec<VersionReport>>,
}

/// Shows the root.
pub(super) fn root(arguments: &RootArguments) -> Answer {
    match report(arguments) {
        Ok(report) => {
            let text = text(&report);
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn report(arguments: &RootArguments) -> Result<RootReport, Failure> {
    let view = arguments.view.open()?;
    let kept = match arguments.all {
        true => {
            let store = view.trie.store();
            let versions = store
                .versions()
                .map(|version| version_report(store, version));
            Some(versions.collect::<Result<Vec<_>, _>>()?)
        }
        false => None,
    };
    if arguments.check {
        check(&view)?;
    }
    Ok(RootReport {
        schema: "lockstep.state.root/1",
        at: view.version,
        checked: arguments.check.then_some(true),
        kept,
    })
}

/// Computes the root from the entries.
fn check(view: &View) -> Result<(), Failure> {
    let mut progress = Progress::new("read", view.version.entries);
    let mut failure = None;
    let entries = view.trie.range(..).map_while(|entry| {
        progress.step();
        entry.map_err(|error| failure = Some(error)).ok()
    });
    let computed = Trie::new(MemoryStore::new()).load(entries);
    if let Some(error) = failure {
        return Err(trie_failure(error));
    }
    let computed = computed.map_err(Failure::bug)?;
    if computed == view.trie.root() {
        return Ok(());
    }
    let message = format!(
        "the entries lead to root 0x{computed}, not to {}",
        view.version.root
    );
    let help = "nothing was changed; restore the directory from a copy, or import an export";
    Err(Failure::new(
        Exit::Bug,
        Problem::new(ProblemCode::StateDamaged, message, help),
    ))
}

fn text(report: &RootReport) -> String {
    let mut text = String::new();
    let Some(kept) = &report.kept else {
        return format!("{}\n", report.at.root);
    };
    for version in kept {
        let height = version
            .height
            .map_or_else(|| "-".to_string(), |height| height.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "height {height}  {}  {} entries",
            version.root, version.entries
        );
    }
    text
}
