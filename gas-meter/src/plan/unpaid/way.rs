//! Goes through a function once, and keeps the worst of all ways where they meet.

use super::super::groups::{AHEAD_GAS_MAX, DOOMED_GAS_MAX, LEAF_GAS_MAX, Link, Site};
use super::{Here, LEFT_GAS_MAX, Open, RECURSION_GAS_MAX, UNPAID_GAS_MAX, Way};
use crate::analysis::{Block, Callee, Event, Point};
use crate::prepared::InternalError;

impl Way<'_> {
    /// Goes past a point.
    #[inline(always)]
    pub(super) fn pass(&mut self, point: &Point, targets: &[u32]) -> Result<(), InternalError> {
        match point.event {
            Event::Entry => self.charge(false, point),
            Event::Open(block) => {
                let skipped = self.here.filter(|_| block == Block::If);
                let is_loop = matches!(block, Block::Loop { .. });
                self.open.push(Open {
                    is_loop,
                    end: None,
                    skipped,
                });
                if block != Block::Plain {
                    self.charge(is_loop, point);
                }
            }
            Event::Else => {
                let here = self.here.take();
                let frame = self.open.last_mut().ok_or_else(unopened)?;
                frame.end = either(frame.end, here);
                self.here = frame.skipped.take();
                self.charge(false, point);
            }
            Event::End { begins } => {
                let frame = self.open.pop().ok_or_else(unopened)?;
                self.here = either(either(self.here, frame.end), frame.skipped);
                if begins {
                    self.charge(false, point);
                } else if self.open.is_empty() {
                    self.leave(point);
                }
            }
            Event::Branch(target) => {
                self.go(target, point)?;
                self.here = None;
            }
            Event::BranchIf(target) => {
                self.go(target, point)?;
                self.charge(false, point);
            }
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
            Event::Call(callee) => {
                self.call(callee, point);
                self.charge(false, point);
            }
            Event::Pages | Event::Bytes { .. } | Event::Apart => {}
        }
        Ok(())
    }

    /// A segment begins, at the head of a loop or elsewhere, and with it the next group if it is its
    /// first.
    fn charge(&mut self, is_head: bool, point: &Point) {
        let position = self.group;
        let group = self.groups.groups.get(position);
        let Some(group) = group.filter(|group| group.at == point.behind) else {
            return;
        };
        self.group = position.saturating_add(1);
        // About every third group has nothing left to pay, and changes nothing.
        let is_idle = group.cost == 0 && !group.check && !group.doomed;
        if is_idle && !is_head {
            return;
        }
        let turns = is_head && self.groups.turns_at(position);
        let (Some(group), Some(here)) = (self.groups.groups.get_mut(position), self.here) else {
            return;
        };
        let cost = group.cost.saturating_sub(group.back);
        // Its first run is paid in front of it, and may leave it without a look.
        let in_pairs = turns && group.check && cost > 0;
        let before = match is_head && (in_pairs || !group.check) {
            true => here.gas.max(2 * AHEAD_GAS_MAX),
            false => here.gas,
        };
        let sum = before.saturating_add(cost);
        // Between a charge ahead and its loop's branch back nothing can look.
        let can_look = point.behind >= self.ahead_until && cost > 0;
        group.check |= can_look && sum > UNPAID_GAS_MAX;
        if group.check {
            self.ahead_until = group.ahead_until;
        }
        let gas = if in_pairs {
            before
        } else if group.check {
            group.ahead
        } else {
            sum
        };
        let last = if can_look && !in_pairs {
            Some(Link::to(position))
        } else if is_head || cost > 0 {
            None
        } else {
            here.last
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
        match here
            .last
            .and_then(|last| self.groups.groups.get_mut(last.position()))
        {
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
        if self.recursive {
            self.look_above(LEFT_GAS_MAX, point);
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
        let by_type = matches!(callee, Callee::Type(_));
        let inside = if facts.host {
            0
        } else if facts.leaf || by_type && facts.recursive {
            facts.total
        } else if by_type {
            LEAF_GAS_MAX
        } else {
            0
        };
        self.look_above(UNPAID_GAS_MAX.saturating_sub(inside), point);
        if facts.cyclic || facts.recursive {
            self.look_above(LEFT_GAS_MAX, point);
        }
        let here = self.here.map_or(0, |here| here.gas);
        let least = if facts.recursive {
            RECURSION_GAS_MAX
        } else {
            0
        };
        let gas = if facts.host {
            0
        } else if inside == 0 {
            least.max(facts.unpaid)
        } else {
            least.max(facts.unpaid).max(here.saturating_add(inside))
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
