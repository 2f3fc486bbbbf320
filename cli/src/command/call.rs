//! `lockstep call`: one call of a contract, after a scenario or on a state that is kept.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::answer::Answer;
use crate::call::{
    Asked, CALL_SCHEMA, CallReport, Callee, Terms, WantedCallee, help, render_call, with_call,
};
use crate::exit::Exit;
use crate::gas_report::Target;
use crate::printable::printable;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::report::FailedExpectation;
use crate::run::{EngineChoice, OneMore, after_scenario, on_state};
use crate::state::{KEPT_VERSIONS_MAX, read_state, refuse_output_inside, state_for_block};

const EXAMPLES: &str = "Examples:\n  \
    lockstep call gold --from alice -- transfer --to bob --amount 250\n  \
    lockstep call gold --from alice --dry-run -- transfer bob 250\n  \
    lockstep call contracts/artifacts/counter.wasm -- add --amount 3\n  \
    lockstep call gold -- --help";

/// The arguments of `lockstep call`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CallArguments {
    /// A contract of a scenario, the code that a scenario makes one contract of, or a module
    /// (.wasm or .wat), of which one is made for the call in memory, so not with --state
    contract: String,
    /// The method and its arguments, by name or in their order; --help lists what there is
    #[arg(last = true, value_name = "METHOD --PARAM VALUE")]
    words: Vec<String>,
    /// Who sends it
    #[arg(long, value_name = "ACCOUNT", default_value = "alice")]
    from: String,
    /// The balance that moves with it
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    value: Option<String>,
    /// The most gas it may use
    #[arg(long, value_name = "GAS", allow_negative_numbers = true)]
    gas_limit: Option<String>,
    /// The most that may be taken as storage deposit
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    deposit_limit: Option<String>,
    /// The scenario that makes the contract; those of contracts/scenarios unless stated
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// For a module: what `init` is given, 'NAME = VALUE, ..' or '[VALUE, ..]' as in a scenario, or its
    /// bytes: 0x..
    #[arg(long, value_name = "ARGS")]
    init: Option<String>,
    /// Only say what it will cost, the smallest gas limit that succeeds, how much of every limit
    /// it uses, and the keys it reads and writes; nothing is changed
    #[arg(long)]
    dry_run: bool,
    /// Make the call the next block of the state that `run --state` keeps in this directory
    #[arg(long, value_name = "DIRECTORY")]
    state: Option<PathBuf>,
    /// With --state: how many versions stay readable, the last one included [default: 128, or, where
    /// more are kept, all]
    #[arg(long, value_name = "VERSIONS", requires = "state")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(KEPT_VERSIONS_MAX)))]
    keep: Option<u32>,
    /// The engine, or several, as for `lockstep run`. The first difference between engines is
    /// written to CONTRACT-difference.bundle in the present directory
    #[arg(long, value_name = "NAME", default_value = "wasmi")]
    engine: String,
    /// Keep what native engines compile in this directory, and look there first
    #[arg(long, value_name = "FOLDER")]
    code_cache: Option<PathBuf>,
    /// Print one JSON document (schema lockstep.call/1)
    #[arg(long)]
    json: bool,
}

