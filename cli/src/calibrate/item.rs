//! What was measured about one thing that has a price.
//!
//! An [`Item`] is an operator class, a host function, or another step that is paid for. It has a
//! price per occurrence (`base`), often one per unit (`unit`: a byte, a page), and
//! [`Observation`]s: how long it took in one context at one size. What it costs in gas follows
//! from the prices, so one set of observations can be held against any schedule.

use super::fit::{Line, line};
use super::prices::Prices;

/// How hard a context tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// What code does: operands in cache, branches that can be predicted.
    Ordinary,
    /// What an attacker does: cache misses, mispredicted branches, paths made deep on purpose.
    Hostile,
}

/// One measurement.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    /// Under what circumstances.
    pub(crate) context: String,
    /// Whether they are meant to hurt.
    pub(crate) care: Care,
    /// How many units.
    pub(crate) units: f64,
    /// What else was paid for within: prices and how often.
    pub(crate) also: Vec<(String, f64)>,
    /// Nanoseconds of one occurrence, all units included.
    pub(crate) ns: f64,
}

/// Something that is priced, and all observations of it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// What it is called in the report.
    pub(crate) name: String,
    /// The price of each occurrence, as a path in the schedule.
    pub(crate) base: Option<String>,
    /// The price of each unit.
    pub(crate) unit: Option<String>,
    /// The measurements.
    pub(crate) observations: Vec<Observation>,
}

impl Item {
    /// An item without observations.
    pub(crate) fn new(name: impl Into<String>, base: Option<&str>, unit: Option<&str>) -> Item {
        Item {
            name: name.into(),
            base: base.map(str::to_owned),
            unit: unit.map(str::to_owned),
            observations: Vec::new(),
        }
    }

    /// The gas that an occurrence costs.
    pub(crate) fn gas(&self, observation: &Observation, prices: &Prices) -> f64 {
        let price = |path: &Option<String>| path.as_ref().map_or(0.0, |path| prices.get(path));
        price(&self.base) + price(&self.unit) * observation.units + also(observation, prices)
    }

    /// The observation with the most nanoseconds per gas, and how many those are.
    pub(crate) fn worst(&self, prices: &Prices) -> Option<(&Observation, f64)> {
        self.observations
            .iter()
            .map(|seen| (seen, seen.ns / self.gas(seen, prices).max(1.0)))
            .max_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// The names of the contexts in the order of their first observation.
    pub(crate) fn contexts(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for seen in &self.observations {
            if !names.contains(&seen.context.as_str()) {
                names.push(&seen.context);
            }
        }
        names
    }

    /// The observations of one context.
    pub(crate) fn of_context<'i>(
        &'i self,
        context: &'i str,
    ) -> impl Iterator<Item = &'i Observation> {
        self.observations
            .iter()
            .filter(move |seen| seen.context == context)
    }

    /// The line through one context's observations, in nanoseconds over units. A single size
    /// gives a constant.
    pub(crate) fn line(&self, context: &str) -> Line {
        let points: Vec<(f64, f64)> = self
            .of_context(context)
            .map(|seen| (seen.units, seen.ns))
            .collect();
        line(&points)
    }
}

/// The gas of what else was paid for.
fn also(observation: &Observation, prices: &Prices) -> f64 {
    observation
        .also
        .iter()
        .map(|(path, count)| prices.get(path) * count)
        .sum()
}
