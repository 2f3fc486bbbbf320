//! How much a run can do before it is seen that its gas has run out.
//!
//! The plan looks at the counter where code repeats or calls, and a function may be long, and its
//! fixed loops longer. So every function that is no leaf is gone through once more, along all ways
//! at once, with the most that was charged since the counter was last known not to be below 0; what
//! was charged is what may run. Where that would become too much, a charge is made to look, or, in
//! front of a call and at the end, a look is inserted:
//!
//! ```text
//!                         unpaid                         unpaid
//! charge 9,000             9,000    charge 9,000           9,000
//! if                                if
//!   charge 9,000          18,000      charge 9,000, look       0
//! end                     18,000    end                    9,000
//! charge 9,000            27,000    charge 9,000, look         0
//! ```
//!
//! What is unpaid goes on into callees and comes back with them:
//!
//! - a leaf looks nowhere, so all that it may charge is added behind the call;
//! - what may be unpaid behind a call of any other function is what may be at the callee's end, and
//!   the function looks when it is entered;
//! - where calls go in circles that would be known only when it is known. So [`CIRCLE_GAS_MAX`]
//!   counts as unpaid wherever such a function begins, and behind each recursive call; and on every
//!   way from there to its end, or to the next call that relies on its caller to look, it adds no
//!   more than [`FRAME_GAS_MAX`] without a look. Each of these calls was paid, in a charge that
//!   looked.
//!
//! A loop looks each time it goes round. When it does so at its head, nothing is unpaid there. A
//! loop that turns looks where it goes back or in front of that; what is charged behind that look,
//! and ahead of it, is bounded by [`AHEAD_GAS_MAX`].

use super::groups::{AHEAD_GAS_MAX, DOOMED_GAS_MAX, Groups, LEAF_GAS_MAX, Site};
use crate::analysis::{Analysis, Block, Callee, Cause, Event, Point};
use crate::prepared::InternalError;

/// The most that may be charged without a look, but for what is added in circles of calls. It takes
/// some ten microseconds, and what can lead to it once more costs about as much: a call from contract
/// to contract.
pub(super) const UNPAID_GAS_MAX: u64 = 1 << 14;

/// What counts as unpaid where a function begins that can be called again while it runs, and behind
/// a recursive call.
const CIRCLE_GAS_MAX: u64 = 1 << 13;

/// The most that such a function adds to it by each call, without a look.
pub(super) const FRAME_GAS_MAX: u64 = 64;

/// Where to look at the counter besides, and what is unpaid then.
#[derive(Debug, Default)]
pub(super) struct Unpaid {
    /// The places: offset, and how many blocks are open there.
    pub(super) looks: Vec<(usize, u32)>,
    /// The most that is unpaid when the function returns.
    pub(super) at_end: u64,
    /// The most that is unpaid anywhere.
    pub(super) most: u64,
}

/// What is known at a place.
#[derive(Clone, Copy)]
struct Here {
    /// The most that is unpaid.
    gas: u64,
    /// The group that was charged last on every way here, if it can look and nothing was unpaid
    /// but by charges since.
    last: Option<usize>,
}

/// A block that is open.
struct Open {
    /// Whether branches lead to its head.
    is_loop: bool,
    /// What holds on the ways to its end; `None` when there is none.
    end: Option<Here>,
    /// What holds where it opens, of an `if` without `else` so far.
    skipped: Option<Here>,
}

/// The way through a function.
struct Way<'w> {
    groups: &'w mut Groups,
    /// The next group.
    group: usize,
    /// The next call.
    site: usize,
    circle: bool,
    /// The blocks that are open; the first is the function.
    open: Vec<Open>,
    /// `None` where no way leads.
    here: Option<Here>,
    /// Up to this offset the counter may be below 0 for what is paid ahead.
    ahead_until: usize,
    unpaid: Unpaid,
}

/// Makes charges of a function look at the counter where too much would be unpaid, and finds where
/// to look besides. The function is no leaf, and its groups are final. `entered` says whether it
/// relies on whoever calls it to look, `circle` whether it can be called again while it runs.
///
/// # Errors
/// Only a mistake in this crate.
pub(super) fn bound_unpaid(
    analysis: &Analysis,
    groups: &mut Groups,
    (entered, circle): (bool, bool),
) -> Result<Unpaid, InternalError> {
    let start = Here {
        gas: if entered { CIRCLE_GAS_MAX } else { 0 },
        last: None,
    };
    let mut way = Way {
        groups,
        group: 0,
        site: 0,
        circle,
        open: vec![Open {
            is_loop: false,
            end: None,
            skipped: None,
        }],
        here: Some(start),
        ahead_until: 0,
        unpaid: Unpaid::default(),
    };
    for point in &analysis.points {
        way.pass(point, &analysis.targets)?;
    }
    if circle {
        way.unpaid.at_end = way.unpaid.at_end.max(CIRCLE_GAS_MAX);
    }
    Ok(way.unpaid)
}

