//! Who can call whom, and where that goes in circles.
//!
//! The graph has a node for every function and one for every type through which the module calls
//! indirectly. A call is an edge to the callee; an indirect call is an edge to its type's node,
//! which has an edge to each function of that type in the table. The guest cannot change the
//! table, so the graph is complete. Its strongly connected components are the *cycles*: a call is
//! recursive exactly when caller and callee are in the same one. Making the graph takes time in
//! proportion to the calls in the code and the entries of the table, and so does what the plan does
//! with it: it goes through all edges a fixed number of times (`recursion` has a test of that).

#[cfg(test)]
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::analysis::{Analysis, Callee};
use crate::module_facts::{FunctionType, ModuleFacts};
use crate::prepared::InternalError;

/// A node as the edges hold it, in 32 bits: there may be an edge for every two bytes of a module.
/// Everywhere else it is a position.
type Node = u32;

/// The call graph of a module.
pub(super) struct CallGraph {
    /// The node of each type's indirect calls; types that are equal share one.
    type_nodes: Vec<Node>,
    /// Per node, where its calls lead.
    edges: Lists,
    components: Components,
    /// How many edges were handed out so far, for tests of how long planning takes.
    #[cfg(test)]
    handed_out: Cell<usize>,
}

impl CallGraph {
    /// The graph of a module whose functions were analysed.
    pub(super) fn new(
        facts: &ModuleFacts<'_>,
        analyses: &[Analysis<'_>],
    ) -> Result<CallGraph, InternalError> {
        let functions = facts.function_types.len();
        let type_nodes = type_nodes(facts, functions)?;
        let nodes = functions.saturating_add(facts.types.len());
        let sites = analyses.iter().map(|analysis| analysis.calls.len());
        let edges = sites.fold(facts.table_functions.len(), usize::saturating_add);
        let imports = functions.checked_sub(analyses.len());
        let imports = imports.ok_or_else(|| InternalError::new("more bodies than functions"))?;
        let mut calls = Vec::with_capacity(edges);
        for (from, analysis) in (imports..).zip(analyses) {
            let from = number(from)?;
            for callee in analysis.calls {
                calls.push((from, node(*callee, &type_nodes)?));
            }
        }
        for function in &facts.table_functions {
            let type_index = facts.function_types.get(position(*function));
            let type_node = type_nodes.get(position(*type_index.ok_or_else(missing)?));
            calls.push((*type_node.ok_or_else(missing)?, *function));
        }
        let callees = Lists::new(nodes, calls.iter().copied())?;
        let callers = Lists::new(nodes, calls.iter().map(|(from, to)| (*to, *from)))?;
        Ok(CallGraph {
            type_nodes,
            components: components(nodes, &callees, &callers)?,
            edges: callees,
            #[cfg(test)]
            handed_out: Cell::new(0),
        })
    }

    /// The components, callees first.
    pub(super) fn components(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        self.components.iter()
    }

    /// The node that stands for a callee. A function's is its index.
    pub(super) fn node(&self, callee: Callee) -> Result<usize, InternalError> {
        node(callee, &self.type_nodes).map(position)
    }

    /// Where the calls of a node lead, once for each call and each entry of the table. There may be
    /// as many as the module has bytes, so nobody may go through them for every call in the code.
    pub(super) fn edges(&self, node: usize) -> impl Iterator<Item = usize> + Clone {
        let edges = self.edges.of(node);
        #[cfg(test)]
        self.handed_out
            .set(self.handed_out.get().saturating_add(edges.len()));
        edges.iter().copied().map(position)
    }

    /// How many edges [`edges`](Self::edges) has handed out.
    #[cfg(test)]
    pub(super) fn handed_out(&self) -> usize {
        self.handed_out.get()
    }

    /// The component of a node.
    pub(super) fn component_of(&self, node: usize) -> usize {
        let component = self.components.component_of.get(node);
        component.copied().unwrap_or(usize::MAX)
    }
}

/// A number as a position, beyond every list if it is too large for one.
fn position(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The node at a position.
fn number(position: usize) -> Result<Node, InternalError> {
    Node::try_from(position).map_err(|_| InternalError::new("more than 2^32 nodes"))
}

/// The node that stands for a callee.
fn node(callee: Callee, type_nodes: &[Node]) -> Result<Node, InternalError> {
    match callee {
        Callee::Function(index) => Ok(index),
        Callee::Type(index) => type_nodes.get(position(index)).copied().ok_or_else(missing),
    }
}

/// Per type, the node of the first type equal to it. The nodes stand behind those of functions.
fn type_nodes(facts: &ModuleFacts<'_>, functions: usize) -> Result<Vec<Node>, InternalError> {
    let mut first: BTreeMap<&FunctionType, Node> = BTreeMap::new();
    let types = (functions..).zip(&facts.types);
    types
        .map(|(node, function_type)| {
            let node = number(node)?;
            Ok(*first.entry(function_type).or_insert(node))
        })
        .collect()
}

/// The strongly connected components of a graph.
struct Components {
    /// The nodes, those of a component together.
    members: Vec<usize>,
    /// Where in `members` each component is; those that are called come before their callers.
    ranges: Vec<Range<usize>>,
    /// Per node, the position of its component.
    component_of: Vec<usize>,
}

impl Components {
    /// The nodes of each component, in order.
    fn iter(&self) -> impl ExactSizeIterator<Item = &[usize]> {
        let members = |range: &Range<usize>| self.members.get(range.clone()).unwrap_or_default();
        self.ranges.iter().map(members)
    }
}

/// The strongly connected components (Kosaraju's algorithm), callees first.
fn components(nodes: usize, callees: &Lists, callers: &Lists) -> Result<Components, InternalError> {
    let mut finished = Vec::with_capacity(nodes);
    let (mut seen, mut open) = (vec![false; nodes], Vec::new());
    for root in 0..nodes {
        explore(root, callees, &mut seen, &mut open, &mut finished)?;
    }
    let (mut members, mut ranges) = (Vec::with_capacity(nodes), Vec::new());
    seen.fill(false);
    open.clear();
    for root in finished.iter().rev() {
        let start = members.len();
        explore(*root, callers, &mut seen, &mut open, &mut members)?;
        if members.len() > start {
            ranges.push(start..members.len());
        }
    }
    ranges.reverse();
    let mut found = Components {
        members,
        ranges,
        component_of: vec![0; nodes],
    };
    for (position, range) in found.ranges.iter().enumerate() {
        for member in found.members.get(range.clone()).unwrap_or_default() {
            if let Some(slot) = found.component_of.get_mut(*member) {
                *slot = position;
            }
        }
    }
    Ok(found)
}

/// Appends every node that can be reached from `root` and was not seen, in the order in which a
/// search in depth leaves them. `open` is empty before and after.
fn explore<'e>(
    root: usize,
    edges: &'e Lists,
    seen: &mut [bool],
    open: &mut Vec<(usize, std::slice::Iter<'e, Node>)>,
    left: &mut Vec<usize>,
) -> Result<(), InternalError> {
    let mut first_time = |node: usize| {
        let seen = seen.get_mut(node).ok_or_else(missing)?;
        Ok::<bool, InternalError>(!std::mem::replace(seen, true))
    };
    if first_time(root)? {
        open.push((root, edges.of(root).iter()));
    }
    while let Some((node, rest)) = open.last_mut() {
        match rest.next() {
            Some(next) => {
                let next = position(*next);
                if first_time(next)? {
                    open.push((next, edges.of(next).iter()));
                }
            }
            None => {
                left.push(*node);
                open.pop();
            }
        }
    }
    Ok(())
}

/// A list of nodes for each node, all in one vector.
struct Lists {
    items: Vec<Node>,
    /// Where the list of each node begins, and where the last one ends.
    starts: Vec<u32>,
}

impl Lists {
    /// The lists into which these pairs of a node and an item fall, each in their order.
    fn new(
        nodes: usize,
        pairs: impl ExactSizeIterator<Item = (Node, Node)> + Clone,
    ) -> Result<Lists, InternalError> {
        let mut starts = vec![0_u32; nodes.saturating_add(1)];
        for (node, _) in pairs.clone() {
            let behind = position(node).saturating_add(1);
            let count = starts.get_mut(behind).ok_or_else(missing)?;
            *count = count.saturating_add(1);
        }
        let mut sum = 0_u32;
        for start in &mut starts {
            sum = sum.saturating_add(*start);
            *start = sum;
        }
        let mut next = starts.clone();
        let mut items = vec![0; pairs.len()];
        for (node, item) in pairs {
            let next = next.get_mut(position(node)).ok_or_else(missing)?;
            *items.get_mut(position(*next)).ok_or_else(missing)? = item;
            *next = next.saturating_add(1);
        }
        Ok(Lists { items, starts })
    }

    /// The list of a node.
    fn of(&self, node: usize) -> &[Node] {
        let end = self.starts.get(node.saturating_add(1));
        let range = self.starts.get(node).zip(end);
        range
            .and_then(|(start, end)| self.items.get(position(*start)..position(*end)))
            .unwrap_or_default()
    }
}

/// The mistake of a number that is no node.
fn missing() -> InternalError {
    InternalError::new("a node of the call graph is missing")
}

#[cfg(test)]
mod tests {
    use super::{Lists, components};

    #[test]
    fn callees_come_first_and_cycles_stay_together() {
        // 0 -> 1 <-> 2 -> 3, and 4 alone.
        let calls = [(0, 1), (1, 2), (2, 1), (2, 3)];
        let callees = Lists::new(5, calls.into_iter()).expect("every node exists");
        let callers = calls.into_iter().map(|(from, to)| (to, from));
        let callers = Lists::new(5, callers).expect("every node exists");
        let found = components(5, &callees, &callers).expect("every node exists");
        let mut found: Vec<Vec<usize>> = found.iter().map(<[usize]>::to_vec).collect();
        for members in &mut found {
            members.sort_unstable();
        }
        let at = |wanted: &[usize]| found.iter().position(|members| members == wanted);
        assert_eq!(found.len(), 4);
        assert!(at(&[3]) < at(&[1, 2]) && at(&[1, 2]) < at(&[0]));
        assert!(at(&[4]).is_some());
    }
}
