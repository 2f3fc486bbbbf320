//! `lockstep fuzz show`: the transactions of a finding for people.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::replay::is_bundle;
use crate::answer::Answer;
use crate::exit::Exit;
use crate::fuzz_det::{ShownFinding, show_bundle, show_scenario};
use crate::module_file::read_bundle;
use crate::printable::printable;
use crate::problem::Failure;
use crate::scenario::load;
use crate::value::grouped;

/// The arguments.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// The finding: a scenario (.toml) or a bundle (.bundle)
    file: PathBuf,
    /// Print one JSON document (schema lockstep.fuzz.show/1)
    #[arg(long)]
    json: bool,
}

/// Shows the finding.
pub(super) fn show(arguments: &ShowArguments) -> Answer {
    match execute(arguments) {
        Ok(shown) => Answer::new(arguments.json, &shown, text(&shown), Exit::Success),
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &ShowArguments) -> Result<ShownFinding, Failure> {
    let file = &arguments.file;
    let name = file.to_string_lossy();
    if is_bundle(file) {
        return show_bundle(&read_bundle(file, &name)?, &name);
    }
    show_scenario(&load(file, &name)?)
}

fn text(shown: &ShownFinding) -> String {
    let (name, about) = (printable(&shown.name), printable(&shown.about));
    let mut text = format!("{name}: {about}\n");
    // Writing to a String cannot fail.
    for transaction in &shown.transactions {
        let (block, number) = (transaction.block, transaction.number);
        let _ = writeln!(
            text,
            "\n{block}.{number}  {}: {}",
            transaction.from, transaction.action
        );
        if transaction.value != "0" {
            let _ = writeln!(text, "     value {}", transaction.value);
        }
        let gas = match transaction.gas_used {
            Some(gas) => format!("{} of ", grouped(gas)),
            None => String::new(),
        };
        let limit = grouped(transaction.gas_limit);
        let _ = writeln!(text, "     {}, gas {gas}{limit}", transaction.came_to);
        if let Some(output) = &transaction.output {
            let _ = writeln!(text, "     output {output}");
        }
    }
    text
}
