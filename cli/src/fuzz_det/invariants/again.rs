//! The invariants behind transactions that are given, not made.

use std::path::Path;

use serde::Serialize;

use super::{Candidate, Control, Search, Violation, show};
use crate::fuzz_det::world::EngineMaker;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// An invariant that does not hold after a scenario's transactions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenInvariant {
    /// The invariant, as `@contract.method`.
    pub invariant: String,
    /// What it came to: `false`, or the status of the call.
    pub came_to: String,
}

/// Every invariant that does not hold after a scenario's transactions.
///
/// # Errors
/// When the machine fails, or an invariant was not called.
pub(crate) fn broken_invariants(
    scenario: &Scenario,
    engine: &EngineMaker,
) -> Result<Vec<BrokenInvariant>, Failure> {
    let mut search = Search::new(scenario, engine, None);
    let candidate = Candidate::of(scenario);
    let (_, based) = search.run_checked(&candidate)?;
    let told = search.told(&based)?;
    let calls = search.invariants.iter().zip(told);
    let found = calls.filter_map(|(invariant, told)| {
        Some(BrokenInvariant {
            invariant: show(scenario, invariant),
            came_to: told.broken()?,
        })
    });
    Ok(found.collect())
}

/// Cuts a scenario down that breaks an invariant and writes it into a folder by a name; nothing when
/// all hold.
///
/// # Errors
/// When the machine fails, an invariant was not called, or a file cannot be written.
pub(crate) fn cut_invariant(
    scenario: &Scenario,
    engine: &EngineMaker,
    (out, name): (&Path, &str),
    control: &dyn Control,
) -> Result<Option<Violation>, Failure> {
    let mut search = Search::new(scenario, engine, None);
    let candidate = Candidate::of(scenario);
    search.name = Some(name.to_string());
    let Some(position) = search.check(&candidate)?.1 else {
        return Ok(None);
    };
    let violation = search.explain((&candidate, position), Some(out), control)?;
    match search.unwritten {
        Some(failure) => Err(failure),
        None => Ok(Some(violation)),
    }
}
