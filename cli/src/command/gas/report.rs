//! `lockstep gas report`: what each method of each contract costs.

use std::path::PathBuf;

use clap::Args;

use super::refusal::{refusal_of, refused};
use crate::answer::Answer;
use crate::exit::Exit;
use crate::gas_report::{
    GAS_REPORT_SCHEMA, GasReportDocument, Target, of_contract, of_scenario, render,
};
use crate::module_file::read_module;
use crate::problem::Failure;

/// The arguments of `lockstep gas report`.
#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub struct ReportArguments {
    /// A scenario (.toml): all contracts in it. Or a contract: its name in scenarios, or a
    /// module (.wasm, .wat)
    #[arg(value_name = "CONTRACT|SCENARIO")]
    target: String,
    /// The scenarios in which a contract is looked for; by default all of contracts/scenarios
    #[arg(long, value_name = "SCENARIO")]
    scenario: Vec<PathBuf>,
    /// Print one JSON document (schema lockstep.gas-report/1)
    #[arg(long)]
    json: bool,
}

const ABOUT: &str = "\
min, median and max are the gas of single calls with everything that they call; the median of an\n\
even number of calls is the lower of the two in the middle. `own` is the sum without what was\n\
spent in calls to others; the shares are parts of it. Host is host functions other than storage,\n\
and the loading and instantiating of code. The sums at the end add up to the receipts.";

/// Makes the report.
pub(super) fn report(arguments: &ReportArguments) -> Answer {
    let refusal = match Target::of(&arguments.target) {
        Target::Module(path) => {
            read_module(&path, &arguments.target).and_then(|it| refusal_of(&it))
        }
        Target::Scenario(_) | Target::Name(_) => Ok(None),
    };
    match refusal {
        Ok(Some(refusal)) => return refused(arguments.json, GAS_REPORT_SCHEMA, &refusal),
        Ok(None) => {}
        Err(failure) => return Answer::failure(arguments.json, &failure),
    }
    match document(arguments) {
        Ok(document) => {
            let text = render(&document);
            let answer = Answer::new(arguments.json, &document, text, Exit::Success);
            let remarks = document.remarks.iter();
            remarks.fold(answer, |answer, remark| answer.remark(remark))
        }
        Err(failure) => Answer::failure(arguments.json, &failure),
    }
}

fn document(arguments: &ReportArguments) -> Result<GasReportDocument, Failure> {
    match Target::of(&arguments.target) {
        Target::Scenario(path) => of_scenario(&path, &arguments.scenario),
        contract => of_contract(&contract, &arguments.target, &arguments.scenario),
    }
}
