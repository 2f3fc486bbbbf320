//! The functions of a module, planned callees first.

use super::call_graph::CallGraph;
use super::emit::{Emitter, Form};
use super::groups::{CalleeFacts, Groups, Kept};
use super::{FunctionPlan, InternalError, entry_price};
use crate::analysis::{Analysis, StraightLoop};
use crate::module_facts::ModuleFacts;
use crate::schedule::Schedule;

/// The most that callers pay of a function's entry; where it is more, the function pays all of it.
/// Without a bound the entries of functions that each call the next one twice would double from one to
/// the next, until a charge passed the range of the counter and it began anew. With it, what a
/// function charges for its calls is below 2^17 calls times 2^20.
pub(super) const PAID_BY_CALLERS_MAX: u64 = 1 << 20;

/// What is known so far.
pub(super) struct Planner<'m> {
    pub(super) analyses: &'m [Analysis<'m>],
    pub(super) schedule: &'m Schedule,
    pub(super) graph: &'m CallGraph,
    pub(super) frames: &'m [u32],
    /// How many functions are imported.
    pub(super) imports: usize,
    /// Per node of the call graph, what its callers have to know.
    pub(super) facts: Vec<CalleeFacts>,
    /// Per function, whether it is in the table.
    pub(super) in_table: Vec<bool>,
    /// Per node, from how many places in its own cycle it is called.
    pub(super) calls_inside: Vec<u32>,
    /// Per node, whether it is called from so many places in its own cycle that it looks at the
    /// counter itself.
    pub(super) often: Vec<bool>,
    /// Per node of a type, whether a recursive call of it has to be preceded by a look at the
    /// counter.
    pub(super) looked_at_before: Vec<bool>,
    /// See [`PlanOptions`](super::PlanOptions).
    pub(super) copy_loops: bool,
    /// One per defined function.
    pub(super) plans: Vec<Option<FunctionPlan>>,
    /// Per planned function, what [`Groups::total`] is and how many of `unchecked_calls` are its.
    pub(super) unchecked: Vec<(u64, usize)>,
    /// The nodes that are no leaves and are called, function by function.
    pub(super) unchecked_calls: Vec<usize>,
    /// The most that is unpaid anywhere: see `unpaid`.
    pub(super) unpaid_gas_max: u64,
    pub(super) emitter: Emitter,
}

