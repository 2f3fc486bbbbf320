//! How often a counted loop can go back to its head.
//!
//! A loop counts when a local grows (or shrinks) by the same number on every way back to the head,
//! and a comparison of that local with something that does not change holds on every one of them.
//! In the j-th repeat the compared number is `start + j * step` in the arithmetic of its width;
//! the loop goes back as long as the comparison holds, so the first j for which it does not is a
//! bound. The rules below give that j, or nothing when the number may step over its end or past the
//! greatest number, where it would start again.
//!
//! Loads and stores count as comparisons too: an address outside the memory traps, so a loop that
//! walks through the memory ends at its end.

use super::range::{Range, Width, signed};
use super::value::{Fact, Relation, Value};

/// A counter and what it is compared with, on every way back to the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counter {
    /// The comparison that holds: of the counter with the end (or swapped).
    pub(super) relation: Relation,
    /// Whether the counter is on the right.
    pub(super) swapped: bool,
    pub(super) width: Width,
    /// The compared number in the first repeat.
    pub(super) start: Range,
    /// What it is compared with.
    pub(super) end: Range,
    /// `end - start` in the width.
    pub(super) ahead: Range,
    /// `start - end` in the width.
    pub(super) behind: Range,
    /// What is added each time, in the width.
    pub(super) step: u64,
    /// Whether the counter is known to be far below the greatest number whenever it is compared,
    /// because it is an address that was accessed.
    pub(super) guarded: bool,
}

/// How often the comparison can hold in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trips {
    /// At most so often.
    pub(super) most: u64,
    /// Exactly so often.
    pub(super) exact: bool,
    /// The distance that `most` was computed from, if it is one.
    pub(super) distance: Option<Distance>,
}

/// What a bound was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Distance {
    /// `end - start`, plus this number.
    Ahead(u64),
    /// `start - end`, plus this number.
    Behind(u64),
}

/// Distances below this are small beside the size of a memory and of a number.
pub(super) const SMALL: u64 = 1 << 20;

impl Counter {
    /// The bound, if the comparison gives one.
    pub(super) fn trips(&self) -> Option<Trips> {
        let modulus = i128::from(self.width.most()).saturating_add(1);
        let step = signed(self.step, self.width);
        if step == 0 {
            return None;
        }
        let size = u64::try_from(step.unsigned_abs()).ok()?;
        match (self.relation, self.swapped, step > 0) {
            (Relation::Equal, ..) => at_most(1),
            (Relation::Unequal, _, true) => to_meet(self.ahead, size, Distance::Ahead(0)),
            (Relation::Unequal, _, false) => to_meet(self.behind, size, Distance::Behind(0)),
            (Relation::Below, false, true) => self.up(0, size, modulus),
            (Relation::AtMost, false, true) => self.up(1, size, modulus),
            (Relation::Below, true, false) => self.down(0, size),
            (Relation::AtMost, true, false) => self.down(1, size),
            (Relation::Below, false, false) => self.under(0, size, modulus),
            (Relation::AtMost, false, false) => self.under(1, size, modulus),
            (Relation::SignedBelow, false, true) => self.signed_up(0, size),
            (Relation::SignedAtMost, false, true) => self.signed_up(1, size),
            (Relation::SignedBelow, true, false) => self.signed_down(0, size),
            (Relation::SignedAtMost, true, false) => self.signed_down(1, size),
            // It counts away from its end.
            _ => None,
        }
    }

    /// Up to the end, unsigned: `start < end + more`.
    fn up(&self, more: u64, size: u64, modulus: i128) -> Option<Trips> {
        let end = i128::from(self.end.high).checked_add(i128::from(more))?;
        let stays = end.checked_sub(1)?.checked_add(i128::from(size))? < modulus;
        let known = self.start.low == self.start.high && self.end.low == self.end.high;
        let near = self.ahead.high.checked_add(more);
        let by_distance = || {
            let distance = near.filter(|near| i128::from(*near) < modulus)?;
            Some(Trips {
                most: distance.div_ceil(size),
                exact: false,
                distance: Some(Distance::Ahead(more)),
            })
        };
        if stays {
            let far = end.checked_sub(i128::from(self.start.low))?.max(0);
            let most = u64::try_from(far).ok()?.div_ceil(size);
            let by_range = Trips {
                most,
                exact: known,
                distance: None,
            };
            return Some(match by_distance() {
                Some(near) if !known && near.most <= most => near,
                _ => by_range,
            });
        }
        // Nothing wraps while the counter is an address within the memory, and the step is small.
        if self.guarded && size <= SMALL {
            return by_distance();
        }
        None
    }

