//! Which functions can complete, which can end the frame, and which code leads there.
//!
//! A bound is about runs that end in certain ways ([`Counted`]): all runs that do not trap, or only
//! those that succeed. What such a run does not go through costs it nothing, so the walk drops a
//! way as soon as it can only lead to an end that does not count, and does not look at functions
//! that only lead there. In a contract that is compiled from Rust that is all of `core::fmt`, as
//! far as only panics use it.
//!
//! Two things are found out about each function, which must be kept apart because a caller goes on
//! behind a call only in the first case:
//!
//! - it can *complete*: from its first operator there is a way to its end, on which every callee
//!   can complete;
//! - it can *end the frame*: there is such a way to a host function that ends the frame in a way
//!   that counts, or to a call of a function that can end the frame.
//!
//! Both are the least fixpoint over all functions that exports lead to. [`Search`] begins with
//! nothing and follows ways operator by operator. It stops at a call until it is known that the
//! callee completes, and then goes on behind it, so each operator is visited once. A function that
//! does neither, for example because it calls itself whatever happens, stays without both. That is
//! right: a run that ends has made finitely many calls, and the search follows each that returned,
//! and the ones that were open at its end.
//!
//! An indirect call may lead to each function of its type in the table, so it completes when one
//! of them does. Conditions do not matter here: every branch may be taken and may be not.
//!
//! At the end a second search, backwards through each function, marks the operators that *lead on*:
//! from which the function can complete or end the frame.

use std::collections::BTreeMap;

use lockstep_abi::HostFunction;
use wasmparser::ExternalKind;

use super::code::Codes;
use super::flow::{Callee, TableFunctions, Way, host_way, ways};
use crate::prepared::InternalError;
use crate::validate::ValidModule;

/// Which runs a bound is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// All runs that do not trap.
    All,
    /// The runs that return, or that a host function ends with success.
    Success,
}

/// Which code leads to an end that counts.
#[derive(Debug)]
pub(super) struct Outcomes {
    counted: Counted,
    /// The operators that lead on, in each function that exports lead to.
    leading: BTreeMap<u32, Vec<bool>>,
}

impl Outcomes {
    /// Finds them. `groups` are the functions in the table.
    ///
    /// # Errors
    /// Only a mistake in this crate.
    pub(super) fn of<'a>(
        module: &ValidModule<'a>,
        groups: &TableFunctions<'_>,
        counted: Counted,
        codes: &mut Codes<'a>,
    ) -> Result<Outcomes, InternalError> {
        let mut search = Search {
            module,
            groups,
            counted,
            codes,
            callees: BTreeMap::new(),
            functions: BTreeMap::new(),
            ahead: Vec::new(),
        };
        for export in &module.facts.exports {
            if export.kind == ExternalKind::Func && export.index >= module.facts.imported_functions
            {
                search.start(Callee::Function(export.index))?;
            }
        }
        search.run()?;
        let functions = search.functions.iter();
        let leading = functions
            .map(|(function, body)| (*function, search.leading(body)))
            .collect();
        Ok(Outcomes { counted, leading })
    }

    /// Whether the same code leads on, so that one bound holds for both.
    pub(super) fn same(&self, other: &Outcomes) -> bool {
        self.leading == other.leading
    }

    /// Whether a run counts, or may still, behind a call of a host function.
    pub(super) fn counts(&self, host: HostFunction) -> bool {
        host_way(host, self.counted) != Way::Nowhere
    }

    /// Of each operator of a function, whether it leads on; of no operator when no counted run
    /// goes through the function.
    pub(super) fn leading(&self, function: u32) -> &[bool] {
        self.leading.get(&function).map_or(&[], Vec::as_slice)
    }

    /// Whether a call of a function can lead on at all: whether it completes or ends the frame.
    pub(super) fn leads_on(&self, function: u32) -> bool {
        self.leading(function).first().is_some_and(|leads| *leads)
    }
}

/// What is known of a callee so far.
#[derive(Debug, Default)]
struct Known {
    completes: bool,
    ends: bool,
    /// The calls of it that were reached: the caller and the position.
    calls: Vec<(u32, usize)>,
}

/// A function that was reached.
struct Body {
    ways: Vec<Way>,
    reached: Vec<bool>,
}

/// The search on its way.
struct Search<'m, 'a> {
    module: &'m ValidModule<'a>,
    groups: &'m TableFunctions<'m>,
    counted: Counted,
    codes: &'m mut Codes<'a>,
    callees: BTreeMap<Callee, Known>,
    functions: BTreeMap<u32, Body>,
    /// Places that were reached and not yet looked at.
    ahead: Vec<(u32, usize)>,
}

