//! The cost of reaching a place: the least, and the most as a sum of quantities.
//!
//! All sums saturate. A sum at the greatest number is above the gas of any transaction, which the
//! answer treats as no bound at all; a least cost that saturates is too low, which is sound.

use std::collections::BTreeMap;

use super::answer::{Quantity, Term};
use super::notes::Notes;
use super::range::Range;

/// Quantities that are never greater than this are counted at their greatest.
const UNITS_COUNTED_MAX: u64 = 4_096;

/// The most quantities of one cost; more are all counted at their greatest, so that the work for a
/// step is bounded.
const QUANTITIES_MAX: usize = 64;

/// What one quantity adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Share {
    per_unit: u64,
    quantity_max: u64,
}

impl Share {
    /// The gas when the quantity is at its greatest.
    const fn most(self) -> u64 {
        self.per_unit.saturating_mul(self.quantity_max)
    }
}

/// The least and the most gas of all ways to a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    least: u64,
    base: u64,
    shares: BTreeMap<Quantity, Share>,
    /// What all `memory.grow` that succeed cost together, however many they are: pages of a
    /// memory are not grown twice.
    growth: Option<Share>,
}

/// So many units: how many at least and at most, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) least: u64,
    pub(super) most: u64,
    /// What bounds them from above: they are at most `quantity / divisor + extra`.
    pub(super) quantity: Quantity,
    /// The quantity is never greater.
    pub(super) quantity_max: u64,
    /// At least 1.
    pub(super) divisor: u64,
    /// Whole units.
    pub(super) extra: u64,
}

impl Units {
    /// Units that the quantity itself counts.
    pub(super) fn counted(range: Range, quantity: Quantity) -> Units {
        Units {
            least: range.low,
            most: range.high,
            quantity,
            quantity_max: range.high,
            divisor: 1,
            extra: 0,
        }
    }
}

impl Cost {
    /// A cost that is always the same.
    pub(super) fn fixed(gas: u64) -> Cost {
        Cost {
            least: gas,
            base: gas,
            ..Cost::default()
        }
    }

    /// A `memory.grow` that succeeds, at this price for a page.
    pub(super) fn of_growth(price: u64, pages_max: u64) -> Cost {
        let growth = Share {
            per_unit: price,
            quantity_max: pages_max,
        };
        Cost {
            growth: Some(growth),
            ..Cost::default()
        }
    }

    /// So many units at this price.
    pub(super) fn of_units(price: u64, units: Units) -> Cost {
        let least = price.saturating_mul(units.least);
        if price == 0 || units.most <= UNITS_COUNTED_MAX || units.least == units.most {
            return Cost {
                least,
                base: price.saturating_mul(units.most),
                ..Cost::default()
            };
        }
        let share = Share {
            per_unit: price.div_ceil(units.divisor.max(1)),
            quantity_max: units.quantity_max,
        };
        Cost {
            least,
            base: price.saturating_mul(units.extra),
            shares: BTreeMap::from([(units.quantity, share)]),
            growth: None,
        }
    }

    /// Adds what is always the same.
    pub(super) fn add_fixed(&mut self, gas: u64) {
        self.least = self.least.saturating_add(gas);
        self.base = self.base.saturating_add(gas);
    }

    /// Adds another cost: one after the other.
    pub(super) fn add(&mut self, other: &Cost) {
        self.least = self.least.saturating_add(other.least);
        self.base = self.base.saturating_add(other.base);
        for (quantity, share) in &other.shares {
            let own = self.shares.entry(*quantity).or_insert(Share {
                per_unit: 0,
                quantity_max: 0,
            });
            own.per_unit = own.per_unit.saturating_add(share.per_unit);
            own.quantity_max = own.quantity_max.max(share.quantity_max);
        }
        self.growth = self.growth.max(other.growth);
        self.bound_quantities();
    }

    /// Counts all quantities at their greatest when they are many.
    fn bound_quantities(&mut self) {
        if self.shares.len() > QUANTITIES_MAX {
            self.base = self.most_each_time();
            self.shares.clear();
        }
    }

    /// One or the other.
    pub(super) fn join(&mut self, other: &Cost) {
        self.least = self.least.min(other.least);
        self.base = self.base.max(other.base);
        for (quantity, share) in &other.shares {
            let own = self.shares.entry(*quantity).or_insert(*share);
            own.per_unit = own.per_unit.max(share.per_unit);
            own.quantity_max = own.quantity_max.max(share.quantity_max);
        }
        self.growth = self.growth.max(other.growth);
        self.bound_quantities();
    }

    /// The same without a least cost.
    pub(super) fn without_least(mut self) -> Cost {
        self.least = 0;
        self
    }

    /// This cost, once for each unit. A product of two quantities is not linear: then each inner
    /// one is counted at its greatest, and noted.
    pub(super) fn repeated(&self, units: Units, notes: &mut Notes) -> Cost {
        let least = self.least.saturating_mul(units.least);
        let counted = units.most <= UNITS_COUNTED_MAX || units.least == units.most;
        let mut product = if counted {
            let mut product = Cost::fixed(self.base.saturating_mul(units.most));
            for (quantity, share) in &self.shares {
                let per_unit = share.per_unit.saturating_mul(units.most);
                product
                    .shares
                    .insert(*quantity, Share { per_unit, ..*share });
            }
            product
        } else {
            notes.multiplied.extend(self.shares.keys());
            Cost::of_units(self.most_each_time(), units)
        };
        product.least = least;
        product.growth = self.growth;
        product
    }

    /// The cost when every quantity is at its greatest.
    pub(super) fn most(&self) -> u64 {
        let growth = self.growth.map_or(0, Share::most);
        self.most_each_time().saturating_add(growth)
    }

    /// The same without what is paid once, however often this is repeated.
    fn most_each_time(&self) -> u64 {
        self.shares
            .values()
            .fold(self.base, |sum, share| sum.saturating_add(share.most()))
    }

    /// The only cost there is, if there is only one.
    pub(super) fn exact(&self) -> Option<u64> {
        (self.shares.is_empty() && self.growth.is_none() && self.least == self.base)
            .then_some(self.base)
    }

    /// The cost without quantities.
    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// What the quantities add.
    pub(super) fn terms(&self) -> Vec<Term> {
        let term = |(quantity, share): (&Quantity, &Share)| Term {
            per_unit: share.per_unit,
            quantity: *quantity,
            quantity_max: share.quantity_max,
        };
        let growth = (Quantity::Growth, self.growth);
        let growth = growth.1.iter().map(|share| (&growth.0, share));
        growth.chain(&self.shares).map(term).collect()
    }
}
