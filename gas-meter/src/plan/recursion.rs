//! Who looks at the counter where calls go in circles.
//!
//! On every way around a circle of calls somebody has to look whether the gas has run out. Mostly
//! the caller does, when it pays for the group of the call: so the calls that end a recursion pay
//! nothing. A function that is called from many places in its own circle looks by itself when it
//! is entered, which takes less code than a look at each of these places.

use std::collections::BTreeMap;

use super::groups::CalleeFacts;
use super::planner::Planner;

/// From how many places in its own cycle a function has to be called to look by itself.
const CALLS_OFTEN: usize = 3;

impl Planner<'_> {
    /// Finds the functions of a component that look by themselves.
    pub(super) fn find_often_called(&mut self, component: usize, members: &[usize]) {
        let mut calls: BTreeMap<usize, usize> = BTreeMap::new();
        for member in members {
            for callee in self.graph.edges(*member) {
                if self.graph.component_of(*callee) == component {
                    let calls = calls.entry(*callee).or_default();
                    *calls = calls.saturating_add(1);
                }
            }
        }
        for (callee, calls) in calls {
            if let Some(often) = self.often.get_mut(callee) {
                *often = callee < self.frames.len() && calls >= CALLS_OFTEN;
            }
        }
    }

    /// Whether a function of a cycle looks by itself when it is entered.
    pub(super) fn is_often_called(&self, node: usize) -> bool {
        self.often.get(node).copied().unwrap_or(false)
    }

    /// Whether a recursive call of this node, from a function of the component, has to be preceded
    /// by a look at the counter. It has not if one of the two looks when it is entered.
    pub(super) fn is_looked_at_before(&self, component: usize, from: usize, node: usize) -> bool {
        if self.is_often_called(from) {
            return false;
        }
        if node < self.frames.len() {
            return !self.is_often_called(node);
        }
        self.graph.edges(node).iter().any(|callee| {
            let recursive = self.graph.component_of(*callee) == component;
            match recursive {
                true => !self.is_often_called(*callee),
                false => self.facts.get(*callee).is_some_and(|facts| facts.cyclic),
            }
        })
    }

    /// What callers have to know about an indirect call: the worst of all that it may lead to.
    pub(super) fn type_node(&mut self, component: usize, node: usize) {
        let mut facts = CalleeFacts {
            leaf: true,
            ..CalleeFacts::default()
        };
        for callee in self.graph.edges(node) {
            let Some(known) = self.facts.get(*callee) else {
                continue;
            };
            let recursive = self.graph.component_of(*callee) == component;
            facts.observes |= known.observes;
            facts.touches |= known.touches || recursive;
            facts.cyclic |= known.cyclic || recursive && !self.is_often_called(*callee);
            facts.takes |= known.takes || recursive;
            facts.leaf &= (known.leaf || known.host) && !recursive;
            facts.total = facts.total.max(known.total);
        }
        if let Some(slot) = self.facts.get_mut(node) {
            facts.entry = slot.entry;
            *slot = facts;
        }
    }
}
