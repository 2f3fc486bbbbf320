//! Who looks at the counter where calls go in circles.
//!
//! With every call in a circle somebody has to look whether the gas has run out. Mostly the caller
//! does, when it pays for the group of the call: so the calls that end a recursion pay
//! nothing. A function that is called from many places in its own circle looks by itself when it
//! is entered, which takes less code than a look at each of these places.

use super::groups::CalleeFacts;
use super::planner::Planner;

/// From how many places in its own cycle a function has to be called to look by itself.
const CALLS_OFTEN: u32 = 3;

impl Planner<'_> {
    /// Finds the functions of a component that look by themselves, and the types whose indirect
    /// calls are looked at before. Each edge of the component is gone through once here, however
    /// many calls there are.
    pub(super) fn find_who_looks(&mut self, component: usize, members: &[usize]) {
        self.find_often_called(component, members);
        for member in members.iter().filter(|node| **node >= self.frames.len()) {
            let before = self.needs_look_before(component, *member);
            if let Some(slot) = self.looked_at_before.get_mut(*member) {
                *slot = before;
            }
        }
    }

    /// Finds the functions of a component that look by themselves. A function that stands in the
    /// table several times counts as often for its type.
    fn find_often_called(&mut self, component: usize, members: &[usize]) {
        for member in members {
            for callee in self.graph.edges(*member) {
                if self.graph.component_of(callee) == component
                    && let Some(calls) = self.calls_inside.get_mut(callee)
                {
                    *calls = calls.saturating_add(1);
                }
            }
        }
        for member in members.iter().filter(|node| **node < self.frames.len()) {
            let calls = self.calls_inside.get(*member).copied().unwrap_or(0);
            if let Some(often) = self.often.get_mut(*member) {
                *often = calls >= CALLS_OFTEN;
            }
        }
    }

    /// Whether a function of a cycle looks by itself when it is entered.
    pub(super) fn is_often_called(&self, node: usize) -> bool {
        self.often.get(node).copied().unwrap_or(false)
    }

    /// Whether a recursive call of this node has to be preceded by a look at the counter. It has
    /// not if the callee looks when it is entered. That the caller does is not enough: it may make
    /// many calls behind that look. The component of both was handed to
    /// [`find_who_looks`](Self::find_who_looks). This is asked for every such call in the code.
    pub(super) fn is_looked_at_before(&self, node: usize) -> bool {
        if node < self.frames.len() {
            return !self.is_often_called(node);
        }
        self.looked_at_before.get(node).copied().unwrap_or(false)
    }

    /// Whether an indirect call of the component's type may lead to a function that does not look
    /// when it is entered, although its callers rely on a look.
    fn needs_look_before(&self, component: usize, node: usize) -> bool {
        self.graph.edges(node).any(|callee| {
            let recursive = self.graph.component_of(callee) == component;
            match recursive {
                true => !self.is_often_called(callee),
                false => self.facts.get(callee).is_some_and(|facts| facts.cyclic),
            }
        })
    }

    /// Learns what callers have to know about the indirect calls of a component, of which some
    /// functions may not be planned yet.
    pub(super) fn type_nodes(&mut self, component: usize, members: &[usize]) {
        for member in members.iter().filter(|node| **node >= self.frames.len()) {
            self.type_node(component, *member);
        }
    }

    /// What callers have to know about an indirect call: the worst of all that it may lead to.
    fn type_node(&mut self, component: usize, node: usize) {
        let mut facts = CalleeFacts {
            leaf: true,
            ..CalleeFacts::default()
        };
        for callee in self.graph.edges(node) {
            let Some(known) = self.facts.get(callee) else {
                continue;
            };
            let recursive = self.graph.component_of(callee) == component;
            facts.observes |= known.observes;
            facts.touches |= known.touches || recursive;
            facts.cyclic |= known.cyclic || recursive && !self.is_often_called(callee);
            facts.takes |= known.takes || recursive;
            facts.leaf &= (known.leaf || known.host) && !recursive;
            if known.leaf && !recursive {
                facts.total = facts.total.max(known.total);
            }
            facts.unpaid = facts.unpaid.max(known.unpaid);
        }
        if let Some(slot) = self.facts.get_mut(node) {
            facts.entry = slot.entry;
            *slot = facts;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::call_graph::CallGraph;
    use super::super::groups::Groups;
    use super::super::planner::Planner;
    use super::super::stack::frame_slots;
    use crate::{Protocol, validate};

    /// How many edges planning goes through when a function has `calls` indirect calls, and the
    /// table `entries` functions of that type, each of which leads back to it.
    fn edges_gone_through(calls: usize, entries: usize) -> usize {
        let text = format!(
            "(module (table {entries} funcref) (elem (i32.const 0) {})
                (func $caller {})
                (func $back (export \"go\") (call $caller)))",
            "$back ".repeat(entries),
            "(call_indirect (i32.const 0))".repeat(calls),
        );
        let bytes = wat::parse_str(&text).expect("a module");
        let protocol = Protocol::v1();
        let module = validate(&bytes, &protocol).expect("it is accepted");
        let analyses: Vec<_> = module.analyses.iter().collect();
        let graph = CallGraph::new(&module.facts, &analyses).expect("a graph");
        let frames: Vec<u32> = analyses
            .iter()
            .map(|analysis| frame_slots(analysis).expect("a frame"))
            .collect();
        let mut planner = Planner::new(
            &module.facts,
            &analyses,
            &protocol.schedule,
            &graph,
            &frames,
        )
        .expect("a planner");
        let mut groups = Groups::default();
        for (component, members) in graph.components().enumerate() {
            let planned = planner.component(component, members, &mut groups);
            planned.expect("a plan");
        }
        graph.handed_out()
    }

    #[test]
    fn edges_are_gone_through_a_fixed_number_of_times() {
        for (calls, entries) in [(50, 60), (400, 480), (3_200, 3_840)] {
            let edges = calls + entries + 1;
            let gone_through = edges_gone_through(calls, entries);
            assert!(
                gone_through <= edges * 8,
                "{gone_through} for {edges} edges"
            );
        }
    }
}
