//! What calls can lead to, and what the stack bound has to hold for it; `docs/gas.md`, "The
//! stack".
//!
//! Written for clarity: it asks of every pair of functions whether one can reach the other.

use crate::module::Module;
use crate::op::Op;

/// The calls of a module, defined functions numbered from 0.
struct Calls {
    /// Per function and step, the defined functions that the step may call; empty for other steps.
    callees: Vec<Vec<Vec<usize>>>,
    /// Per function, which functions can be running above it.
    reached: Vec<Vec<bool>>,
}

/// Enters into every function which of its calls are recursive, and what its cycle reserves.
pub(crate) fn mark_recursion(module: &mut Module) {
    let callees: Vec<Vec<Vec<usize>>> = module
        .functions
        .iter()
        .map(|function| {
            let steps = function.steps.iter();
            steps.map(|step| may_call(module, &step.op)).collect()
        })
        .collect();
    let reached = (0..callees.len())
        .map(|start| reached_from(start, &callees))
        .collect();
    let calls = Calls { callees, reached };
    let mut reserves = vec![None; calls.callees.len()];
    for index in 0..calls.callees.len() {
        let reserve = calls.reserve(index, module, &mut reserves);
        let recursive = calls.callees[index]
            .iter()
            .map(|callees| calls.is_recursive(index, callees))
            .collect();
        let function = &mut module.functions[index];
        function.reserve = reserve;
        function.recursive = recursive;
    }
}

/// The defined functions that a step may call.
fn may_call(module: &Module, op: &Op) -> Vec<usize> {
    let imports = module.imports.len();
    match op {
        Op::Call(index) => (*index as usize).checked_sub(imports).into_iter().collect(),
        Op::CallIndirect(ty) => module
            .elements
            .iter()
            .flat_map(|segment| &segment.functions)
            .filter(|function| module.type_of(**function) == &module.types[*ty as usize])
            .filter_map(|function| (*function as usize).checked_sub(imports))
            .collect(),
        _ => Vec::new(),
    }
}

/// Which functions a call chain of at least one call from `start` can reach.
fn reached_from(start: usize, callees: &[Vec<Vec<usize>>]) -> Vec<bool> {
    let mut reached = vec![false; callees.len()];
    let mut waiting = vec![start];
    while let Some(index) = waiting.pop() {
        for callee in callees[index].iter().flatten() {
            if !std::mem::replace(&mut reached[*callee], true) {
                waiting.push(*callee);
            }
        }
    }
    reached
}

impl Calls {
    /// Whether two functions can be above one another both ways round, or are the same.
    fn same_cycle(&self, one: usize, other: usize) -> bool {
        one == other || (self.reached[one][other] && self.reached[other][one])
    }

    /// Whether a call may lead back into the caller's cycle.
    fn is_recursive(&self, caller: usize, callees: &[usize]) -> bool {
        callees
            .iter()
            .any(|callee| self.same_cycle(caller, *callee))
    }

    /// What the cycle of a function reserves.
    fn reserve(&self, index: usize, module: &Module, known: &mut Vec<Option<u64>>) -> u64 {
        if let Some(reserve) = known[index] {
            return reserve;
        }
        let mut most = 0;
        for member in 0..self.callees.len() {
            if !self.same_cycle(index, member) {
                continue;
            }
            let frame = module.functions[member].frame_slots;
            most = most.max(frame);
            for callees in &self.callees[member] {
                let recursive = self.is_recursive(member, callees);
                for callee in callees {
                    if !self.same_cycle(member, *callee) {
                        let above = self.reserve(*callee, module, known);
                        // A recursive call takes the caller's frame apart.
                        most = most.max(if recursive { above } else { frame + above });
                    }
                }
            }
        }
        known[index] = Some(most);
        most
    }
}
