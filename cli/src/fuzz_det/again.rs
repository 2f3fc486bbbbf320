//! A finding once more: does it still differ, is it what its scenario expects, and does an invariant
//! still not hold?

use serde::Serialize;

use super::ask::differs_in_some;
use super::base::Base;
use super::candidate::Candidate;
use super::control::Control;
use super::invariants::{BrokenInvariant, broken_invariants};
use super::place;
use super::report::Place;
use super::world::{EngineMaker, World, in_round};
use crate::exit::Exit;
use crate::problem::Failure;
use crate::report::FailedExpectation;
use crate::run::unmet;
use crate::scenario::Scenario;

/// The schema of the document of `lockstep fuzz replay`.
pub(crate) const FUZZ_REPLAY_SCHEMA: &str = "lockstep.fuzz.replay/1";

/// What a finding comes to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayedFinding {
    /// `lockstep.fuzz.replay/1`.
    pub schema: &'static str,
    /// The scenario's name, or the bundle's file.
    pub name: String,
    /// Its transactions.
    pub transactions: usize,
    /// Whether an interrupt ended it before all worlds had executed it and all invariants were called.
    pub interrupted: bool,
    /// Whether there is code and no method of it was entered, so that nothing was found out about it.
    pub idle: bool,
    /// The expectations of the scenario that the base world does not meet.
    pub expectations_failed: Vec<FailedExpectation>,
    /// What each world came to that has executed it.
    pub worlds: Vec<ReplayedWorld>,
    /// The invariants that do not hold behind the transactions.
    pub broken_invariants: Vec<BrokenInvariant>,
}

/// What a world came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayedWorld {
    /// Its name; with the variation that differs, where it has several.
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
        let is_as_expected =
            self.expectations_failed.is_empty() && self.broken_invariants.is_empty();
        match (is_as_expected, self.interrupted, self.idle) {
            (false, ..) => Exit::Unexpected,
            (true, true, _) => Exit::Interrupted,
            (true, false, true) => Exit::NothingMatched,
            (true, false, false) => Exit::Success,
        }
    }
}

/// Executes a scenario in the base world, where its expectations must be met, and in these, each in
/// all of its variations and three times at least while it does not differ, and calls its invariants.
/// An interrupt ends it after the world that is under way.
///
/// # Errors
/// When a world cannot be set up, or the machine fails in the base world.
pub fn replay_finding(
    scenario: &Scenario,
    engine: &EngineMaker,
    worlds: &mut [Box<dyn World>],
    control: &mut dyn Control,
) -> Result<ReplayedFinding, Failure> {
    control.tell("executing it in the base world, and then in the others");
    let candidate = Candidate::of(scenario);
    let mut base = Base::of(scenario, engine, None);
    let based = base.run_from_genesis(&candidate)?;
    if let Some(reason) = &based.execution.fatal {
        return Err(Failure::bug(format!("the machine stopped: {reason}")));
    }
    let expectations_failed = unmet(scenario, engine())?;
    let mut replayed = Vec::with_capacity(worlds.len());
    for world in worlds {
        if control.is_interrupted() {
            break;
        }
        let found = differs_in_some(&mut base, world, &candidate)?;
        let shown = match &found {
            Some((round, _)) => in_round(&**world, *round).0,
            None => world.name(),
        };
        replayed.push(ReplayedWorld {
            world: shown,
            differs: found.is_some(),
            place: found.map(|(_, divergence)| place(scenario, &candidate, &divergence)),
            difference: None,
        });
    }
    let interrupted = control.is_interrupted();
    let broken_invariants = match interrupted {
        true => Vec::new(),
        false => broken_invariants(scenario, engine)?,
    };
    Ok(ReplayedFinding {
        schema: FUZZ_REPLAY_SCHEMA,
        interrupted,
        name: scenario.name.clone(),
        transactions: candidate.transactions(),
        idle: !scenario.codes.is_empty() && based.entered(&candidate) == 0,
        expectations_failed,
        worlds: replayed,
        broken_invariants,
    })
}