    /// Down to the end, unsigned: `end < start + more`.
    fn down(&self, more: u64, size: u64) -> Option<Trips> {
        let end = self.end.low.checked_sub(more)?;
        if size > end.checked_add(1)? {
            return None;
        }
        let known = self.start.low == self.start.high && self.end.low == self.end.high;
        let most = self.start.high.saturating_sub(end).div_ceil(size);
        let near = self
            .behind
            .high
            .checked_add(more)
            .map(|near| near.div_ceil(size));
        if !known && near.is_some_and(|near| near <= most) {
            return Some(Trips {
                most: near?,
                exact: false,
                distance: Some(Distance::Behind(more)),
            });
        }
        Some(Trips {
            most,
            exact: known,
            distance: None,
        })
    }

    /// Down below an end, unsigned: ends when it wraps to numbers that are not below.
    fn under(&self, more: u64, size: u64, modulus: i128) -> Option<Trips> {
        let end = i128::from(self.end.high).checked_add(i128::from(more))?;
        if modulus.checked_sub(i128::from(size))? < end {
            return None;
        }
        let last = u64::try_from(end.checked_sub(1)?).ok()?;
        at_most(
            self.start
                .high
                .min(last)
                .checked_div(size)?
                .checked_add(1)?,
        )
    }

    /// Up to the end, signed.
    fn signed_up(&self, more: u64, size: u64) -> Option<Trips> {
        let greatest = i128::from(self.width.sign()).saturating_sub(1);
        let (low, _) = self.start.signed(self.width);
        let end = self
            .end
            .signed(self.width)
            .1
            .checked_add(i128::from(more))?;
        if end.checked_sub(1)?.checked_add(i128::from(size))? > greatest {
            return None;
        }
        self.far(end.checked_sub(low)?, size)
    }

    /// Down to the end, signed.
    fn signed_down(&self, more: u64, size: u64) -> Option<Trips> {
        let least = 0_i128.checked_sub(i128::from(self.width.sign()))?;
        let (_, high) = self.start.signed(self.width);
        let end = self
            .end
            .signed(self.width)
            .0
            .checked_sub(i128::from(more))?;
        if end.checked_add(1)?.checked_sub(i128::from(size))? < least {
            return None;
        }
        self.far(high.checked_sub(end)?, size)
    }

    /// So far in steps of a size.
    fn far(&self, distance: i128, size: u64) -> Option<Trips> {
        let known = self.start.low == self.start.high && self.end.low == self.end.high;
        Some(Trips {
            most: u64::try_from(distance.max(0)).ok()?.div_ceil(size),
            exact: known,
            distance: None,
        })
    }
}

/// A bound and nothing more.
const fn at_most(most: u64) -> Option<Trips> {
    Some(Trips {
        most,
        exact: false,
        distance: None,
    })
}

/// Until the counter meets its end exactly. Steps of 1 always do, others when the distance is
/// known to be a multiple.
fn to_meet(distance: Range, size: u64, from: Distance) -> Option<Trips> {
    let known = distance.low == distance.high;
    let meets = size == 1 || (known && distance.high.checked_rem(size)? == 0);
    meets.then_some(Trips {
        most: distance.high.checked_div(size)?,
        exact: known,
        distance: Some(from),
    })
}

/// The comparison that an access at an address is, when all that traps is left out.
pub(super) fn access(address: Value, memory_bytes: u64, above: u64) -> Option<Fact> {
    let room = memory_bytes.checked_sub(above)?.checked_add(1)?;
    Some(Fact {
        relation: Relation::Below,
        left: address,
        right: Value::constant(room, Width::W32),
    })
}
