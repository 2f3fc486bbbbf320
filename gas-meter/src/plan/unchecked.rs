//! How much a run can use before it is seen that its gas has run out.

use super::planner::Planner;

impl Planner<'_> {
    /// See [`ModulePlan::unchecked_gas_max`](super::ModulePlan::unchecked_gas_max). A comparison in
    /// front of calls holds for all that follow it in the group, so every callee may run through
    /// its segments once before the next one.
    pub(super) fn unchecked_gas_max(&self) -> u64 {
        let totals = self.totals();
        let mut calls = self.unchecked_calls.iter();
        let sums = self.unchecked.iter().map(|(total, count)| {
            let callees = calls.by_ref().take(*count);
            let callees = callees.filter_map(|node| totals.get(*node));
            callees.fold(*total, |sum, total| sum.saturating_add(*total))
        });
        sums.max().unwrap_or(0)
    }

    /// Per node, the segments of the function; of a type, the most of any function that it leads to.
    fn totals(&self) -> Vec<u64> {
        let total = |node: usize| self.facts.get(node).map_or(0, |facts| facts.total);
        let nodes = 0..self.facts.len();
        let totals = nodes.map(|node| match node < self.frames.len() {
            true => total(node),
            false => self.graph.edges(node).map(total).max().unwrap_or(0),
        });
        totals.collect()
    }
}
