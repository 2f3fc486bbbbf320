//! `lockstep gas profile`: where the gas of a scenario's transactions goes, in several formats.
//!
//! `source` finds what is to be run.

mod source;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use self::source::Source;
use super::refusal::refused;
use crate::answer::Answer;
use crate::debug_info::beside;
use crate::exit::Exit;
use crate::gas_profile::{
    GAS_PROFILE_SCHEMA, GasProfile, document, folded, page, profile, speedscope, table,
};
use crate::outcome_names::status_name;
use crate::output_file::write_atomically;
use crate::output_place::{refuse_overwriting, refuse_unwritable_file};
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::report::FailedExpectation;
use crate::run::Finished;
use crate::scenario::Scenario;
use crate::suggest::listed;

/// How the profile is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sums by method, line, function, host function and storage key
    Table,
    /// One line per stack, for flame graph tools
    Folded,
    /// JSON for <https://www.speedscope.app>
    Speedscope,
    /// JSON, schema lockstep.gas-profile/1
    Json,
    /// A page with a flame graph, in one file
    Html,
}

/// The arguments.
#[derive(Debug, Args)]
pub struct ProfileArguments {
    /// A scenario (.toml), or together with --call a contract: a module (.wasm or .wat), or its
    /// name or that of its code in contracts/scenarios
    #[arg(value_name = "CONTRACT|SCENARIO")]
    target: String,
    /// The form of the result
    #[arg(long, value_enum, default_value = "table", conflicts_with = "json")]
    format: Format,
    /// The same as --format json
    #[arg(long)]
    json: bool,
    /// Write the result to this file in place of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only this transaction of the scenario, for example 2.1: block and number
    #[arg(long, value_name = "BLOCK.NUMBER")]
    transaction: Option<String>,
    /// Rows in each part of the table
    #[arg(long, default_value_t = 20)]
    top: usize,
    /// A file with names and source lines, in place of those beside the modules
    #[arg(long, value_name = "FILE")]
    debug: Option<PathBuf>,
    /// For a contract: what `init` is given, 'NAME = VALUE, ..' or '[VALUE, ..]' as in a scenario, or
    /// its bytes: 0x..
    #[arg(long, value_name = "ARGS")]
    init: Option<String>,
    /// For a contract: a method to call, METHOD, 'METHOD(NAME = VALUE, ..)' or 'METHOD([VALUE, ..])';
    /// may be repeated
    #[arg(long, value_name = "CALL")]
    call: Vec<String>,
}

impl ProfileArguments {
    fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format,
        }
    }

    /// What is to be profiled.
    fn contract(&self) -> source::Request<'_> {
        source::Request {
            target: &self.target,
            init: self.init.as_deref(),
            calls: &self.call,
        }
    }
}

/// Profiles and answers in the wanted format.
pub(super) fn profile_command(arguments: &ProfileArguments) -> Answer {
    match execute(arguments) {
        Ok(answer) => answer,
        Err(failure) => Answer::failure(arguments.format() == Format::Json, &failure),
    }
}

