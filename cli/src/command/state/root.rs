//! `lockstep state root`: the root of a version, all versions, and whether a root is right.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use lockstep_state_trie::{Digest, MemoryStore, Snapshot, Trie};
use lockstep_store::{KeptVersion, Store};
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::interrupt::{catch_interrupts, interrupt_failure};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::progress::Progress;
use crate::state::{VersionReport, View, version_report};
use crate::state_failure::trie_failure;
use crate::value::counted;

/// The arguments of `lockstep state root`.
#[derive(Debug, Args)]
pub struct RootArguments {
    /// The state directory
    directory: PathBuf,
    /// The version: the height of a block, or a root; the last one unless stated
    #[arg(long, value_name = "HEIGHT|ROOT")]
    at: Option<String>,
    /// List every version that is kept, the oldest first
    #[arg(long, conflicts_with = "at")]
    all: bool,
    /// Read all entries and compute the root anew, with --all that of every version; needs memory
    /// for a whole version
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
    /// Whether the root, or with `kept` each of them, was computed from the entries and is the same.
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
    let view = View::open(&arguments.directory, arguments.at.as_deref(), None)?;
    let kept = match arguments.all {
        true => {
            let store = view.trie.store();
            let versions: Vec<KeptVersion> = store.versions().collect();
            Some(versions)
        }
        false => None,
    };
    if arguments.check {
        catch_interrupts()?;
        let versions = kept.as_deref().unwrap_or(std::slice::from_ref(&view.kept));
        let entries = versions.iter().map(|version| version.entries);
        let mut progress = Progress::new("read", entries.sum());
        check(&view.trie, versions, &mut progress)?;
    }
    let reports = |kept: Vec<KeptVersion>| {
        let reports = kept.into_iter();
        let reports = reports.map(|version| version_report(view.trie.store(), version));
        reports.collect::<Result<Vec<_>, _>>()
    };
    Ok(RootReport {
        schema: "lockstep.state.root/1",
        checked: arguments.check.then_some(true),
        kept: kept.map(reports).transpose()?,
        at: view.version,
    })
}

/// Computes the roots of versions from their entries, one after the other.
fn check(
    trie: &Trie<Store>,
    versions: &[KeptVersion],
    progress: &mut Progress,
) -> Result<(), Failure> {
    for (checked, version) in versions.iter().enumerate() {
        let computed = computed_root(&trie.at(version.root), progress)?;
        if progress.was_stopped() {
            let message = match versions.len() {
                1 => "interrupted; the root was not checked".to_string(),
                all => format!("interrupted; {checked} of {all} roots were checked and are right"),
            };
            let help = "nothing was changed; start again to check";
            return Err(interrupt_failure(message, help));
        }
        if computed != version.root {
            let message = format!(
                "the entries lead to root 0x{computed}, not to 0x{}",
                version.root
            );
            let help =
                "nothing was changed; restore the directory from a copy, or import an export";
            return Err(Failure::new(
                Exit::Bug,
                Problem::new(ProblemCode::StateDamaged, message, help),
            ));
        }
    }
    Ok(())
}

/// The root that the entries of a version lead to; meaningless after an interrupt.
fn computed_root(
    version: &Snapshot<'_, Store>,
    progress: &mut Progress,
) -> Result<Digest, Failure> {
    let mut failure = None;
    let entries = version.range(..).map_while(|entry| {
        let entry = entry.map_err(|error| failure = Some(error)).ok()?;
        progress.step().is_continue().then_some(entry)
    });
    let computed = Trie::new(MemoryStore::new()).load(entries);
    match failure {
        Some(error) => Err(trie_failure(error)),
        None => computed.map_err(Failure::bug),
    }
}

fn text(report: &RootReport) -> String {
    let mut text = String::new();
    let Some(kept) = &report.kept else {
        return format!("0x{}\n", report.at.root);
    };
    for version in kept {
        let height = version
            .height
            .map_or_else(|| "-".to_string(), |height| height.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "height {height}  0x{}  {}",
            version.root,
            counted(version.entries, "entry")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::exit::Exit;
    use crate::progress::Progress;
    use crate::state::Sample;

    #[test]
    fn an_interrupted_check_does_not_pass() {
        let sample = Sample::new("root");
        let view = sample.fill(6, 10);
        let versions: Vec<_> = view.trie.store().versions().collect();
        let mut stopped = Progress::stopped_by(|| true);
        let failure = check(&view.trie, &versions, &mut stopped).expect_err("it stops");
        assert_eq!(failure.exit, Exit::Interrupted);
        // The empty version has no step after which to stop.
        let message = &failure.problems[0].message;
        assert_eq!(
            message,
            "interrupted; 1 of 3 roots were checked and are right"
        );
        let mut progress = Progress::stopped_by(|| false);
        check(&view.trie, &versions, &mut progress).expect("the roots are right");
        assert_eq!(progress.done(), 3 + 6);
    }
}
