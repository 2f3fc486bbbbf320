//! How much a run can use before it is seen that its gas has run out.

use super::planner::Planner;

impl Planner<'_> {
    /// See [`ModulePlan::unchecked_gas_max`](super::ModulePlan::unchecked_gas_max). A comparison in
    /// front of calls holds for all that follow it in the group, so every callee may run through
    /// its segments once before the next one.
    pub(super) fn unchecked_gas_max(&self) -> u64 {
        let mut calls = self.unchecked_calls.iter();
        let sums = self.unchecked.iter().map(|(total, count)| {
            let callees = calls.by_ref().take(*count);
            let callees = callees.filter_map(|node| self.facts.get(*node));
            callees.fold(*total, |sum, facts| sum.saturating_add(facts.total))
        });
        sums.max().unwrap_or(0)
    }
}
