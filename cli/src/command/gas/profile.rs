//! `lockstep gas profile`: where the gas of a scenario's transactions goes, in several formats.
//!
//! A contract without a scenario is profiled by a scenario made from the arguments: `alice`
//! uploads it, makes one contract `target` of it, and calls what `--call` names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::abi_section::AbiSection;
use crate::answer::Answer;
use crate::debug_info::folder_of;
use crate::exit::Exit;
use crate::gas_profile::{GasProfile, document, folded, page, profile, speedscope, table};
use crate::module_file::read_module;
use crate::output_file::write_atomically;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::{Scenario, from_text, load};
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
    /// A scenario (.toml), or a contract (.wasm or .wat) together with --call
    file: PathBuf,
    /// The form of the result
    #[arg(long, value_enum, default_value = "table")]
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
    /// For a contract: what `init` is given, as in a scenario's args
    #[arg(long, value_name = "ARGS")]
    init: Option<String>,
    /// For a contract: a method to call, METHOD or 'METHOD(ARGS)'; may be repeated
    #[arg(long, value_name = "CALL")]
    call: Vec<String>,
}

/// Profiles and answers in the wanted format.
pub(super) fn profile_command(arguments: &ProfileArguments) -> Answer {
    match execute(arguments) {
        Ok(answer) => answer,
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &ProfileArguments) -> Result<Answer, Failure> {
    let scenario = scenario(arguments)?;
    let (mut profile, _) = profile(&scenario, arguments.debug.as_deref())?;
    if let Some(wanted) = &arguments.transaction {
        keep_only(&mut profile, wanted)?;
    }
    let remarks = profile.remarks.concat();
    let format = if arguments.json {
        Format::Json
    } else {
        arguments.format
    };
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
            text(String::new()).remark(format!("written: {}\n", file.display()))
        }
    };
    Ok(answer.remark(remarks))
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
    let problem = Problem::new(ProblemCode::NothingToProfile, message, help);
    Err(Failure::new(Exit::Usage, problem))
}

fn scenario(arguments: &ProfileArguments) -> Result<Scenario, Failure> {
    let file = &arguments.file;
    let shown = file.to_string_lossy();
    let is_module = file
        .extension()
        .is_some_and(|extension| extension == "wasm" || extension == "wat");
    if !is_module {
        if arguments.init.is_some() || !arguments.call.is_empty() {
            let message = "--init and --call are for a contract, and this is a scenario";
            return Err(usage(message, "leave them out, or name a .wasm file"));
        }
        return load(file, &shown);
    }
    let bytes = read_module(file, &shown)?;
    if arguments.call.is_empty() && arguments.init.is_none() {
        let message = format!("{shown} is a contract; nothing says what to run");
        return Err(usage(&message, &call_help(&bytes)));
    }
    let text = scenario_text(file, arguments)?;
    from_text(
        text,
        "the scenario made from --init and --call",
        &folder_of(file),
    )
}

fn usage(message: &str, help: &str) -> Failure {
    let problem = Problem::new(ProblemCode::NothingToProfile, message, help);
    Failure::new(Exit::Usage, problem)
}

/// How to call the contract's methods.
fn call_help(bytes: &[u8]) -> String {
    let methods: Vec<String> = match AbiSection::of(bytes).found() {
        Some(abi) => abi
            .methods
            .iter()
            .map(|method| {
                let params: Vec<&str> = method
                    .params
                    .iter()
                    .map(|param| param.name.as_str())
                    .collect();
                format!("{}({})", method.name, params.join(", "))
            })
            .collect(),
        None => Vec::new(),
    };
    let help =
        "name a scenario, or add --init 'NAME = VALUE, ..' and --call 'METHOD(NAME = VALUE, ..)'";
    match methods.is_empty() {
        true => help.to_string(),
        false => format!("{help}; there are: {}", listed(&methods)),
    }
}

/// A scenario that uploads the contract, makes it, and calls what was asked for.
fn scenario_text(file: &Path, arguments: &ProfileArguments) -> Result<String, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = toml::Value::from(name.into_owned());
    let mut text = format!(
        "schema = \"lockstep.scenario/1\"\nname = {name}\n\
         [accounts]\nalice = \"1_000_000_000_000_000_000\"\nbob = \"1_000_000_000_000_000_000\"\n\
         [code]\ntarget = {name}\n[[block]]\n"
    );
    let mut transaction = |action: &str, args: Option<&str>| {
        let args = args.map(|args| format!("args = {{ {args} }}\n"));
        let _ = write!(
            text,
            "[[block.transaction]]\nfrom = \"@alice\"\n{action}\n{}",
            args.unwrap_or_default(),
        );
    };
    transaction("upload = \"target\"", None);
    transaction(
        "instantiate = \"target\"\nas = \"target\"",
        arguments.init.as_deref(),
    );
    for call in &arguments.call {
        let (method, args) = match call.split_once('(') {
            None => (call.as_str(), None),
            Some((method, rest)) => match rest.trim_end().strip_suffix(')') {
                Some(args) => (method, Some(args).filter(|args| !args.trim().is_empty())),
                None => {
                    let message = format!("--call {call} has no closing parenthesis");
                    return Err(usage(&message, "write --call 'METHOD(NAME = VALUE, ..)'"));
                }
            },
        };
        let target = toml::Value::from(format!("target.{}", method.trim()));
        transaction(&format!("call = {target}"), args);
    }
    Ok(text)
}