impl Way<'_> {
    /// Goes past a point.
    fn pass(&mut self, point: &Point, targets: &[u32]) -> Result<(), InternalError> {
        match point.event {
            Event::Segment { cause, .. } => self.charge(cause, point),
            Event::Open(block) => {
                let skipped = self.here.filter(|_| block == Block::If);
                let is_loop = matches!(block, Block::Loop { .. });
                self.open.push(Open {
                    is_loop,
                    end: None,
                    skipped,
                });
            }
            Event::Else => {
                let here = self.here.take();
                let frame = self.open.last_mut().ok_or_else(unopened)?;
                frame.end = either(frame.end, here);
                self.here = frame.skipped.take();
            }
            Event::End => {
                let frame = self.open.pop().ok_or_else(unopened)?;
                self.here = either(either(self.here, frame.end), frame.skipped);
                if self.open.is_empty() {
                    self.leave(point);
                }
            }
            Event::Branch(target) => {
                self.go(target, point)?;
                self.here = None;
            }
            Event::BranchIf(target) => self.go(target, point)?,
            Event::BranchTable { first, count } => {
                let range = usize::try_from(first).ok().zip(usize::try_from(count).ok());
                let targets = range.and_then(|(first, count)| targets.get(first..)?.get(..count));
                for target in targets.unwrap_or_default() {
                    self.go(*target, point)?;
                }
                self.here = None;
            }
            Event::Return => {
                self.leave(point);
                self.here = None;
            }
            Event::Unreachable => self.here = None,
            Event::Call(callee) => self.call(callee, point),
            Event::Pages | Event::Bytes | Event::Apart => {}
        }
        Ok(())
    }

    /// A segment begins, and with it the next group if it is its first.
    fn charge(&mut self, cause: Cause, point: &Point) {
        let Some(group) = self.groups.groups.get_mut(self.group) else {
            return;
        };
        let Some(here) = self.here.filter(|_| group.at == point.at) else {
            return;
        };
        let position = self.group;
        self.group = position.saturating_add(1);
        let before = match cause {
            // It turns.
            Cause::LoopHead if !group.check => here.gas.max(2 * AHEAD_GAS_MAX),
            _ => here.gas,
        };
        let cost = group.cost.saturating_sub(group.back);
        let sum = before.saturating_add(cost);
        // Between a charge ahead and its loop's branch back nothing can look.
        let can_look = point.at >= self.ahead_until && cost > 0;
        group.check |= can_look && sum > UNPAID_GAS_MAX;
        if group.check {
            self.ahead_until = group.ahead_until;
        }
        let gas = match cause {
            _ if !group.check => sum,
            // It may be paid two runs at a time.
            Cause::LoopHead => cost.min(2 * AHEAD_GAS_MAX),
            _ => group.ahead,
        };
        let last = match cause {
            _ if can_look => Some(position),
            Cause::LoopHead => None,
            _ => here.last.filter(|_| cost == 0),
        };
        let doomed = if group.doomed { DOOMED_GAS_MAX } else { 0 };
        let most = before.saturating_add(doomed).max(gas);
        self.unpaid.most = self.unpaid.most.max(most);
        self.here = Some(Here { gas, last });
    }

    /// Looks at the counter if more than this is unpaid: with the last charge, or else here.
    fn look_above(&mut self, most: u64, point: &Point) {
        let Some(here) = self.here.filter(|here| here.gas > most) else {
            return;
        };
        match here.last.and_then(|last| self.groups.groups.get_mut(last)) {
            Some(group) => group.check = true,
            None => self.unpaid.looks.push((point.at, point.depth)),
        }
        self.here = Some(Here { gas: 0, ..here });
    }

    /// A branch to a block's label.
    fn go(&mut self, target: u32, point: &Point) -> Result<(), InternalError> {
        if target == 0 {
            self.leave(point);
            return Ok(());
        }
        let frame = usize::try_from(target).ok();
        let frame = frame.and_then(|target| self.open.get_mut(target));
        let frame = frame.ok_or_else(unopened)?;
        if !frame.is_loop {
            frame.end = either(frame.end, self.here);
        }
        Ok(())
    }

    /// A way to the function's end.
    fn leave(&mut self, point: &Point) {
        if self.circle {
            self.look_above(CIRCLE_GAS_MAX.saturating_add(FRAME_GAS_MAX), point);
        }
        let here = self.here.map_or(0, |here| here.gas);
        self.unpaid.at_end = self.unpaid.at_end.max(here);
    }

    /// A call.
    fn call(&mut self, callee: Callee, point: &Point) {
        let Some(Site { facts, .. }) = self.groups.sites.get(self.site).copied() else {
            return;
        };
        self.site = self.site.saturating_add(1);
        // Of several functions of a type some may be leaves.
        let inside = match callee {
            _ if facts.host => 0,
            _ if facts.leaf => facts.total,
            Callee::Type(_) => LEAF_GAS_MAX,
            Callee::Function(_) => 0,
        };
        self.look_above(UNPAID_GAS_MAX.saturating_sub(inside), point);
        if facts.cyclic || facts.recursive {
            self.look_above(CIRCLE_GAS_MAX.saturating_add(FRAME_GAS_MAX), point);
        }
        let here = self.here.map_or(0, |here| here.gas);
        let gas = match facts.recursive {
            _ if facts.host => 0,
            true => CIRCLE_GAS_MAX,
            false if inside > 0 => facts.unpaid.max(here.saturating_add(inside)),
            false => facts.unpaid,
        };
        self.unpaid.most = self.unpaid.most.max(gas);
        self.here = Some(Here { gas, last: None });
    }
}

/// What holds where two ways come together.
fn either(one: Option<Here>, other: Option<Here>) -> Option<Here> {
    let (Some(here), Some(there)) = (one, other) else {
        return one.or(other);
    };
    Some(Here {
        gas: here.gas.max(there.gas),
        last: here.last.filter(|last| there.last == Some(*last)),
    })
}

/// A block that is not open.
fn unopened() -> InternalError {
    InternalError::new("a block is not open")
}
