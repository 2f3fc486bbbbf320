//! `lockstep explain`: what a code means.

use lockstep_gas_meter::ViolationCode;
use lockstep_vm::Status;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::outcome_names::{INVALID, status_explanation, status_name};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;

/// The document's schema.
const SCHEMA: &str = "lockstep.explain/1";

/// What kind of code a status is.
const STATUS: &str = "status of a receipt";

/// One code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Entry {
    /// What kind of code it is.
    kind: &'static str,
    /// Its label, if it has one beside its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    name: String,
    /// Its number, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u16>,
    explanation: String,
}

/// The document of this command.
#[derive(Serialize)]
struct ExplainReport {
    schema: &'static str,
    codes: Vec<Entry>,
}

/// Explains a code, or lists all of them.
pub fn explain(code: Option<&str>, json: bool) -> Answer {
    let all = entries();
    let Some(code) = code else {
        let text: String = all
            .iter()
            .map(|entry| format!("{}\n", heading(entry)))
            .collect();
        let report = ExplainReport {
            schema: SCHEMA,
            codes: all,
        };
        return Answer::new(json, &report, text, Exit::Success);
    };
    let found: Vec<Entry> = all
        .iter()
        .filter(|entry| is_meant(entry, code))
        .cloned()
        .collect();
    if found.is_empty() {
        return Answer::failure(json, &unknown(code, &all));
    }
    let text: Vec<String> = found
        .iter()
        .map(|entry| format!("{}\n\n{}\n", heading(entry), entry.explanation))
        .collect();
    let report = ExplainReport {
        schema: SCHEMA,
        codes: found,
    };
    Answer::new(json, &report, text.join("\n"), Exit::Success)
}

/// Whether the user's spelling means this code. Case and the kind of dash do not matter. A number
/// is that of a status, as messages show it.
fn is_meant(entry: &Entry, code: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let wanted = plain(code);
    let number = code.parse().ok().filter(|_| entry.kind == STATUS);
    let is_numbered = number.is_some() && entry.number == number;
    is_numbered
        || plain(&entry.name) == wanted
        || entry
            .label
            .as_ref()
            .is_some_and(|label| plain(label) == wanted)
}

fn heading(entry: &Entry) -> String {
    let label = entry
        .label
        .as_ref()
        .map(|label| format!("{label} "))
        .unwrap_or_default();
    let number = entry.number.filter(|_| entry.kind == STATUS);
    let number = number.map_or_else(String::new, |number| format!(" ({number})"));
    format!("{label}{}{number}: {}", entry.name, entry.kind)
}

fn unknown(code: &str, all: &[Entry]) -> Failure {
    let names: Vec<String> = all.iter().map(|entry| entry.name.clone()).collect();
    let help = format!(
        "{}; `lockstep explain` lists all",
        did_you_mean(code, &names)
    );
    let message = format!("there is no code \"{code}\"");
    Failure::new(
        Exit::Usage,
        Problem::new(ProblemCode::UnknownCode, message, help),
    )
}

/// Every code of every kind.
fn entries() -> Vec<Entry> {
    let violations = ViolationCode::ALL.iter().map(|code| Entry {
        kind: "reason why a module is refused",
        label: Some(code.to_string()),
        name: code.name().to_string(),
        number: Some(code.number()),
        explanation: lockstep_gas_meter::explain(*code).to_string(),
    });
    let statuses = Status::ALL.iter().map(|status| Entry {
        kind: STATUS,
        label: None,
        name: status_name(*status),
        number: Some(status.code()),
        explanation: status_explanation(*status).to_string(),
    });
    let invalid = INVALID.iter().map(|(number, name, explanation)| Entry {
        kind: "reason why a transaction is not included",
        label: None,
        name: name.to_string(),
        number: Some(*number),
        explanation: format!(
            "{explanation} The transaction leaves no trace: no receipt, no fee, no change of state."
        ),
    });
    let problems = ProblemCode::ALL.iter().map(|code| Entry {
        kind: "problem that a command reports",
        label: None,
        name: code.name().to_string(),
        number: None,
        explanation: code.explanation().to_string(),
    });
    violations
        .chain(statuses)
        .chain(invalid)
        .chain(problems)
        .collect()
}
