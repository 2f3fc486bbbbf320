//! Calls: what callers pay of their callees, and which group comes behind.

use super::{CalleeFacts, Groups, Site};
use crate::analysis::{Callee, Point};
use crate::prepared::InternalError;

impl Groups {
    /// A call.
    pub(super) fn call(
        &mut self,
        point: &Point,
        callee: Callee,
        facts: CalleeFacts,
    ) -> Result<(), InternalError> {
        let group = self.current()?;
        self.looks = self.looks.saturating_add(1);
        self.leaf &= facts.leaf;
        self.observed = facts.observes;
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
        let follows = facts.recursive && self.hold_slots(group);
        if facts.recursive {
            self.taken_at = Some(self.sites.len());
        } else if facts.takes {
            self.taken_at = None;
        }
        self.sites.push(Site {
            at: point.at,
            next: point.at,
            depth: point.depth,
            callee,
            facts,
            group,
            follows,
            holds: false,
        });
        Ok(())
    }

    /// Behind a call.
    pub(super) fn after_call(&mut self, point: &Point) -> Result<usize, InternalError> {
        if let Some(site) = self.sites.last_mut() {
            site.next = point.at;
        }
        match self.observed {
            true => Ok(self.fresh(point)),
            false => self.current(),
        }
    }
}
