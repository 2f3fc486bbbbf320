//! `lockstep state export`: one version as a file.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::interrupt::{catch_interrupts, interrupt_failure};
use crate::problem::Failure;
use crate::progress::Progress;
use crate::state::{ExportWriter, VersionReport, View, refuse_output_inside};
use crate::state_failure::{store_failure, trie_failure};
use crate::value::{counted, grouped};

/// The arguments of `lockstep state export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The state directory
    directory: PathBuf,
    /// The version: the height of a block, or a root; the last one unless stated
    #[arg(long, value_name = "HEIGHT|ROOT")]
    at: Option<String>,
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
                "wrote {}: {} in {} bytes, root 0x{}\n",
                report.file,
                counted(report.at.entries, "entry"),
                grouped(report.bytes),
                report.at.root
            );
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn write(arguments: &ExportArguments) -> Result<ExportReport, Failure> {
    let view = View::open(&arguments.directory, arguments.at.as_deref(), None)?;
    refuse_output_inside(&arguments.directory, &arguments.output)?;
    catch_interrupts()?;
    let mut progress = Progress::new("exported", view.version.entries);
    let bytes = write_entries(&view, &arguments.output, &mut progress)?;
    Ok(ExportReport {
        schema: "lockstep.state.export/1",
        at: view.version,
        file: arguments.output.display().to_string(),
        bytes,
    })
}

/// Writes the file and returns its length. Whatever goes wrong, nothing is left of it.
fn write_entries(view: &View, output: &Path, progress: &mut Progress) -> Result<u64, Failure> {
    let record = view.trie.store().record(view.version.version);
    let record = record.map_err(|error| store_failure(&error))?;
    let (root, entries) = (view.trie.root(), view.version.entries);
    let mut writer = ExportWriter::new(output, root, entries, &record)?;
    for entry in view.trie.range(..) {
        let (key, value) = entry.map_err(trie_failure)?;
        writer.entry(&key, &value)?;
        if progress.step().is_break() {
            let (done, entries) = (grouped(progress.done()), counted(entries, "entry"));
            let output = output.display();
            let message =
                format!("interrupted after {done} of {entries}; {output} was not written");
            let help = "start again to export the state; what was there before is as it was";
            return Err(interrupt_failure(message, help));
        }
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::write_entries;
    use crate::exit::Exit;
    use crate::progress::Progress;
    use crate::state::Sample;

    #[test]
    fn an_interrupted_export_leaves_nothing() {
        let sample = Sample::new("export");
        let view = sample.fill(6, 10);
        let output = sample.folder.join("export");
        let mut stopped = Progress::stopped_by(|| true);
        let failure = write_entries(&view, &output, &mut stopped).expect_err("it stops");
        assert_eq!(failure.exit, Exit::Interrupted);
        let message = &failure.problems[0].message;
        assert!(
            message.starts_with("interrupted after 1 of 6 entries; "),
            "{message}"
        );
        assert_eq!(sample.count(), 1);
        write_entries(&view, &output, &mut Progress::stopped_by(|| false)).expect("an export");
        assert_eq!(sample.count(), 2);
    }
}
