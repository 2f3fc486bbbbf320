//! One scenario cut down: a finding, or an entry of a corpus.
//!
//! What it shows must stay: that a world differs, or else that an invariant does not hold, or else
//! that all the edges are reached that it reaches.

use std::path::Path;

use serde::Serialize;

use super::ask::differs_in_some;
use super::base::Base;
use super::candidate::Candidate;
use super::control::Control;
use super::expected::expectations;
use super::finding_file::write_finding;
use super::invariants::cut_invariant;
use super::minimise::minimise;
use super::nested::Differing;
use super::surface::Surface;
use super::world::{EngineMaker, World, in_round};
use crate::interrupt::interrupt_failure;
use crate::problem::Failure;
use crate::scenario::Scenario;
use crate::value::counted;

/// What is left of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutReport {
    /// `lockstep.fuzz.tmin/1`.
    pub schema: &'static str,
    /// The scenario's name.
    pub name: String,
    /// What it shows, before and after.
    pub shows: String,
    /// Its transactions before.
    pub transactions_before: usize,
    /// The transactions that are left.
    pub transactions: usize,
    /// The scenario that was written.
    pub file: String,
}

/// Cuts a scenario down and writes what is left into a folder, as `NAME-min.toml`.
///
/// # Errors
/// When a world cannot be set up, the machine fails in the base world, or a file cannot be
/// written.
pub fn cut(
    scenario: &Scenario,
    (engine, worlds): (&EngineMaker, &mut [Box<dyn World>]),
    (out, name): (&Path, &str),
    control: &mut dyn Control,
) -> Result<CutReport, Failure> {
    let name = format!("{name}-min");
    let candidate = Candidate::of(scenario);
    let mut base = Base::of(scenario, engine, None);
    let based = base.run_from_genesis(&candidate)?;
    if let Some(reason) = based.execution.fatal {
        return Err(Failure::bug(format!("the machine stopped: {reason}")));
    }
    let report = |shows: String, transactions: usize, file: String| CutReport {
        schema: "lockstep.fuzz.tmin/1",
        name: scenario.name.clone(),
        shows,
        transactions_before: candidate.transactions(),
        transactions,
        file,
    };
    let surface = Surface::new(scenario, &candidate);
    surface.remarks.iter().for_each(|it| control.tell(it));
    control.tell("looking for what it shows");
    let differing = first_that_differs(&mut base, worlds, &candidate, &*control)?;
    let (shows, smallest) = match differing {
        Some((world, name, field)) => {
            let shows = format!("the world {name} differs");
            control.tell(&format!("{shows}; cutting down"));
            let judge = Differing {
                base: &mut base,
                world,
                field: &field,
                tries: &mut 0,
            };
            let smallest = minimise(&candidate, &surface, &*control, judge);
            (shows, smallest)
        }
        None => {
            if let Some(violation) = cut_invariant(scenario, engine, (out, &name), &*control)? {
                let shows = format!("{} does not hold", violation.invariant);
                let file = violation.file.unwrap_or_default();
                return Ok(report(shows, violation.transactions.len(), file));
            }
            let shows = format!("it reaches {}", counted(based.edges.len(), "edge"));
            control.tell(&format!("{shows}; cutting down"));
            let smallest = minimise(&candidate, &surface, &*control, |smaller: &Candidate| {
                let found = base.run_from_genesis(smaller);
                found.is_ok_and(|found| found.edges.is_superset(&based.edges))
            });
            (shows, smallest)
        }
    };
    let endings = base.run_from_genesis(&smallest)?.endings;
    let expected = expectations(scenario, &smallest, &endings);
    let parts = (&smallest, expected.as_slice());
    let file = write_finding(out, &name, &shows, scenario, parts)?;
    let file = file.to_string_lossy().into_owned();
    Ok(report(shows, smallest.transactions(), file))
}

/// A world in one of its variations, its name in that, and what differs there.
type Varied<'w> = (&'w mut Box<dyn World>, String, String);

/// The first world that differs about a candidate, in the variation in which it does.
fn first_that_differs<'w>(
    base: &mut Base,
    worlds: &'w mut [Box<dyn World>],
    candidate: &Candidate,
    control: &dyn Control,
) -> Result<Option<Varied<'w>>, Failure> {
    for world in worlds {
        if control.is_interrupted() {
            let message = "interrupted before it was known what the scenario shows";
            let help = "nothing was written; name the world with --worlds if you know it";
            return Err(interrupt_failure(message, help));
        }
        if let Some((round, found)) = differs_in_some(base, world, candidate)? {
            let name = in_round(&**world, round).0;
            return Ok(Some((world, name, found.field)));
        }
    }
    Ok(None)
}
