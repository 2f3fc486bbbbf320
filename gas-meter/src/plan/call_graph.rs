//! Who can call whom, and where that goes in circles.
//!
//! The graph has a node for every function and one for every type through which the module calls
//! indirectly. A call is an edge to the callee; an indirect call is an edge to its type's node,
//! which has an edge to each function of that type in the table. The guest cannot change the
//! table, so the graph is complete. Its strongly connected components are the *cycles*: a call is
//! recursive exactly when caller and callee are in the same one. All of this takes time in
//! proportion to the calls in the code and the entries of the table.

use std::collections::BTreeMap;

use crate::analysis::{Analysis, Callee};
use crate::module_facts::ModuleFacts;
use crate::prepared::InternalError;

/// The call graph of a module.
pub(super) struct CallGraph {
    /// The node of each type's indirect calls; types that are equal share one.
    type_nodes: Vec<usize>,
    /// Per node, where its calls lead.
    edges: Vec<Vec<usize>>,
    /// Per node, the position of its component.
    component_of: Vec<usize>,
    /// The nodes of each component; components that are called come before their callers.
    components: Vec<Vec<usize>>,
}

impl CallGraph {
    /// The graph of a module whose functions were analysed.
    pub(super) fn new(
        facts: &ModuleFacts<'_>,
        analyses: &[Analysis],
    ) -> Result<CallGraph, InternalError> {
        let functions = facts.function_types.len();
        let type_nodes = type_nodes(facts, functions);
        let nodes = functions.saturating_add(facts.types.len());
        let mut edges = vec![Vec::new(); nodes];
        for function in &facts.table_functions {
            let callee = node(Callee::Function(*function), &type_nodes)?;
            let type_index = position(facts.function_types.get(callee))?;
            let from = position(type_nodes.get(type_index))?;
            list(&mut edges, from)?.push(callee);
        }
        for (position, analysis) in analyses.iter().enumerate() {
            let from = functions
                .checked_sub(analyses.len())
                .and_then(|imports| imports.checked_add(position))
                .ok_or_else(|| InternalError::new("more bodies than functions"))?;
            for callee in &analysis.calls {
                let to = node(*callee, &type_nodes)?;
                list(&mut edges, from)?.push(to);
            }
        }
        let components = components(&edges)?;
        let mut component_of = vec![0; nodes];
        for (position, members) in components.iter().enumerate() {
            for member in members {
                if let Some(slot) = component_of.get_mut(*member) {
                    *slot = position;
                }
            }
        }
        Ok(CallGraph {
            type_nodes,
            edges,
            component_of,
            components,
        })
    }

    /// The components, callees first.
    pub(super) fn components(&self) -> &[Vec<usize>] {
        &self.components
    }

    /// The node that stands for a callee. A function's is its index.
    pub(super) fn node(&self, callee: Callee) -> Result<usize, InternalError> {
        node(callee, &self.type_nodes)
    }

    /// Where the calls of a node lead.
    pub(super) fn edges(&self, node: usize) -> &[usize] {
        self.edges.get(node).map_or(&[], Vec::as_slice)
    }

    /// The component of a node.
    pub(super) fn component_of(&self, node: usize) -> usize {
        self.component_of.get(node).copied().unwrap_or(usize::MAX)
    }
}

/// A number that must be there, as a position.
fn position<T: Copy + TryInto<usize>>(number: Option<&T>) -> Result<usize, InternalError> {
    number
        .and_then(|number| (*number).try_into().ok())
        .ok_or_else(|| InternalError::new("a node of the call graph is missing"))
}

/// The list of a node.
fn list(edges: &mut [Vec<usize>], node: usize) -> Result<&mut Vec<usize>, InternalError> {
    edges
        .get_mut(node)
        .ok_or_else(|| InternalError::new("a node of the call graph is missing"))
}

/// The node that stands for a callee.
fn node(callee: Callee, type_nodes: &[usize]) -> Result<usize, InternalError> {
    match callee {
        Callee::Function(index) => position(Some(&index)),
        Callee::Type(index) => position(type_nodes.get(position(Some(&index))?)),
    }
}

/// Per type, the node of the first type equal to it. The nodes stand behind those of functions.
fn type_nodes(facts: &ModuleFacts<'_>, functions: usize) -> Vec<usize> {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    let types = facts.types.iter().enumerate();
    types
        .map(|(index, function_type)| {
            let node = functions.saturating_add(index);
            *first.entry(function_type.to_string()).or_insert(node)
        })
        .collect()
}

/// The strongly connected components (Kosaraju's algorithm), callees first.
fn components(edges: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, InternalError> {
    let mut finished = Vec::with_capacity(edges.len());
    let mut seen = vec![false; edges.len()];
    for root in 0..edges.len() {
        explore(root, edges, &mut seen, &mut finished)?;
    }
    let mut callers = vec![Vec::new(); edges.len()];
    for (from, callees) in edges.iter().enumerate() {
        for to in callees {
            list(&mut callers, *to)?.push(from);
        }
    }
    let mut components = Vec::new();
    let mut seen = vec![false; edges.len()];
    for root in finished.iter().rev() {
        let mut members = Vec::new();
        explore(*root, &callers, &mut seen, &mut members)?;
        if !members.is_empty() {
            components.push(members);
        }
    }
    components.reverse();
    Ok(components)
}

/// Appends every node that can be reached from `root` and was not seen, in the order in which a
/// search in depth leaves them.
fn explore(
    root: usize,
    edges: &[Vec<usize>],
    seen: &mut [bool],
    left: &mut Vec<usize>,
) -> Result<(), InternalError> {
    let missing = || InternalError::new("a node of the call graph is missing");
    let mut first_time = |node: usize| {
        let seen = seen.get_mut(node).ok_or_else(missing)?;
        Ok::<bool, InternalError>(!std::mem::replace(seen, true))
    };
    if !first_time(root)? {
        return Ok(());
    }
    let mut open = vec![(root, edges.get(root).ok_or_else(missing)?.iter())];
    while let Some((node, rest)) = open.last_mut() {
        match rest.next() {
            Some(next) => {
                if first_time(*next)? {
                    open.push((*next, edges.get(*next).ok_or_else(missing)?.iter()));
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

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn callees_come_first_and_cycles_stay_together() {
        // 0 -> 1 <-> 2 -> 3, and 4 alone.
        let edges = vec![vec![1], vec![2], vec![1, 3], vec![], vec![]];
        let mut found = components(&edges).expect("every node exists");
        for members in &mut found {
            members.sort_unstable();
        }
        let at = |wanted: &[usize]| found.iter().position(|members| members == wanted);
        assert_eq!(found.len(), 4);
        assert!(at(&[3]) < at(&[1, 2]) && at(&[1, 2]) < at(&[0]));
        assert!(at(&[4]).is_some());
    }
}