impl Search<'_, '_> {
    /// Follows all ways.
    fn run(&mut self) -> Result<(), InternalError> {
        while let Some((function, position)) = self.ahead.pop() {
            let missing = || InternalError::new("a way leads nowhere");
            let body = self.functions.get_mut(&function).ok_or_else(missing)?;
            let reached = body.reached.get_mut(position).ok_or_else(missing)?;
            if std::mem::replace(reached, true) {
                continue;
            }
            let way = body.ways.get(position).ok_or_else(missing)?;
            match way {
                Way::Call(callee) => {
                    let callee = *callee;
                    self.start(callee)?;
                    self.call(callee, function, position);
                }
                Way::Ends => self.ends(Callee::Function(function)),
                Way::Completes => self.completes(Callee::Function(function)),
                _ => {
                    let next = way.next(position);
                    self.ahead.extend(next.map(|position| (function, position)));
                }
            }
        }
        Ok(())
    }

    /// Looks at a callee, unless that was done before.
    fn start(&mut self, callee: Callee) -> Result<(), InternalError> {
        if self.callees.contains_key(&callee) {
            return Ok(());
        }
        self.callees.insert(callee, Known::default());
        match callee {
            Callee::Function(function) => {
                let code = self.codes.of(function, self.module)?;
                let ways = ways(&code, &self.module.facts, self.groups, self.counted)?;
                let reached = vec![false; ways.len()];
                self.functions.insert(function, Body { ways, reached });
                self.ahead.push((function, 0));
            }
            Callee::Table(group) => {
                for member in self.groups.members(group).to_vec() {
                    self.start_member(member, callee)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at a function that an indirect call may lead to.
    fn start_member(&mut self, member: u32, group: Callee) -> Result<(), InternalError> {
        let import = usize::try_from(member).unwrap_or(usize::MAX);
        if let Some(host) = self.module.facts.imports.get(import) {
            match host_way(*host, self.counted) {
                Way::On => self.completes(group),
                Way::Ends => self.ends(group),
                _ => {}
            }
            return Ok(());
        }
        let function = Callee::Function(member);
        self.start(function)?;
        let known = self.callees.get(&function);
        let (completes, ends) = known.map_or((false, false), |it| (it.completes, it.ends));
        if completes {
            self.completes(group);
        }
        if ends {
            self.ends(group);
        }
        Ok(())
    }

    /// A call that was reached: takes part in what its callee does, now and later.
    fn call(&mut self, callee: Callee, function: u32, position: usize) {
        let known = self.callees.entry(callee).or_default();
        known.calls.push((function, position));
        let (completes, ends) = (known.completes, known.ends);
        if completes {
            self.ahead.push((function, position.saturating_add(1)));
        }
        if ends {
            self.ends(Callee::Function(function));
        }
    }

    /// A callee completes: all calls of it go on.
    fn completes(&mut self, callee: Callee) {
        let mut found = vec![callee];
        while let Some(callee) = found.pop() {
            let known = self.callees.entry(callee).or_default();
            if std::mem::replace(&mut known.completes, true) {
                continue;
            }
            let calls = known.calls.iter();
            let behind = calls.map(|(caller, position)| (*caller, position.saturating_add(1)));
            self.ahead.extend(behind);
            found.extend(self.group_of(callee));
        }
    }

    /// A callee can end the frame: so can all that reach a call of it.
    fn ends(&mut self, callee: Callee) {
        let mut found = vec![callee];
        while let Some(callee) = found.pop() {
            let known = self.callees.entry(callee).or_default();
            if std::mem::replace(&mut known.ends, true) {
                continue;
            }
            let calls = known.calls.iter();
            found.extend(calls.map(|(caller, _)| Callee::Function(*caller)));
            found.extend(self.group_of(callee));
        }
    }

    /// The group that a function is in, if an indirect call of that group was reached.
    fn group_of(&self, callee: Callee) -> Option<Callee> {
        let Callee::Function(function) = callee else {
            return None;
        };
        let group = self.groups.of_function(function, &self.module.facts)?;
        Some(Callee::Table(group)).filter(|group| self.callees.contains_key(group))
    }

    /// Goes backwards from where a function completes or ends the frame.
    fn leading(&self, body: &Body) -> Vec<bool> {
        let mut leads = vec![false; body.ways.len()];
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); body.ways.len()];
        let mut ahead = Vec::new();
        let reached = body.ways.iter().zip(&body.reached).enumerate();
        for (position, (way, _)) in reached.filter(|(_, (_, reached))| **reached) {
            let callee = match way {
                Way::Call(callee) => self.callees.get(callee),
                _ => None,
            };
            if matches!(way, Way::Ends | Way::Completes) || callee.is_some_and(|it| it.ends) {
                ahead.push(position);
            }
            let behind = callee.filter(|it| it.completes);
            let behind = behind.map(|_| position.saturating_add(1));
            for next in way.next(position).chain(behind) {
                if let Some(before) = before.get_mut(next) {
                    before.push(position);
                }
            }
        }
        while let Some(position) = ahead.pop() {
            let seen = leads.get_mut(position);
            if seen.is_none_or(|leads| std::mem::replace(leads, true)) {
                continue;
            }
            ahead.extend(before.get(position).into_iter().flatten());
        }
        leads
    }
}

#[cfg(test)]
mod tests;