fn execute(arguments: &ProfileArguments) -> Result<Answer, Failure> {
    let format = arguments.format();
    let scenario = match source::find(&arguments.contract())? {
        Source::Scenario(scenario) => *scenario,
        Source::Refused(refusal) => {
            return Ok(refused(
                format == Format::Json,
                GAS_PROFILE_SCHEMA,
                &refusal,
            ));
        }
    };
    if let Some(output) = &arguments.output {
        let target = Path::new(&arguments.target);
        let modules = scenario.codes.values().map(|code| code.path.as_path());
        let sidecars = sidecars(&scenario, arguments.debug.as_deref());
        let sidecars = sidecars.iter().map(PathBuf::as_path);
        let inputs = modules.chain([target]).chain(sidecars);
        refuse_overwriting([output.as_path()], inputs)?;
        refuse_unwritable_file(output)?;
    }
    let (mut profile, finished) = profile(&scenario, arguments.debug.as_deref())?;
    let failures = failures(&profile, &finished);
    if let Some(wanted) = &arguments.transaction {
        keep_only(&mut profile, wanted)?;
    }
    let remarks = profile.remarks.concat();
    let answer = match format {
        Format::Json => Answer::new(true, &document(&profile), String::new(), Exit::Success),
        Format::Speedscope => {
            Answer::new(true, &speedscope(&profile), String::new(), Exit::Success)
        }
        Format::Table => text(table(&profile, arguments.top)),
        Format::Folded => text(folded(&profile)),
        Format::Html => text(page(&profile)),
    };
    let answer = match &arguments.output {
        None => answer,
        Some(file) => {
            write_atomically(file, answer.stdout.as_bytes())?;
            text(match format {
                // A document is all that stdout has.
                Format::Json => String::new(),
                _ => format!("wrote {}\n", file.display()),
            })
        }
    };
    let mut answer = answer.remark(remarks).remark(failures.concat());
    if !failures.is_empty() {
        answer.exit = Exit::Failed;
    }
    if finished
        .report
        .expectations_failed
        .iter()
        .any(states_success)
    {
        answer.exit = Exit::Unexpected;
    }
    Ok(answer)
}

/// The files with names and lines that a profile is made with: the one that is named, or those
/// that are found.
fn sidecars(scenario: &Scenario, named: Option<&Path>) -> Vec<PathBuf> {
    match named {
        Some(file) => vec![file.to_path_buf()],
        None => {
            let codes = scenario.codes.values();
            codes
                .filter_map(|code| beside(&code.bytes, &code.folder))
                .collect()
        }
    }
}

/// Whether a scenario says of a transaction that failed that it succeeds.
fn states_success(failed: &FailedExpectation) -> bool {
    failed.field == "status" && failed.expected == "success"
}

/// A message for each transaction that failed although nothing says that it should.
fn failures(profile: &GasProfile, finished: &Finished) -> Vec<String> {
    let stated = finished.report.expectations_failed.iter();
    let failed = finished.report.unstated_failures.iter();
    let failed = failed.chain(stated.filter(|failed| states_success(failed)));
    let messages = failed.map(|failed| {
        let mut transactions = profile.transactions.iter();
        let place = (failed.block, failed.transaction);
        let found = transactions.find(|it| (it.block, it.number) == place);
        let code = found.map(|it| format!(" (status {})", it.status.code()));
        let message = format!(
            "transaction {}.{} \"{}\" ended with {}{}",
            failed.block,
            failed.transaction,
            failed.name,
            failed.actual,
            code.unwrap_or_default(),
        );
        let help = match found {
            Some(it) => format!(
                "`lockstep explain {}` says what that means; the profile shows the gas up to there",
                status_name(it.status)
            ),
            None => "it was not included and is not in the profile".to_string(),
        };
        Problem::new(ProblemCode::UnstatedFailure, message, help).to_string()
    });
    messages.collect()
}

/// An answer that is text whatever the format is called.
fn text(text: String) -> Answer {
    Answer::new(false, &(), text, Exit::Success)
}

/// Drops all transactions but one.
fn keep_only(profile: &mut GasProfile, wanted: &str) -> Result<(), Failure> {
    let place = |block: u64, number: u64| format!("{block}.{number}");
    let all: Vec<String> = profile
        .transactions
        .iter()
        .map(|transaction| place(transaction.block, transaction.number))
        .collect();
    let transactions = &mut profile.transactions;
    transactions.retain(|transaction| place(transaction.block, transaction.number) == wanted);
    if !transactions.is_empty() {
        return Ok(());
    }
    let message = format!("no transaction {wanted} has a receipt");
    let help = format!("there are: {}", listed(&all));
    let problem = Problem::new(ProblemCode::NothingMatched, message, help);
    Err(Failure::new(Exit::NothingMatched, problem))
}
