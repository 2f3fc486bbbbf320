//! A finding once more: does it still differ, and does an invariant still not hold?

use serde::Serialize;

use super::ask::differs;
use super::base::Base;
use super::candidate::Candidate;
use super::invariants::{BrokenInvariant, broken_invariants};
use super::place;
use super::report::Place;
use super::world::{EngineMaker, World};
use crate::exit::Exit;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// What a finding comes to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayedFinding {
    /// `lockstep.fuzz.replay/1`.
    pub schema: &'static str,
    /// The scenario's name, or the bundle's file.
    pub name: String,
    /// Its transactions.
    pub transactions: usize,
    /// What each world came to.
    pub worlds: Vec<ReplayedWorld>,
    /// The invariants that do not hold behind the transactions.
    pub broken_invariants: Vec<BrokenInvariant>,
}

/// What a world came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayedWorld {
    /// Its name.
    pub world: String,
    /// Whether it differs from the base world, or from what the bundle says.
    pub differs: bool,
    /// The first difference.
    pub place: Option<Place>,
    /// The first difference from a bundle, in words.
    pub difference: Option<String>,
}

impl ReplayedFinding {
    /// How a command that replays it ends.
    pub fn exit(&self) -> Exit {
        if self.worlds.iter().any(|world| world.differs) {
            return Exit::Mismatch;
        }
        match self.broken_invariants.is_empty() {
            true => Exit::Success,
            false => Exit::Unexpected,
        }
    }
}

/// Executes a scenario in the base world and in these, each three times while it does not differ,
/// and calls its invariants.
///
/// # Errors
/// When a world cannot be set up, or the machine fails in the base world.
pub fn replay_finding(
    scenario: &Scenario,
    engine: &EngineMaker,
    worlds: &mut [Box<dyn World>],
) -> Result<ReplayedFinding, Failure> {
    let candidate = Candidate::of(scenario);
    let mut base = Base::of(scenario, engine, None);
    if let Some(reason) = base.run_from_genesis(&candidate)?.execution.fatal {
        return Err(Failure::bug(format!("the machine stopped: {reason}")));
    }
    let mut replayed = Vec::with_capacity(worlds.len());
    for world in worlds {
        let divergence = differs(&mut base, world, &candidate)?;
        replayed.push(ReplayedWorld {
            world: world.name(),
            differs: divergence.is_some(),
            place: divergence.map(|divergence| place(scenario, &candidate, &divergence)),
            difference: None,
        });
    }
    Ok(ReplayedFinding {
        schema: "lockstep.fuzz.replay/1",
        name: scenario.name.clone(),
        transactions: candidate.transactions(),
        worlds: replayed,
        broken_invariants: broken_invariants(scenario)?,
    })
}
