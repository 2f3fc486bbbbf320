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

use super::{Edge, Fork, Groups, Link, Turn};
use crate::prepared::InternalError;

/// How often joins are put back before all of them are.
const ROUNDS_MAX: usize = 6;

/// A group on the way to its final cost: what is needed of it again and again, close together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hoisted {
    /// What is left of its cost.
    cost: u64,
    /// See [`Group::sibling`](super::Group).
    sibling: Link,
    /// Whether to look at the counter after paying.
    check: bool,
    /// Whether a join is paid in front of all branches to it.
    moved: bool,
    /// See [`Group::doomed`](super::Group).
    doomed: bool,
    /// See [`Group::pending`](super::Group).
    pending: bool,
}

impl Groups {
    /// Moves costs in front of forks, and forgets those of doomed groups.
    pub(super) fn hoist(&mut self) -> Result<(), InternalError> {
        self.keep_turns();
        self.hoisted.extend(self.groups.iter().map(|group| Hoisted {
            cost: group.cost,
            sibling: group.sibling,
            check: group.check,
            // One whose cost is not known yet stays.
            moved: group.join && !group.pending,
            doomed: group.doomed,
            pending: group.pending,
        }));
        let mut rounds = ROUNDS_MAX;
        while self.round()? {
            rounds = rounds.saturating_sub(1);
            for (hoisted, group) in self.hoisted.iter_mut().zip(&self.groups) {
                hoisted.cost = group.cost;
                hoisted.check = group.check;
                hoisted.moved &= rounds > 0;
            }
        }
        for (group, hoisted) in self.groups.iter_mut().zip(&self.hoisted) {
            group.check = hoisted.check;
            group.cost = match hoisted.doomed || hoisted.moved {
                true => 0,
                false => hoisted.cost,
            };
        }
        Ok(())
    }

    /// Computes what is left of each group. Returns whether a join had to be put back; then the
    /// numbers are of no use. Forks and the loops that turn are visited from the last to the first.
    fn round(&mut self) -> Result<bool, InternalError> {
        let mut ways = Ways {
            groups: &mut self.hoisted,
            edges: &self.edges,
            put_back: false,
        };
        let mut forks = self.forks.as_slice();
        for turn in self.turns.iter().rev() {
            let behind = forks.split_at_checked(turn.forks);
            let (in_front, behind) = behind.unwrap_or((forks, &[]));
            ways.pay_in_front(behind)?;
            ways.pay_first_run(turn)?;
            forks = in_front;
        }
        ways.pay_in_front(forks)?;
        Ok(ways.put_back)
    }
}

/// The groups behind forks, in one round.
struct Ways<'g> {
    groups: &'g mut [Hoisted],
    edges: &'g [Edge],
    /// Whether a join had to be put back.
    put_back: bool,
}

impl Ways<'_> {
    /// Pays in front of forks what all of their ways cost.
    fn pay_in_front(&mut self, forks: &[Fork]) -> Result<(), InternalError> {
        for fork in forks.iter().rev() {
            let least = match fork.covered == fork.ways {
                true => self.least_of_children(fork.child),
                false => 0,
            };
            let least = match fork.edge == Link::NONE {
                true => least,
                false => self.least_of_joins(fork.edge, least)?,
            };
            // If there is none, all of the ways are doomed.
            if least > 0 && least < u64::MAX {
                self.hoist_over(fork, least)?;
            }
        }
        Ok(())
    }

    /// Pays for the first run of a loop that turns in front of it.
    fn pay_first_run(&mut self, turn: &Turn) -> Result<(), InternalError> {
        let cost = self.at(turn.head)?.cost;
        self.at(turn.front)?.add(cost)
    }

    /// A group.
    fn at(&mut self, group: usize) -> Result<&mut Hoisted, InternalError> {
        let group = self.groups.get_mut(group);
        group.ok_or_else(|| InternalError::new("a group is missing"))
    }

    /// The least cost of the groups that begin behind a fork, doomed ones apart.
    fn least_of_children(&self, child: Link) -> u64 {
        let mut least = u64::MAX;
        let mut next = child;
        while let Some(group) = self.groups.get(next.position()) {
            if !group.doomed {
                least = least.min(group.cost);
            }
            next = group.sibling;
        }
        least
    }

    /// The least of this cost and those of the joins that a fork leads to, 0 when one is not moved.
    /// Puts those back that cost more or look at the counter.
    fn least_of_joins(&mut self, edge: Link, least: u64) -> Result<u64, InternalError> {
        let (mut least, mut most, mut check) = (least, 0, false);
        let mut next = edge;
        while let Some(edge) = self.edges.get(next.position()) {
            let group = self.at(edge.join.position())?;
            if !group.doomed {
                let cost = if group.moved { group.cost } else { 0 };
                least = least.min(cost);
                most = most.max(cost);
                check |= group.moved && group.check;
            }
            next = edge.next;
        }
        if check || most > least {
            self.put_back_above(least, edge)?;
        }
        Ok(least)
    }

    /// Puts joins back that a fork leads to, but cannot pay for, or that look at the counter.
    #[inline(never)]
    fn put_back_above(&mut self, least: u64, edge: Link) -> Result<(), InternalError> {
        let mut next = edge;
        while let Some(edge) = self.edges.get(next.position()) {
            let group = self.at(edge.join.position())?;
            let stays = group.cost > least || group.check;
            if !group.doomed && group.moved && stays {
                group.moved = false;
                self.put_back = true;
            }
            next = edge.next;
        }
        Ok(())
    }

    /// Moves this cost of the groups behind one fork into the group in front of it.
    fn hoist_over(&mut self, fork: &Fork, least: u64) -> Result<(), InternalError> {
        let mut check = false;
        let mut next = fork.child;
        while let Some(group) = self.groups.get_mut(next.position()) {
            group.cost = group.cost.saturating_sub(least);
            if group.cost == 0 && !group.pending {
                check |= std::mem::take(&mut group.check);
            }
            next = group.sibling;
        }
        let parent = self.at(fork.parent.position())?;
        parent.check |= check;
        parent.add(least)
    }
}

impl Hoisted {
    /// Adds to the cost.
    fn add(&mut self, cost: u64) -> Result<(), InternalError> {
        let sum = self.cost.checked_add(cost);
        self.cost = sum.ok_or_else(|| InternalError::new("a group's cost overflows"))?;
        Ok(())
    }
}
