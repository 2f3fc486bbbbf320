//! Where to charge what: the decisions between the analysis and the rewriting.
//!
//! The plan is made for the module as a whole, callees before callers, in four steps:
//!
//! 1. `call_graph` finds who can call whom and where that is recursive; `stack` derives what the
//!    metered stack has to hold, so that only exports and recursive calls touch it at run time.
//! 2. `groups` joins the segments of a function that run together into groups, and moves cost in
//!    front of forks. What is left at a function's entry is paid by its callers.
//! 3. `unpaid` bounds what can run before it is seen that the gas has run out.
//! 4. `emit` turns groups and calls into insertions: what each costs on the counter, where to
//!    look whether the gas has run out, and where the counter has to be in its global.
//!
//! Every step keeps one rule: on every path, what was charged at a call of the host or at the end
//! is exactly what the operators on the path cost. Cost moves to an earlier place only when it is
//! due for certain, and never across a place where the gas can be observed.
//!
//! # Where the counter is
//!
//! Its home is a global. A function that repeats a charge in a loop, in which no callee needs the
//! global, keeps the counter in a local: it is loaded at the entry, stored in front of every call
//! that may use it and on every way out, and loaded again behind such a call.
//!
//! # Where it is compared with zero
//!
//! - where a function is entered that is no leaf (it repeats something, calls more than leaves, or
//!   is long); if it can be called again while it runs, in the group of the call instead, so that
//!   the calls that end a recursion pay nothing (unless there are many such calls, see
//!   `recursion`);
//! - where a loop goes back (see `groups::turns`) or, if it does so in several ways, at its head;
//!   with every other run of a loop that is paid two runs at a time, and not at all if all runs are
//!   paid at once or in front;
//! - behind every charge for an operand;
//! - wherever more than a fixed bound would be unpaid otherwise (`unpaid`);
//! - by the host, when it is called, and at the end of the run.
//!
//! So what a run does unpaid is bounded ([`ModulePlan::unpaid_gas_max`]). What it pays before it does
//! it is bounded by the code: by [`ModulePlan::unchecked_gas_max`] for each frame that is open.
//!
//! # An example
//!
//! The function `sum` of `docs/gas.md`, whose skeleton is shown in `analysis`, has two groups: the
//! entry's, to which the code behind the loop and its first run belong, 6 + 14 + 17, and the loop's,
//! 17. The first is left to whoever calls the function, here the front of its export. The second is
//! paid in the loop, in a local, as no callee needs the counter there; and the loop is short, so
//! two runs are paid at a time:
//!
//! ```text
//! in front of the loop    OpenBlock
//! at its head             ChargePair { straight: 0, cost: 17 }
//! in front of its end     Charge { cost: -17, floor: None }
//! behind it               EndBlock, and in front of the call Store; behind the call Load
//! ```

mod action;
mod call_graph;
mod copies;
mod emit;
mod groups;
mod planner;
mod recursion;
mod stack;
mod table;
mod unchecked;
mod unpaid;

use std::ops::Range;

use crate::analysis::Analysis;
use crate::module_facts::ModuleFacts;
use crate::prepared::InternalError;
use crate::schedule::Schedule;
use crate::validate::ValidModule;

pub(crate) use action::{Action, Insertion};
use call_graph::CallGraph;
use groups::Groups;
use planner::Planner;
use stack::{frame_slots, reserves};

/// All that is done to one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionPlan {
    /// The slots that its frame holds.
    pub(crate) frame_slots: u32,
    /// Whether it traps at its entry when the counter is below 0.
    pub(crate) checks_entry: bool,
    /// Whether it keeps the counter in a local.
    pub(crate) local_counter: bool,
    /// Its insertions, in the order of the code: which part of [`ModulePlan::insertions`] they are.
    pub(crate) insertions: Range<usize>,
    /// What they need.
    pub(crate) needs: Needs,
}

/// What the insertions of a function need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// A local to keep an operand in.
    pub(crate) operand: bool,
    /// A local to keep the cost of a loop in.
    pub(crate) need: bool,
    /// A local to keep the result of an operator in.
    pub(crate) result: bool,
    /// The function that grows the memory.
    pub(crate) growth: bool,
    /// How many of them can leave the function.
    pub(crate) looks: usize,
    /// How many of them take slots of the stack.
    pub(crate) takes: usize,
}

impl Needs {
    /// Adds what one more of them needs.
    pub(crate) fn add(&mut self, action: Action) {
        let looks = match action {
            Action::Charge { floor, .. } => floor.is_some(),
            Action::GoBack { .. } | Action::ChargePair { .. } => true,
            Action::TakeSlots { looks, .. } => {
                self.takes = self.takes.saturating_add(1);
                looks
            }
            Action::ChargePerUnit(_) => {
                self.operand = true;
                true
            }
            Action::PayLoop { .. } => {
                self.need = true;
                false
            }
            Action::ReportWideResult(_) => {
                self.result = true;
                false
            }
            Action::Grow { .. } => {
                self.growth = true;
                false
            }
            _ => false,
        };
        self.looks = self.looks.saturating_add(usize::from(looks));
    }
}

