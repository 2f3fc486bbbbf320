//! Loops that are paid where they go back.
//!
//! Whoever comes to a loop goes through its head, so what is due at the head belongs to the group
//! in front, the first time. It is due again when the loop goes back. A loop *turns* when all that
//! leads back is one branch right in front of its end; then each later run is paid there, and a
//! loop that runs once pays nothing by itself:
//!
//! ```text
//! loop              in front: what is there, and 9      loop
//!   ... 9                                                 ...
//!   br_if 0                                               if   pay 9, br_if 1 if it was there
//! end                                                     end
//! ```
//!
//! If the branch belongs to another group than the head, one that is paid behind the last way out
//! of the loop, that group pays for the next run, too. There is one charge then for each run and
//! not two; when the branch is not taken, the price of the run that did not come is given back
//! behind the loop. Until then the counter may be below 0 by that price, so nothing may look at it
//! in between, and that much less is what the group compares it with:
//!
//! ```text
//! loop                                      in front: 5
//!   ... 5   br_if $out                        ...   br_if $out
//!   ... 7   br_if 0                           pay 7 + 5, down to -5   ...   br_if 0
//! end                                       end   give back 5
//! ```

use super::{Groups, Link};
use crate::prepared::InternalError;

/// What a run of a loop may cost that another group pays for ahead, and what may be charged, until
/// the loop goes back, by groups that cannot look at the counter because of that.
pub(in crate::plan) const AHEAD_GAS_MAX: u64 = 2048;

/// The longest loop, in bytes as uploaded, that pays at its branch back. wasmi 1.0 joins the
/// comparison in front of a branch with the branch, and panics when that leads back over 2^15 of its
/// operators. The most that it has for each uploaded byte are six and a half: a recursive call in
/// two bytes takes slots and gives them back, pays, and looks.
const TURN_BYTES_MAX: usize = 4_096;

/// A loop that is repeated.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Turn {
    /// The group at its head.
    pub(in crate::plan) head: usize,
    /// The group in front of it.
    pub(super) front: usize,
    /// How many forks lie in front of it.
    pub(super) forks: usize,
    /// How many branches lead to its head.
    backs: usize,
    /// The latest of them, if it is a `br_if` in no other block of the loop.
    latch: Option<Latch>,
    /// Whether it turns.
    turns: bool,
}

/// The branch with which a loop goes back.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Latch {
    /// Its offset.
    pub(in crate::plan) at: usize,
    /// How many blocks are open there.
    pub(in crate::plan) depth: u32,
    /// The group that it belongs to.
    group: usize,
    /// Whether nothing in that group has looked at the counter.
    quiet: bool,
    /// The group that begins behind it.
    behind: usize,
}

/// Where a loop that turns pays for a run after the first.
#[derive(Clone, Copy)]
pub(in crate::plan) enum PaidAt {
    /// At its branch back, which is taken then. The code goes on at `behind` if not.
    Latch { latch: Latch, behind: usize },
    /// With the group of that branch.
    Group,
}

impl Groups {
    /// A loop that is repeated begins with the group `head`.
    pub(super) fn open_turn(&mut self, front: usize, head: usize) {
        self.turns.push(Turn {
            head,
            front,
            forks: self.forks.len(),
            backs: 0,
            latch: None,
            turns: false,
        });
    }

    /// Something branches to the head of the loop `turn`.
    pub(super) fn goes_back(&mut self, turn: Link) {
        if let Some(turn) = self.turns.get_mut(turn.position()) {
            turn.backs = turn.backs.saturating_add(1);
            turn.latch = None;
        }
    }

    /// A `br_if` to the head of the innermost block, a loop, stands at `at`.
    pub(super) fn may_turn(
        &mut self,
        turn: Link,
        at: usize,
        depth: u32,
    ) -> Result<(), InternalError> {
        let (group, looks) = (self.current()?, self.looks);
        let quiet = self.at(group)?.looks_before == looks;
        let behind = self.groups.len();
        if let Some(turn) = self.turns.get_mut(turn.position()) {
            turn.latch = Some(Latch {
                at,
                depth,
                group,
                quiet,
                behind,
            });
        }
        Ok(())
    }

    /// The loop `turn` ends at `at`.
    pub(super) fn close_turn(&mut self, turn: usize, at: usize) {
        let current = self.current;
        let behind = current.and_then(|group| self.groups.get(group));
        let is_last = behind.is_some_and(|group| group.at == at);
        if let Some(turn) = self.turns.get_mut(turn)
            && let Some(latch) = turn.latch
        {
            let head = self.groups.get(turn.head).map_or(0, |head| head.at);
            let is_short = at.saturating_sub(head) <= TURN_BYTES_MAX;
            turn.turns = turn.backs == 1 && is_last && is_short && current == Some(latch.behind);
        }
    }

    /// Forgets the loops that do not turn, and those whose price is not known yet.
    pub(super) fn keep_turns(&mut self) {
        let groups = &self.groups;
        self.turns
            .retain(|turn| turn.turns && groups.get(turn.head).is_some_and(|head| !head.pending));
    }

    /// Whether the group at this position is the head of a loop that turns.
    pub(in crate::plan) fn turns_at(&self, head: usize) -> bool {
        let found = self.turns.binary_search_by_key(&head, |turn| turn.head);
        found.is_ok()
    }

    /// Decides where a loop that turns pays for a later run, and moves the price there.
    pub(in crate::plan) fn pay_later_runs(&mut self, turn: Turn) -> Result<PaidAt, InternalError> {
        let latch = turn
            .latch
            .ok_or_else(|| InternalError::new("a loop has no latch"))?;
        let head = self.at(turn.head)?;
        let cost = std::mem::take(&mut head.cost);
        head.check = false;
        let is_charged = self.at(latch.group)?.cost > 0;
        let may_pay = latch.group != turn.head && latch.quiet && is_charged;
        // Summed up last: of loops in each other at most one comes so far with the same groups.
        if !may_pay || cost.max(self.charged_between(latch)) > AHEAD_GAS_MAX {
            let behind = self.at(latch.behind)?.at;
            return Ok(PaidAt::Latch { latch, behind });
        }
        let group = self.at(latch.group)?;
        let sum = group.cost.checked_add(cost);
        group.cost = sum.ok_or_else(|| InternalError::new("a group's cost overflows"))?;
        group.check = true;
        group.ahead = cost;
        group.ahead_until = latch.at;
        self.give_back(turn, cost)?;
        Ok(PaidAt::Group)
    }

    /// What is charged between the group of a latch and the latch.
    fn charged_between(&self, latch: Latch) -> u64 {
        let groups = self.groups.get(latch.group.saturating_add(1)..latch.behind);
        let costs = groups.unwrap_or_default().iter().map(|group| group.cost);
        costs.fold(0, u64::saturating_add)
    }

    /// Gives the price of a run back behind a loop that was paid for it.
    pub(in crate::plan) fn give_back(
        &mut self,
        turn: Turn,
        cost: u64,
    ) -> Result<(), InternalError> {
        let latch = turn
            .latch
            .ok_or_else(|| InternalError::new("a loop has no latch"))?;
        let behind = self.at(latch.behind)?;
        if !behind.doomed {
            behind.back = cost;
        }
        Ok(())
    }
}
