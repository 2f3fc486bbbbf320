//! What a command has to say: the text for each stream and the exit code.

use serde::Serialize;

use crate::exit::Exit;
use crate::problem::Failure;

/// A finished command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The result. Nothing else goes to stdout.
    pub stdout: String,
    /// Problems and remarks.
    pub stderr: String,
    /// How the process ends.
    pub exit: Exit,
}

impl Answer {
    /// A result as one JSON document, or as text.
    pub(crate) fn new(json: bool, document: &impl Serialize, text: String, exit: Exit) -> Answer {
        let stdout = if json { json_text(document) } else { text };
        Answer {
            stdout,
            stderr: String::new(),
            exit,
        }
    }

    /// The same with remarks for stderr.
    #[must_use]
    pub(crate) fn remark(mut self, remark: impl Into<String>) -> Answer {
        self.stderr.push_str(&remark.into());
        self
    }

    /// A failure: the problems on stderr, and a document on stdout if one was asked for.
    pub(crate) fn failure(json: bool, failure: &Failure) -> Answer {
        let stdout = if json {
            json_text(&failure.document())
        } else {
            String::new()
        };
        Answer {
            stdout,
            stderr: failure.to_string(),
            exit: failure.exit,
        }
    }
}

/// The document, indented, with a line break at its end.
fn json_text(document: &impl Serialize) -> String {
    // Documents consist of plain structs, lists and text, which always serialise.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_else(|error| error.to_string());
    text.push('\n');
    text
}
