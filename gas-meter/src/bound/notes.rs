//! What the analysis remembers about a function besides its cost.

use std::collections::BTreeSet;

use super::answer::{Cause, Quantity};

/// Things that hold for every way through a function and the functions that it calls.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// What has no bound.
    pub(super) causes: BTreeSet<Cause>,
    /// Quantities that were counted at their greatest because they are multiplied by others.
    pub(super) multiplied: BTreeSet<Quantity>,
    /// Whether contracts may be called, made or upgraded.
    pub(super) calls_contracts: bool,
}

impl Notes {
    /// Adds what was noted elsewhere.
    pub(super) fn take_over(&mut self, other: &Notes) {
        self.causes.extend(other.causes.iter().cloned());
        self.multiplied.extend(&other.multiplied);
        self.calls_contracts |= other.calls_contracts;
    }
}
