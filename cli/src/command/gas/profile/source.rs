//! What `lockstep gas profile` runs: a scenario, or one made for a contract.
//!
//! A contract is profiled by a scenario made from the arguments: `alice` uploads it, makes one
//! contract `target` of it, and calls what `--call` names. It is given as a module, or by its name
//! or that of its code in the scenarios of `contracts/scenarios`, as `lockstep gas report` takes it.

use std::fmt::Write as _;
use std::path::Path;

use lockstep_abi::ContractAbi;
use lockstep_gas_meter::Refusal;

use crate::abi_section::AbiSection;
use crate::call::find_method;
use crate::command::gas::refusal::refusal_of;
use crate::debug_info::folder_of;
use crate::exit::Exit;
use crate::gas_report::{Target, module_named};
use crate::module_file::read_module;
use crate::printable::visible;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::{Scenario, TARGET, arguments, contract_text, from_text, load};
use crate::scenario_files::SCENARIO_FOLDER;
use crate::suggest::{did_you_mean, listed};

/// What the command line asks for.
pub(super) struct Request<'a> {
    /// A file, or the name of a contract or code.
    pub(super) target: &'a str,
    /// What `init` is given.
    pub(super) init: Option<&'a str>,
    /// The methods to call.
    pub(super) calls: &'a [String],
}

/// What can be run, or why nothing can.
pub(super) enum Source {
    Scenario(Box<Scenario>),
    Refused(Refusal),
}

/// Finds it.
///
/// # Errors
/// When there is nothing of that name, it cannot be read, or nothing says what to call.
pub(super) fn find(request: &Request<'_>) -> Result<Source, Failure> {
    match Target::of(request.target) {
        Target::Scenario(path) => scenario(request, &path),
        Target::Module(path) => contract(request, &path),
        Target::Name(name) => match module_named(&name)? {
            Ok(path) => contract(request, &path),
            Err(_) if Path::new(request.target).is_file() => {
                scenario(request, Path::new(request.target))
            }
            Err(known) => Err(nothing(request.target, &name, &known)),
        },
    }
}

fn nothing(target: &str, name: &str, known: &[String]) -> Failure {
    let message = format!(
        "no such file, and no contract or code of a scenario: {}",
        visible(&target.escape_default().to_string())
    );
    let help = match known {
        [] => format!(
            "name a .toml, .wasm or .wat, or start the command in the folder that holds \
             {SCENARIO_FOLDER}"
        ),
        known => format!("name a .toml, .wasm or .wat; {}", did_you_mean(name, known)),
    };
    let problem = Problem::new(ProblemCode::NothingMatched, message, help);
    Failure::new(Exit::NothingMatched, problem)
}

fn scenario(request: &Request<'_>, path: &Path) -> Result<Source, Failure> {
    if request.init.is_some() || !request.calls.is_empty() {
        let message = "--init and --call are for a contract, and this is a scenario";
        return Err(usage(message, "leave them out, or name a .wasm file"));
    }
    let scenario = load(path, &path.to_string_lossy())?;
    Ok(Source::Scenario(Box::new(scenario)))
}

fn contract(request: &Request<'_>, path: &Path) -> Result<Source, Failure> {
    let bytes = read_module(path, &path.to_string_lossy())?;
    if let Some(refusal) = refusal_of(&bytes)? {
        return Ok(Source::Refused(refusal));
    }
    if request.calls.is_empty() && request.init.is_none() {
        let message = format!("{} is a contract; nothing says what to run", request.target);
        return Err(usage(&message, &call_help(&bytes)));
    }
    let abi = AbiSection::of(&bytes).found();
    let text = scenario_text(path, request, abi.as_ref())?;
    let shown = "the scenario made from --init and --call";
    let scenario = from_text(text, shown, &folder_of(path))?;
    Ok(Source::Scenario(Box::new(scenario)))
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
fn scenario_text(
    file: &Path,
    request: &Request<'_>,
    abi: Option<&ContractAbi>,
) -> Result<String, Failure> {
    let mut text = contract_text(file, request.init)?;
    for call in request.calls {
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
        let method = method.trim();
        if let Some(abi) = abi {
            find_method(abi, method)?;
        }
        let target = toml::Value::from(format!("{TARGET}.{method}"));
        let args = match args {
            Some(args) => format!("args = {}\n", arguments(method, args)?),
            None => String::new(),
        };
        let _ = write!(
            text,
            "[[block.transaction]]\nfrom = \"@alice\"\ncall = {target}\n{args}",
        );
    }
    Ok(text)
}
