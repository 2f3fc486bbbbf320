//! Reading a scenario and the modules it names.

use std::path::Path;

use super::document::{Document, SCHEMA};
use super::plan::Scenario;
use super::resolve::resolve;
use crate::exit::Exit;
use crate::module_file::read_scenario;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::source::Source;
use crate::suggest::did_you_mean;

/// What the parser's message contains when a date stands where a value is expected.
const DATE_MARK: &str = "$__toml_private_datetime";

/// Reads a scenario file and everything it needs. Nothing is executed.
///
/// `shown` is how messages name the file; modules are looked up relative to the file's folder.
///
/// # Errors
/// With every mistake that the scenario has, each with its place. A file that is not TOML, or
/// has a key that does not exist, is reported with the first such mistake only.
pub fn load(path: &Path, shown: &str) -> Result<Scenario, Failure> {
    let source = read_scenario(path, shown)?;
    read(&source, path.parent().unwrap_or(Path::new("")))
}

/// Makes a scenario of a text that is in no file; modules are looked up in `folder`.
///
/// # Errors
/// As [`load`].
pub fn from_text(text: String, shown: &str, folder: &Path) -> Result<Scenario, Failure> {
    read(&Source::new(shown, text), folder)
}

fn read(source: &Source, folder: &Path) -> Result<Scenario, Failure> {
    let document: Document = toml::from_str(source.text())
        .map_err(|error| Failure::new(Exit::Usage, toml_problem(&error, source)))?;
    resolve(document, source, folder).map_err(|problems| Failure {
        exit: Exit::Usage,
        problems,
    })
}

/// The parser's message as one of ours.
fn toml_problem(error: &toml::de::Error, source: &Source) -> Problem {
    let message = error.message().replace('\n', "; ");
    let problem = if message.starts_with("unknown field") {
        unknown_key(&message)
    } else if let Some(key) = message.strip_prefix("missing field") {
        let help = match key.contains("`schema`") {
            true => format!("begin the file with schema = \"{SCHEMA}\""),
            false => "add the key; it has no default".to_string(),
        };
        Problem::new(
            ProblemCode::ScenarioMissingKey,
            format!("missing key{key}"),
            help,
        )
    } else if message.contains(DATE_MARK) {
        let help = "write an integer or text; block times are integers in milliseconds";
        let message = "a date or time is no value of a scenario";
        Problem::new(ProblemCode::ScenarioType, message, help)
    } else if message.contains("number overflowed") {
        let help = "write a number that is not in 64 bits as text: \"340_282_366_920\"";
        Problem::new(ProblemCode::ScenarioNumber, message, help)
    } else if message.starts_with("invalid type") {
        let help = "write a value of the expected type";
        // What stands for a table in this program has a name that says nothing to its user.
        let message = match message.split_once(", expected struct ") {
            Some((found, _)) => format!("{found}, expected a table"),
            None => message,
        };
        Problem::new(ProblemCode::ScenarioType, message, help)
    } else {
        let help = "a scenario is TOML; see https://toml.io";
        Problem::new(ProblemCode::ScenarioSyntax, message, help)
    };
    match error.span() {
        Some(span) => problem.at(source.place(span)),
        None => problem,
    }
}

/// The key that is unknown, and the nearest that is known. The parser names all of them between
/// backticks, the unknown one first.
fn unknown_key(message: &str) -> Problem {
    let mut names = message.split('`').skip(1).step_by(2).map(str::to_string);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<String> = names.collect();
    let text = format!("there is no key \"{unknown}\" here");
    Problem::new(
        ProblemCode::ScenarioUnknownKey,
        text,
        did_you_mean(&unknown, &known),
    )
}