/// What stands in front of an exported function: it takes the stack for all that the function
/// calls, pays its entry, calls it, and gives the stack back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Front {
    /// The function's index.
    pub(crate) function: u32,
    /// Slots to take.
    pub(crate) slots: u32,
    /// Gas to take.
    pub(crate) cost: u64,
}

/// All that is done to a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModulePlan {
    /// One per defined function, in order.
    pub(crate) functions: Vec<FunctionPlan>,
    /// The insertions of all functions, those of each together.
    pub(crate) insertions: Vec<Insertion>,
    /// One per exported function that the module defines, in the order of first export.
    pub(crate) fronts: Vec<Front>,
    /// The most gas that one frame can use between two comparisons of the counter with zero.
    pub(crate) unchecked_gas_max: u64,
    /// The most gas that a run can be charged without a look: see `unpaid`.
    pub(crate) unpaid_gas_max: u64,
}

impl ModulePlan {
    /// The insertions of one of its functions.
    pub(crate) fn insertions(&self, function: &FunctionPlan) -> &[Insertion] {
        let range = function.insertions.clone();
        self.insertions.get(range).unwrap_or_default()
    }

    /// Lets the insertions of each function be changed, function by function.
    pub(crate) fn change_insertions(&mut self, mut change: impl FnMut(&mut Vec<Insertion>)) {
        let mut changed = Vec::new();
        for function in &mut self.functions {
            let own = self.insertions.get(function.insertions.clone());
            let mut own = own.unwrap_or_default().to_vec();
            change(&mut own);
            function.needs = Needs::default();
            for insertion in &own {
                function.needs.add(insertion.action);
            }
            let start = changed.len();
            changed.append(&mut own);
            function.insertions = start..changed.len();
        }
        self.insertions = changed;
    }
}

/// What a plan may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlanOptions {
    /// Copy loops, to run them with fewer charges. Without it every operator of the source
    /// stands exactly once in the output.
    pub(crate) copy_loops: bool,
}

/// Plans a module.
///
/// # Errors
/// A cost leaves the range of the counters, which a checked schedule, the limits, and the bound on
/// what callers pay exclude.
pub(crate) fn plan(
    module: &ValidModule<'_>,
    options: PlanOptions,
) -> Result<ModulePlan, InternalError> {
    let facts = &module.facts;
    let analyses: Vec<Analysis<'_>> = module.analyses.iter().collect();
    let analyses = analyses.as_slice();
    let schedule = &module.protocol.schedule;
    let graph = CallGraph::new(facts, analyses)?;
    let mut frames = vec![0; facts.imports.len()];
    for analysis in analyses {
        frames.push(frame_slots(analysis)?);
    }
    let reserves = reserves(&graph, &frames)?;
    let mut planner = Planner::new(facts, analyses, schedule, &graph, &frames)?;
    planner.copy_loops = options.copy_loops;
    let points = analyses.iter().map(|analysis| analysis.points.len());
    let mut groups = Groups::with_room(points.max().unwrap_or(0));
    for (component, members) in graph.components().enumerate() {
        planner.component(component, members, &mut groups)?;
    }
    let mut fronts: Vec<Front> = Vec::new();
    for function in exported_functions(facts, frames.len()) {
        let node = usize::try_from(function).map_err(|_| InternalError::new("an index is long"))?;
        let reserve = reserves.get(graph.component_of(node)).copied();
        fronts.push(Front {
            function,
            slots: reserve.ok_or_else(|| InternalError::new("a reserve is missing"))?,
            cost: planner.known(node)?.entry,
        });
    }
    let unchecked_gas_max = planner.unchecked_gas_max();
    let functions: Option<Vec<FunctionPlan>> = planner.plans.into_iter().collect();
    Ok(ModulePlan {
        functions: functions.ok_or_else(|| InternalError::new("a function has no plan"))?,
        insertions: planner.emitter.insertions,
        fronts,
        unchecked_gas_max,
        unpaid_gas_max: planner.unpaid_gas_max,
    })
}

/// The defined functions that are exported, in the order of the exports, each once. There are so
/// many functions.
fn exported_functions(facts: &ModuleFacts<'_>, functions: usize) -> Vec<u32> {
    let mut seen = vec![false; functions];
    let exported = facts.exports.iter();
    let exported = exported.filter_map(|export| facts.defined_export(export));
    let once = exported.filter(|function| {
        let position = usize::try_from(*function).ok();
        let seen = position.and_then(|position| seen.get_mut(position));
        seen.is_some_and(|seen| !std::mem::replace(seen, true))
    });
    once.collect()
}

/// The price of entering a function, on top of its first segment.
pub(crate) fn entry_price(
    analysis: &Analysis<'_>,
    schedule: &Schedule,
) -> Result<u64, InternalError> {
    u64::from(analysis.frame.declared_locals)
        .checked_mul(schedule.wasm.per_local)
        .and_then(|locals| locals.checked_add(schedule.wasm.function_entry))
        .ok_or_else(|| InternalError::new("a function's entry cost overflows"))
}
