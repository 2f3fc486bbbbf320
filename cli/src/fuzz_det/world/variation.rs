//! What a world changes from one execution to the next: its variations.
//!
//! They take turns in a search. `WORLD#VARIATION` names one of them, so that what it shows is looked
//! at and replayed in it alone: a [`Held`] world has that one and no other.

use std::time::Duration;

use serde::Serialize;

use super::{Answer, Cadence, World};
use crate::fuzz_det::history::History;
use crate::fuzz_det::record::Watch;
use crate::problem::Failure;

/// What stands between the name of a world and that of a variation.
pub(crate) const SEPARATOR: char = '#';

/// One of the variations of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variation {
    /// Its name, which no other variation of the world has.
    pub name: String,
    /// What is so in it, in a few words.
    pub about: String,
}

impl Variation {
    /// The variation of a world that has its turn in this round, if the world has any.
    fn of(world: &dyn World, round: usize) -> Option<Variation> {
        let mut variations = world.variations();
        let position = round.checked_rem(variations.len())?;
        Some(variations.swap_remove(position))
    }
}

/// The name of a world in this round, and what it changes.
pub(crate) fn in_round(world: &dyn World, round: usize) -> (String, String) {
    match Variation::of(world, round) {
        None => (world.name(), world.about()),
        Some(variation) => described(world, &variation),
    }
}

fn described(world: &dyn World, variation: &Variation) -> (String, String) {
    (
        format!("{}{SEPARATOR}{}", world.name(), variation.name),
        format!("{}: {}", world.about(), variation.about),
    )
}

/// A world held in one of its variations.
struct Held {
    inner: Box<dyn World>,
    name: String,
    about: String,
}

/// A world held in its variation of this name.
///
/// # Errors
/// When it has no such variation: the names of those that it has.
pub(crate) fn held(mut world: Box<dyn World>, name: &str) -> Result<Box<dyn World>, Vec<String>> {
    let variations = world.variations();
    let round = variations
        .iter()
        .position(|variation| variation.name == name);
    let Some(round) = round else {
        let names = variations.iter();
        let names = names.map(|variation| described(&*world, variation).0);
        return Err(names.collect());
    };
    world.vary(round);
    let (name, about) = described(&*world, &variations[round]);
    Ok(Box::new(Held {
        inner: world,
        name,
        about,
    }))
}

impl World for Held {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn about(&self) -> String {
        self.about.clone()
    }

    fn cadence(&self) -> Cadence {
        self.inner.cadence()
    }

    fn base_took(&mut self, time: Duration) {
        self.inner.base_took(time);
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        self.inner.execute(history, watch)
    }
}