impl<'m> Planner<'m> {
    /// A planner that knows the host functions and, of functions in the table, what whoever
    /// calls them pays: the least that any of the same type costs at its entry.
    pub(super) fn new(
        module: &ModuleFacts<'_>,
        analyses: &'m [Analysis<'m>],
        schedule: &'m Schedule,
        graph: &'m CallGraph,
        frames: &'m [u32],
    ) -> Result<Planner<'m>, InternalError> {
        let imports = frames.len().saturating_sub(analyses.len());
        let nodes = frames.len().saturating_add(module.types.len());
        let points = analyses.iter().map(|analysis| analysis.points.len());
        let points = points.fold(0, usize::saturating_add);
        let mut planner = Planner {
            analyses,
            schedule,
            graph,
            frames,
            imports,
            facts: vec![CalleeFacts::default(); nodes],
            in_table: vec![false; frames.len()],
            calls_inside: vec![0; nodes],
            often: vec![false; nodes],
            looked_at_before: vec![false; nodes],
            copy_loops: true,
            plans: vec![None; analyses.len()],
            unchecked: Vec::new(),
            unchecked_calls: Vec::new(),
            unpaid_gas_max: 0,
            emitter: Emitter::with_room(points),
        };
        for facts in planner.facts.iter_mut().take(imports) {
            *facts = CalleeFacts {
                observes: true,
                touches: true,
                host: true,
                ..CalleeFacts::default()
            };
        }
        planner.table_entries()?;
        Ok(planner)
    }

    /// What is known about a node.
    pub(super) fn known(&self, node: usize) -> Result<&CalleeFacts, InternalError> {
        let facts = self.facts.get(node);
        facts.ok_or_else(|| InternalError::new("a callee is missing"))
    }

    /// Plans the functions of a component, all of whose callees outside of it are planned. `groups`
    /// is a buffer.
    pub(super) fn component(
        &mut self,
        component: usize,
        members: &[usize],
        groups: &mut Groups,
    ) -> Result<(), InternalError> {
        let observes = members.iter().any(|member| self.leads_to_observer(*member));
        self.find_who_looks(component, members);
        self.type_nodes(component, members);
        let defined = self.imports..self.frames.len();
        let cyclic = members
            .iter()
            .filter(|member| defined.contains(member))
            .count()
            > 1;
        let in_cycle = members.len() > 1;
        let (mut waiting, mut kept) = (Vec::new(), Kept::default());
        for member in members {
            let defined = member.checked_sub(self.imports);
            let defined = defined.filter(|position| *position < self.analyses.len());
            let Some(position) = defined else {
                continue;
            };
            self.group(component, observes, position, groups)?;
            if in_cycle {
                groups.note_recursion();
            }
            self.learn(*member, observes, cyclic, groups)?;
            if in_cycle {
                waiting.push((*member, position));
                kept.push(groups);
            } else {
                self.emit(*member, position, groups)?;
            }
        }
        for (order, (member, position)) in waiting.into_iter().enumerate() {
            kept.restore(order, groups)?;
            self.emit(member, position, groups)?;
        }
        self.type_nodes(component, members);
        Ok(())
    }

    /// Whether a call of this node leads to a host function.
    fn leads_to_observer(&self, node: usize) -> bool {
        let callees = self.graph.edges(node).chain(std::iter::once(node));
        callees
            .filter_map(|callee| self.facts.get(callee))
            .any(|facts| facts.observes)
    }

    /// The groups of a defined function.
    fn group(
        &self,
        component: usize,
        observes: bool,
        position: usize,
        groups: &mut Groups,
    ) -> Result<(), InternalError> {
        let analysis = self.analyses.get(position);
        let analysis = analysis.ok_or_else(|| InternalError::new("an analysis is missing"))?;
        let entry = entry_price(analysis, self.schedule)?;
        groups.fill(analysis, entry, |callee| {
            let node = self.graph.node(callee)?;
            let known = *self.known(node)?;
            if self.graph.component_of(node) != component {
                return Ok(known);
            }
            // What callers pay of a function that is not grouped yet is added when it is known.
            let pending = node < self.frames.len() && !known.grouped;
            let entry = if pending { 0 } else { known.entry };
            // Of a type, what functions outside of the cycle may cost and leave unpaid.
            let (total, unpaid) = match node < self.frames.len() {
                true => (0, 0),
                false => (known.total, known.unpaid),
            };
            Ok(CalleeFacts {
                entry,
                observes,
                touches: true,
                leaf: false,
                host: false,
                cyclic: self.is_looked_at_before(node),
                takes: true,
                recursive: true,
                pending,
                grouped: known.grouped,
                total,
                unpaid,
            })
        })
    }

    /// Keeps what callers have to know about a function.
    fn learn(
        &mut self,
        node: usize,
        observes: bool,
        cyclic: bool,
        groups: &Groups,
    ) -> Result<(), InternalError> {
        let root = groups.groups.first().map_or(0, |group| group.cost);
        let in_table = self.in_table.get(node).copied().unwrap_or(false);
        let paid = self.known(node)?.entry;
        let paid = match (in_table, root > PAID_BY_CALLERS_MAX) {
            (true, _) => paid.min(root),
            (false, true) => 0,
            (false, false) => root,
        };
        let own = groups.groups.iter().skip(1).any(|group| group.cost > 0);
        // Who looks at the counter has to find it in the global.
        let touches = !groups.is_leaf()
            || own
            || root > paid
            || groups.charges_operands
            || groups.calls.touching > 0;
        let facts = CalleeFacts {
            entry: paid,
            observes,
            touches,
            leaf: groups.is_leaf(),
            host: false,
            cyclic: (cyclic || groups.calls.recursive) && !self.is_often_called(node),
            takes: groups.calls.takes,
            recursive: false,
            pending: false,
            grouped: true,
            total: groups.total,
            unpaid: 0,
        };
        if let Some(slot) = self.facts.get_mut(node) {
            *slot = facts;
        }
        Ok(())
    }

    /// Makes the plan of a function, whose node and position among the defined ones these are.
    fn emit(
        &mut self,
        node: usize,
        position: usize,
        groups: &mut Groups,
    ) -> Result<(), InternalError> {
        let paid = self.known(node)?.entry;
        if let Some(root) = groups.groups.first_mut() {
            root.cost = root.cost.saturating_sub(paid);
        }
        let before = self.unchecked_calls.len();
        for site in groups.sites.iter().filter(|site| !site.facts.leaf) {
            self.unchecked_calls.push(self.graph.node(site.callee)?);
        }
        let calls = self.unchecked_calls.len().saturating_sub(before);
        self.unchecked.push((groups.total, calls));
        // Only recursive calls can be of a function that was not grouped before.
        let pending = if groups.calls.recursive {
            groups.sites.len()
        } else {
            0
        };
        for position in 0..pending {
            if let Some(site) = groups.sites.get(position)
                && site.facts.pending
            {
                let entry = self.known(self.graph.node(site.callee)?)?.entry;
                groups.add(site.group, entry)?;
            }
        }
        let missing = || InternalError::new("a function is missing");
        let analysis = self.analyses.get(position).ok_or_else(missing)?;
        let frame = self.frames.get(node).copied();
        let loops: &[StraightLoop] = match self.copy_loops {
            true => analysis.loops,
            false => &[],
        };
        let frame_slots = frame.ok_or_else(missing)?;
        let cyclic = self.known(node)?.cyclic;
        let form = Form {
            frame_slots,
            checks_entry: !groups.is_leaf() && !cyclic,
            recursive: cyclic || groups.calls.recursive || self.is_often_called(node),
        };
        let (plan, unpaid) = self
            .emitter
            .emit(analysis, loops, groups, self.schedule, form)?;
        self.unpaid_gas_max = self.unpaid_gas_max.max(unpaid.most);
        if let Some(facts) = self.facts.get_mut(node) {
            facts.unpaid = unpaid.at_end;
        }
        if let Some(slot) = self.plans.get_mut(position) {
            *slot = Some(plan);
        }
        Ok(())
    }
}