/// Makes the call, or shows what the contract offers.
pub fn call_command(arguments: &CallArguments) -> Answer {
    match execute(arguments) {
        Ok(answer) => answer,
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn execute(arguments: &CallArguments) -> Result<Answer, Failure> {
    let callee = Callee::find(&WantedCallee {
        contract: &arguments.contract,
        scenario: arguments.scenario.as_deref(),
        init: arguments.init.as_deref(),
        state: arguments.state.as_deref(),
    })?;
    let words = match Asked::read(&arguments.words, callee.abi.as_ref())? {
        Asked::Help(_) if arguments.json => {
            let message = "what a contract offers is shown as text, not as a document";
            let problem = Problem::new(ProblemCode::CallArguments, message, "leave --json out");
            return Err(Failure::new(Exit::Usage, problem));
        }
        Asked::Help(method) => {
            let text = help(&callee, method.as_deref())?;
            return Ok(Answer::new(false, &(), text, Exit::Success).remark(callee.remark));
        }
        Asked::Call(words) => words,
    };
    let terms = Terms {
        from: &arguments.from,
        value: arguments.value.as_deref(),
        gas_limit: arguments.gas_limit.as_deref(),
        deposit_limit: arguments.deposit_limit.as_deref(),
    };
    let scenario = with_call(&callee, terms, &words)?;
    if let (Some(directory), Some(cache)) = (&arguments.state, &arguments.code_cache) {
        refuse_output_inside(directory, cache)?;
    }
    let engines = EngineChoice::parse(&arguments.engine)?
        .with_code_cache(arguments.code_cache.as_deref())?
        .with_difference_file(difference_file(&arguments.contract));
    let dry = arguments.dry_run;
    let done = match &arguments.state {
        None => after_scenario(&scenario, &engines, dry)?,
        Some(directory) => {
            // A dry run changes nothing, not even what a crash has left.
            let store = match dry {
                true => read_state(directory)?,
                false => state_for_block(directory, arguments.keep)?,
            };
            on_state(store, &scenario, &engines, dry)?
        }
    };
    if let (Target::Module(file), Some(first)) =
        (Target::of(&arguments.contract), done.unmet_before.first())
    {
        return Err(not_made(&file, first, &done));
    }
    Ok(answer(arguments, &callee, done))
}

/// The contract of a module could not be made, so that there was nothing to call.
fn not_made(file: &Path, first: &FailedExpectation, done: &OneMore) -> Failure {
    let told = done.problems_before.first();
    let told = told.map_or("", |problem| problem.message.as_str());
    let message = format!(
        "no contract could be made of {}, so none was called: {told}",
        file.display()
    );
    let ending = first.actual.rsplit(' ').next().unwrap_or_default();
    let help = format!(
        "--init 'NAME = VALUE, ..', or 0x.. without an ABI, states what `init` is given; `lockstep \
         explain {ending}` says what that means and what to do"
    );
    let problem = Problem::new(ProblemCode::UnstatedFailure, message, help);
    Failure::new(Exit::Failed, problem)
}

/// Where the first difference between engines goes.
fn difference_file(contract: &str) -> PathBuf {
    let stem = Path::new(contract).file_stem().unwrap_or_default();
    PathBuf::from(format!("{}-difference.bundle", stem.to_string_lossy()))
}

fn answer(arguments: &CallArguments, callee: &Callee, done: OneMore) -> Answer {
    let receipt = done.transaction.receipt.as_ref();
    let ending = receipt.map(|receipt| (receipt.status.clone(), receipt.status_code));
    let problem = failed(ending, &done);
    let exit = problem.as_ref().map_or(Exit::Success, |_| Exit::Failed);
    let mut remarks = callee.remark.clone() + &done.remark;
    if let Some(first) = done.unmet_before.first() {
        let more = match done.unmet_before.len() {
            1 => String::new(),
            count => format!(", the first of {count} such"),
        };
        remarks.push_str(&format!(
            "note: in {} transaction {}.{} \"{}\" has {} {}, not {}{more}\n",
            callee.shown(),
            first.block,
            first.transaction,
            printable(&first.name),
            first.field,
            first.actual,
            first.expected,
        ));
    }
    let state = arguments.state.as_ref();
    let report = CallReport {
        schema: CALL_SCHEMA,
        scenario: callee.shown().to_string(),
        contract: callee.contract.clone(),
        code: callee.code.clone(),
        state: state.map(|directory| directory.display().to_string()),
        height: done.height,
        transaction: done.transaction,
        state_root: done.state_root,
        exit: exit.code(),
    };
    let text = render_call(&report);
    Answer::new(arguments.json, &report, text, exit)
        .remark(remarks)
        .remark(problem.map_or_else(String::new, |problem| problem.to_string()))
}

/// The problem of a call that did not succeed.
fn failed(ending: Option<(String, u16)>, done: &OneMore) -> Option<Problem> {
    let (name, message) = match (ending, &done.transaction.invalid) {
        (Some((_, 0)), _) => return None,
        (Some((name, code)), _) => {
            let message = format!("the call ended with {name} (status {code})");
            (name, message)
        }
        (None, Some(invalid)) => {
            let message = format!("the call is not included in a block: {}", invalid.message);
            (invalid.reason.clone(), message)
        }
        (None, None) => return None,
    };
    let help = format!("`lockstep explain {name}` says what that means and what to do");
    Some(Problem::new(ProblemCode::UnstatedFailure, message, help))
}
