//! What is left to whoever calls a function in the table.
//!
//! Such a call may lead to any function of its type, so the callers pay what the cheapest of them
//! costs at its entry, and a dearer one pays the rest itself. If even the cheapest costs more than
//! callers pay of any function, they pay nothing of it.

use super::planner::{PAID_BY_CALLERS_MAX, Planner};
use super::{InternalError, entry_price};

impl Planner<'_> {
    /// What whoever calls a function in the table pays.
    pub(super) fn table_entries(&mut self) -> Result<(), InternalError> {
        for node in self.frames.len()..self.facts.len() {
            let members = self.graph.edges(node);
            let mut least = None;
            for member in members.clone() {
                let cost = match member.checked_sub(self.imports) {
                    None => 0,
                    Some(position) => self.first_segment(position)?,
                };
                least = Some(least.map_or(cost, |least: u64| least.min(cost)));
            }
            let least = least.filter(|least| *least <= PAID_BY_CALLERS_MAX);
            let least = least.unwrap_or(0);
            for member in members.chain([node]) {
                if let Some(facts) = self.facts.get_mut(member) {
                    facts.entry = least;
                }
                if let Some(in_table) = self.in_table.get_mut(member) {
                    *in_table = true;
                }
            }
        }
        Ok(())
    }

    /// The cost of entering a function and of its first segment.
    fn first_segment(&self, position: usize) -> Result<u64, InternalError> {
        let analysis = self.analyses.get(position);
        let analysis = analysis.ok_or_else(|| InternalError::new("an analysis is missing"))?;
        let first = analysis.points.first().map_or(0, |point| point.cost);
        let sum = entry_price(analysis, self.schedule)?.checked_add(first);
        sum.ok_or_else(|| InternalError::new("a function's entry cost overflows"))
    }
}
