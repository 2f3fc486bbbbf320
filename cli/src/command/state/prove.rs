//! `lockstep state prove`: a proof as a file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::verify::{Request, RequestArguments};
use crate::answer::Answer;
use crate::exit::Exit;
use crate::module_file::PROOF_BYTES_MAX;
use crate::output_file::write_atomically;
use crate::output_place::refuse_unwritable_file;
use crate::problem::Failure;
use crate::progress::Progress;
use crate::state::{VersionReport, ViewArguments};
use crate::state_failure::trie_failure;
use crate::value::counted;

/// The arguments of `lockstep state prove`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct ProveArguments {
    #[command(flatten)]
    view: ViewArguments,
    #[command(flatten)]
    request: RequestArguments,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Print one JSON document (schema lockstep.state.prove/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
The file has the proof as docs/state-trie.md specifies it: of one key, of several keys together, or\n\
of a range, which shows that no entry of it is left out. Absence is proved in the same way as\n\
presence. `lockstep state verify` checks it with the same keys or range and the root alone.";

/// The document of this command.
#[derive(Serialize)]
struct ProveReport {
    schema: &'static str,
    at: VersionReport,
    /// `key`, `keys` or `range`.
    kind: &'static str,
    file: String,
    bytes: usize,
}

/// Writes a proof.
pub(super) fn prove(arguments: &ProveArguments) -> Answer {
    match write(arguments) {
        Ok((report, notes)) => {
            let text = format!(
                "wrote {}: {}, under root 0x{}\n",
                report.file,
                counted(report.bytes, "byte"),
                report.at.root
            );
            Answer::new(arguments.json, &report, text, Exit::Success).remark(notes)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

/// Writes the proof, and says what is to be said of the request.
fn write(arguments: &ProveArguments) -> Result<(ProveReport, String), Failure> {
    let view = arguments.view.open()?;
    arguments.view.refuse_overwriting(&arguments.output)?;
    refuse_unwritable_file(&arguments.output)?;
    let request = arguments.request.read(&view.names)?;
    let _progress = Progress::uncounted("proving");
    let snapshot = view.trie.snapshot();
    let (kind, bytes) = match &request {
        Request::Key(key) => {
            let proof = snapshot.prove(key).map_err(trie_failure)?;
            ("key", proof.to_bytes())
        }
        Request::Keys(keys) => {
            let proof = snapshot.prove_keys(keys).map_err(trie_failure)?;
            ("keys", proof.to_bytes())
        }
        Request::Range { from, to, limit } => {
            let range = (
                from.as_ref().map(Vec::as_slice),
                to.as_ref().map(Vec::as_slice),
            );
            let proof = snapshot.prove_range(range, *limit).map_err(trie_failure)?;
            ("range", proof.to_bytes())
        }
    };
    write_atomically(&arguments.output, &bytes)?;
    let report = ProveReport {
        schema: "lockstep.state.prove/1",
        at: view.version,
        kind,
        file: arguments.output.display().to_string(),
        bytes: bytes.len(),
    };
    let notes = arguments.request.notes(&view.names) + size_note(report.bytes);
    Ok((report, notes))
}

/// What is to be said of a proof of so many bytes.
fn size_note(bytes: usize) -> &'static str {
    match u64::try_from(bytes).is_ok_and(|bytes| bytes <= PROOF_BYTES_MAX) {
        true => "",
        false => {
            "note: `lockstep state verify` reads no proof of more than 64 MiB: prove the range in \
             parts, with --limit\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::size_note;

    #[test]
    fn a_proof_that_verify_does_not_read_has_a_note() {
        assert_eq!(size_note(64 << 20), "");
        assert!(size_note((64 << 20) + 1).contains("--limit"));
    }
}
