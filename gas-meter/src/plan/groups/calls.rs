//! Calls: what callers pay of their callees, which group comes behind, and which of them find the
//! stack's slots taken already.

use super::{CalleeFacts, Calls, Groups, Site};
use crate::analysis::{Callee, Point};
use crate::prepared::InternalError;

impl Groups {
    /// A call, and the segment behind it.
    pub(super) fn call(
        &mut self,
        point: &Point,
        callee: Callee,
        facts: CalleeFacts,
    ) -> Result<(), InternalError> {
        let group = self.current()?;
        self.looks = self.looks.saturating_add(1);
        self.leaf &= facts.leaf;
        self.calls.add(facts);
        let frame = self.frame()?;
        frame.observes |= facts.observes;
        frame.touches |= facts.touches;
        self.add(group, facts.entry)?;
        let inside = if facts.leaf { facts.total } else { 0 };
        self.total = self
            .total
            .saturating_add(facts.entry)
            .saturating_add(inside);
        let paid = self.at(group)?;
        paid.check |= facts.cyclic;
        paid.pending |= facts.pending;
        let follows = facts.recursive && self.hold_slots();
        if facts.recursive {
            self.taken_at = Some((self.sites.len(), self.run));
        } else if facts.takes || facts.observes {
            self.taken_at = None;
        }
        self.sites.push(Site {
            at: point.at,
            next: point.behind,
            depth: point.depth,
            callee,
            facts,
            group,
            looks: !self.slots_seen,
            follows,
            holds: false,
        });
        self.slots_seen |= facts.recursive;
        let behind = match facts.observes {
            true => self.fresh(point),
            false => group,
        };
        self.segment(behind, point.cost)
    }

    /// Lets the slots that the recursive call before took stay taken for one that comes next, if
    /// either both are reached or none and nothing in between uses the stack. Returns whether they
    /// do.
    pub(super) fn hold_slots(&mut self) -> bool {
        let before = self.taken_at.filter(|(_, run)| *run == self.run);
        let before = before.and_then(|(position, _)| self.sites.get_mut(position));
        let holds = before.map(|before| before.holds = true);
        holds.is_some()
    }

    /// Another run begins.
    pub(super) fn begin_run(&mut self) {
        self.last_run = self.last_run.saturating_add(1);
        self.run = self.last_run;
    }
}

impl Calls {
    /// Adds a call.
    fn add(&mut self, facts: CalleeFacts) {
        let touching = usize::from(facts.touches);
        self.touching = self.touching.saturating_add(touching);
        self.recursive |= facts.recursive;
        self.takes |= facts.takes;
    }
}
