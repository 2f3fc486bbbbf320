//! `lockstep state export`: one version as a file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::Failure;
use crate::state::{ExportWriter, Progress, VersionReport, ViewArguments};
use crate::state_failure::{store_failure, trie_failure};
use crate::value::grouped;

/// The arguments of `lockstep state export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    view: ViewArguments,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Print one JSON document (schema lockstep.state.export/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct ExportReport {
    schema: &'static str,
    at: VersionReport,
    file: String,
    bytes: u64,
}

/// Writes an export.
pub(super) fn export(arguments: &ExportArguments) -> Answer {
    match write(arguments) {
        Ok(report) => {
            let text = format!(
                "wrote {}: {} entries in {} bytes, root {}\n",
                report.file,
                grouped(report.at.entries),
                grouped(report.bytes),
                report.at.root
            );
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn write(arguments: &ExportArguments) -> Result<ExportReport, Failure> {
    let view = arguments.view.open()?;
    let record = view.trie.store().record(view.version.version);
    let record = record.map_err(|error| store_failure(&error))?;
    let (root, entries) = (view.trie.root(), view.version.entries);
    let mut writer = ExportWriter::new(&arguments.output, root, entries, &record)?;
    let mut progress = Progress::new("exported", entries);
    for entry in view.trie.range(..) {
        let (key, value) = entry.map_err(trie_failure)?;
        writer.entry(&key, &value)?;
        progress.step();
    }
    let bytes = writer.finish()?;
    Ok(ExportReport {
        schema: "lockstep.state.export/1",
        at: view.version,
        file: arguments.output.display().to_string(),
        bytes,
    })
}
