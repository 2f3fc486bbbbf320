//! What all ways behind a fork cost is paid in front of it.
//!
//! When every way of a fork leads to a group that begins there and is reached from nowhere else,
//! the least of their costs is due whichever is taken. It moves to the group in front of the
//! fork; often that leaves one way without a charge. A doomed way takes part at no cost. Forks are
//! visited from the last to the first, so that what was moved once moves on.
//!
//! A way may also lead to a *join*, where ways of several forks arrive. Nothing can be paid on
//! such a way by itself. So a join is *moved* as a whole or not at all: its cost is paid in front
//! of all forks that lead to it, if none of them has a way that costs less.
//!
//! ```text
//! block
//!   br_if 0     ways: the join 7, the group behind 3 + 7     7 in front, 3 left behind
//!   ... 3
//!   br_if 1     ways: the outer join 9, the group behind 7   7 in front: all the outer one is not
//!   ...         falls through to the join
//! end
//! ... 7         the join is moved, nothing is left here
//! ```
//!
//! Which joins can be moved depends on one another. First all of them are, and each that turns
//! out to cost more than another way of a fork is put back, until there is none; after a few
//! rounds all of them are.

use super::{Groups, Hoisted};
use crate::prepared::InternalError;

/// How often joins are put back before all of them are.
const ROUNDS_MAX: usize = 6;

impl Groups {
    /// Moves costs in front of forks, and forgets those of doomed groups.
    pub(super) fn hoist(&mut self) -> Result<(), InternalError> {
        self.keep_turns();
        self.move_joins(self.joins);
        let mut rounds = ROUNDS_MAX;
        while self.round(self.joins)? {
            rounds = rounds.saturating_sub(1);
            if rounds == 0 {
                self.move_joins(false);
            }
        }
        for group in &mut self.groups {
            group.check = group.hoisted.check;
            group.cost = match group.doomed || group.hoisted.moved {
                true => 0,
                false => group.hoisted.cost,
            };
        }
        Ok(())
    }

    /// Moves all joins, or none. One whose cost is not known yet stays.
    fn move_joins(&mut self, moved: bool) {
        for group in &mut self.groups {
            group.hoisted.moved = moved && group.join && !group.pending;
        }
    }

    /// Computes what is left of each group. Returns whether a join had to be put back; then the
    /// numbers are of no use.
    fn round(&mut self, joins: bool) -> Result<bool, InternalError> {
        for group in &mut self.groups {
            group.hoisted = Hoisted {
                cost: group.cost,
                check: group.check,
                moved: group.hoisted.moved,
            };
        }
        let mut put_back = false;
        let mut turns = self.turns.len();
        for position in (0..self.forks.len()).rev() {
            turns = self.pay_first_runs(turns, position.saturating_add(1))?;
            let Some(fork) = self.forks.get(position) else {
                break;
            };
            let (parent, last, edge) = (fork.parent, fork.child, fork.edge);
            let least = match fork.covered == fork.ways {
                true => self.least(last, edge)?,
                false => 0,
            };
            if joins {
                put_back |= self.put_back_above(least, edge)?;
            }
            if least > 0 {
                self.hoist_over(parent, last, least)?;
            }
        }
        self.pay_first_runs(turns, 0)?;
        Ok(put_back)
    }

    /// The least cost behind a fork, 0 when there is a join that is not moved.
    fn least(&mut self, last: Option<usize>, edge: Option<usize>) -> Result<u64, InternalError> {
        let mut least: Option<u64> = None;
        let mut lessen = |cost: u64| least = Some(least.map_or(cost, |least| least.min(cost)));
        let mut next = last;
        while let Some(child) = next {
            let group = self.at(child)?;
            if !group.doomed {
                lessen(group.hoisted.cost);
            }
            next = group.sibling;
        }
        let mut next = edge;
        while let Some(edge) = next.and_then(|edge| self.edges.get(edge)) {
            next = edge.next;
            let join = edge.join;
            let group = self.at(join)?;
            if !group.doomed {
                let moved = group.hoisted.moved;
                lessen(if moved { group.hoisted.cost } else { 0 });
            }
        }
        Ok(least.unwrap_or(0))
    }

    /// Puts joins back that a fork leads to, but cannot pay for, or that look at the counter.
    /// Returns whether there were any.
    fn put_back_above(&mut self, least: u64, edge: Option<usize>) -> Result<bool, InternalError> {
        let mut put_back = false;
        let mut next = edge;
        while let Some(edge) = next.and_then(|edge| self.edges.get(edge)) {
            next = edge.next;
            let join = edge.join;
            let group = self.at(join)?;
            let stays = group.hoisted.cost > least || group.hoisted.check;
            if !group.doomed && group.hoisted.moved && stays {
                group.hoisted.moved = false;
                put_back = true;
            }
        }
        Ok(put_back)
    }

    /// Moves this cost of the groups behind one fork into the group in front of it.
    fn hoist_over(
        &mut self,
        parent: usize,
        last: Option<usize>,
        least: u64,
    ) -> Result<(), InternalError> {
        let mut check = false;
        let mut next = last;
        while let Some(child) = next {
            let group = self.at(child)?;
            let hoisted = &mut group.hoisted;
            hoisted.cost = hoisted.cost.saturating_sub(least);
            if hoisted.cost == 0 && !group.pending {
                check |= std::mem::take(&mut hoisted.check);
            }
            next = group.sibling;
        }
        let parent = &mut self.at(parent)?.hoisted;
        parent.check |= check;
        let sum = parent.cost.checked_add(least);
        parent.cost = sum.ok_or_else(|| InternalError::new("a group's cost overflows"))?;
        Ok(())
    }
}
