//! What each method costs, over all its calls in one or more scenarios.
//!
//! [`calls`] is the observer: it turns the machine's messages into calls, each with the gas that
//! it used itself and the gas that it used with everything it called. Own gas is counted once,
//! where it was spent, so the sum over all methods and the intrinsic gas is exactly the sum of
//! the receipts; [`GasReportDocument::check`] holds every report to that. The hottest line of each
//! method comes from a profile of the same scenario.

mod calls;
mod document;
mod render;
mod target;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockstep_gas_meter::Protocol;
use lockstep_vm::CodeCache;

use self::calls::CallCollector;
use self::document::Builder;
pub(crate) use self::document::{GAS_REPORT_SCHEMA, GasReportDocument};
pub(crate) use self::render::render;
pub(crate) use self::target::{Target, module_named};
use crate::exit::Exit;
use crate::gas_profile::profile;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::run::run_with;
use crate::scenario::{Scenario, load};
use crate::scenario_files::{named_or_all, short_name};
use crate::state::resolved;

/// The report of all contracts of one scenario.
pub(crate) fn of_scenario(path: &Path, also: &[PathBuf]) -> Result<GasReportDocument, Failure> {
    if let Some(other) = also.first() {
        let message = format!(
            "{} is a scenario itself, and --scenario names {}",
            path.display(),
            other.display()
        );
        let help = "leave out --scenario, or name a contract first";
        let problem = Problem::new(ProblemCode::GasTarget, message, help);
        return Err(Failure::new(Exit::Usage, problem));
    }
    let scenario = load(path, &path.to_string_lossy())?;
    let mut builder = Builder::new(&Protocol::v1(), &short_name(path));
    add(&mut builder, &scenario, &short_name(path), &|_| true)?;
    builder.finish()
}

/// The report of one contract over the scenarios that use it.
pub(crate) fn of_contract(
    target: &Target,
    shown: &str,
    named: &[PathBuf],
) -> Result<GasReportDocument, Failure> {
    refuse_twice(named)?;
    let mut builder = Builder::new(&Protocol::v1(), shown);
    let mut scenarios = Vec::new();
    for path in named_or_all(named)? {
        let scenario = load(&path, &path.to_string_lossy())?;
        let wanted = target.in_scenario(&scenario)?;
        if !wanted.is_nothing() {
            add(&mut builder, &scenario, &short_name(&path), &|call| {
                wanted.matches(call)
            })?;
        }
        scenarios.push(scenario);
    }
    if builder.is_without_methods() {
        let known = scenarios.iter().flat_map(target::contract_names).collect();
        return Err(target::nothing_matched(target, shown, known));
    }
    builder.finish()
}

/// Refuses a scenario that is named twice: its calls would count twice.
fn refuse_twice(named: &[PathBuf]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match named.iter().find(|path| !seen.insert(resolved(path))) {
        None => Ok(()),
        Some(path) => {
            let message = format!("--scenario names {} twice", path.display());
            let help = "name each scenario once: its calls would count twice";
            let problem = Problem::new(ProblemCode::GasTarget, message, help);
            Err(Failure::new(Exit::Usage, problem))
        }
    }
}

/// Runs a scenario and adds its calls.
fn add(
    builder: &mut Builder,
    scenario: &Scenario,
    name: &str,
    wanted: &dyn Fn(&calls::Call) -> bool,
) -> Result<(), Failure> {
    let mut collector = CallCollector::default();
    let cache = CodeCache::default();
    run_with(scenario, Protocol::v1(), cache, &mut collector)?;
    builder.scenario(name);
    let (profile, _) = profile(scenario, None)?;
    builder.places(profile.places(), &scenario.names);
    builder.remarks(profile.remarks);
    for transaction in collector.into_transactions() {
        builder.transaction(&transaction, &scenario.names, wanted);
    }
    Ok(())
}
