//! `lockstep state get`: what one key holds.

use clap::Args;
use serde::Serialize;

use crate::answer::Answer;
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::state::{
    KeyReport, ValueReport, VersionReport, ViewArguments, key_bytes, key_report, taken_as,
    value_report,
};
use crate::state_failure::trie_failure;

/// The arguments of `lockstep state get`.
#[derive(Debug, Args)]
pub struct GetArguments {
    #[command(flatten)]
    view: ViewArguments,
    /// The key: `account:ID`, `storage:CONTRACT:KEY`, `code:HASH`, `code-length:HASH` or hexadecimal digits
    key: String,
    /// Print one JSON document (schema lockstep.state.get/1)
    #[arg(long)]
    json: bool,
}

/// The document of this command.
#[derive(Serialize)]
struct GetReport {
    schema: &'static str,
    at: VersionReport,
    key: KeyReport,
    value: ValueReport,
}

/// Shows what a key holds.
pub(super) fn get(arguments: &GetArguments) -> Answer {
    match look_up(arguments) {
        Ok(report) => {
            let text = format!("{}\n", report.value.text);
            Answer::new(arguments.json, &report, text, Exit::Success)
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn look_up(arguments: &GetArguments) -> Result<GetReport, Failure> {
    let view = arguments.view.open()?;
    let key = key_bytes(&arguments.key, &view.names)?;
    let value = view.trie.get(&key).map_err(trie_failure)?;
    let value = value.ok_or_else(|| {
        let absent = format!(
            "`{}` is absent under root 0x{}",
            arguments.key, view.version.root
        );
        let taken = taken_as(&[&arguments.key], &view.names);
        let message = [vec![absent], taken].concat().join("; ");
        let help = view.names.help_for_absent(&[&arguments.key]);
        Failure::new(
            Exit::NothingMatched,
            Problem::new(ProblemCode::KeyAbsent, message, help),
        )
    })?;
    Ok(GetReport {
        schema: "lockstep.state.get/1",
        key: key_report(&key, &view.names),
        value: value_report(&key, &value, &view.names),
        at: view.version,
    })
}
