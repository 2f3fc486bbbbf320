//! The ways through one function, operator by operator, without any numbers.
//!
//! [`ways`] says for each operator where a run goes on behind it. A position is that of an operator
//! in [`Code::steps`]; the last one is the function's own `end`. Where a call goes on depends on
//! its callee, which `outcome` finds out for all functions together.

use std::collections::BTreeMap;

use lockstep_abi::HostFunction;
use wasmparser::Operator;

use super::code::{Code, Step};
use super::host::{FrameEnd, frame_end};
use super::outcome::Counted;
use crate::module_facts::{FunctionType, ModuleFacts};
use crate::prepared::InternalError;

/// Who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Callee {
    /// The defined function with this index.
    Function(u32),
    /// Some function of a group of [`TableFunctions`].
    Table(usize),
}

/// Where a run goes on behind an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// At the next operator.
    On,
    /// At this one.
    To(usize),
    /// At the next or at this one.
    Fork(usize),
    /// At one of these.
    Any(Vec<usize>),
    /// Nowhere: it traps, or ends the frame in a way that does not count.
    Nowhere,
    /// At the next operator, if the callee completes.
    Call(Callee),
    /// Nowhere, because the frame ends here in a way that counts.
    Ends,
    /// In the caller, because the function returns.
    Completes,
}

impl Way {
    /// Where a run goes on behind an operator at this position, unless that is a call.
    pub(super) fn next(&self, position: usize) -> impl Iterator<Item = usize> {
        let on = matches!(self, Way::On | Way::Fork(_)).then_some(position.saturating_add(1));
        let one = match self {
            Way::To(target) | Way::Fork(target) => Some(*target),
            _ => None,
        };
        let many = match self {
            Way::Any(targets) => targets.as_slice(),
            _ => &[],
        };
        on.into_iter().chain(one).chain(many.iter().copied())
    }
}

/// The functions in the table, in groups of one type each.
pub(super) struct TableFunctions<'m> {
    /// The members of each group, hosts too.
    members: Vec<Vec<u32>>,
    /// The group of each type.
    of_type: BTreeMap<&'m FunctionType, usize>,
}

impl<'m> TableFunctions<'m> {
    /// Groups the functions of a table.
    pub(super) fn new(
        table: &[u32],
        facts: &'m ModuleFacts<'_>,
    ) -> Result<TableFunctions<'m>, InternalError> {
        let mut groups = TableFunctions {
            members: Vec::new(),
            of_type: BTreeMap::new(),
        };
        for function in table {
            let function_type = facts
                .type_of_function(*function)
                .ok_or_else(|| InternalError::new("a function's type is missing"))?;
            let fresh = groups.members.len();
            let group = *groups.of_type.entry(function_type).or_insert(fresh);
            if group == fresh {
                groups.members.push(Vec::new());
            }
            if let Some(members) = groups.members.get_mut(group) {
                members.push(*function);
            }
        }
        Ok(groups)
    }

    /// The members of a group.
    pub(super) fn members(&self, group: usize) -> &[u32] {
        self.members.get(group).map_or(&[], Vec::as_slice)
    }

    /// The functions of a type, hosts too, in ascending order.
    pub(super) fn of_type(&self, function_type: &FunctionType) -> &[u32] {
        let group = self.of_type.get(function_type);
        group.map_or(&[], |group| self.members(*group))
    }

    /// The group that a function of the table is in.
    pub(super) fn of_function(&self, function: u32, facts: &ModuleFacts<'_>) -> Option<usize> {
        let function_type = facts.type_of_function(function)?;
        let group = *self.of_type.get(function_type)?;
        let members = self.members(group);
        members.binary_search(&function).ok().map(|_| group)
    }
}

/// What a call of a host function is.
pub(super) fn host_way(function: HostFunction, counted: Counted) -> Way {
    match (frame_end(function), counted) {
        (None, _) => Way::On,
        (Some(FrameEnd::Failure), Counted::Success) => Way::Nowhere,
        (Some(_), _) => Way::Ends,
    }
}

/// The way behind each operator of a function.
pub(super) fn ways(
    code: &Code<'_>,
    facts: &ModuleFacts<'_>,
    groups: &TableFunctions<'_>,
    counted: Counted,
) -> Result<Vec<Way>, InternalError> {
    let last = code.steps.len().saturating_sub(1);
    let mut ways = Vec::with_capacity(code.steps.len());
    // Where a branch to each open block goes, and where the block ends.
    let mut open = vec![(last, last)];
    for (position, step) in code.steps.iter().enumerate() {
        let label = |relative_depth: u32| label(&open, relative_depth);
        let way = match &step.operator {
            Operator::Unreachable => Way::Nowhere,
            Operator::Return => Way::To(last),
            Operator::Br { relative_depth } => Way::To(label(*relative_depth)?),
            Operator::BrIf { relative_depth } => Way::Fork(label(*relative_depth)?),
            Operator::BrTable { targets } => {
                let mut all = vec![label(targets.default())?];
                for target in targets.targets() {
                    all.push(label(target.map_err(InternalError::parse)?)?);
                }
                all.sort_unstable();
                all.dedup();
                Way::Any(all)
            }
            Operator::Else => Way::To(open.last().map_or(last, |(_, end)| *end)),
            Operator::End if position == last => Way::Completes,
            Operator::Call { function_index } => {
                let import = usize::try_from(*function_index).unwrap_or(usize::MAX);
                match facts.imports.get(import) {
                    Some(host) => host_way(*host, counted),
                    None => Way::Call(Callee::Function(*function_index)),
                }
            }
            Operator::CallIndirect { type_index, .. } => {
                let callee_type = facts.type_at(*type_index);
                let group = callee_type.and_then(|callee| groups.of_type.get(callee));
                // Without a function of the type the call traps.
                group.map_or(Way::Nowhere, |group| Way::Call(Callee::Table(*group)))
            }
            _ => opened(step, position, &mut open),
        };
        if matches!(step.operator, Operator::End) {
            open.pop();
        }
        ways.push(way);
    }
    Ok(ways)
}

/// Keeps track of a block that opens here, if one does.
fn opened(step: &Step<'_>, position: usize, open: &mut Vec<(usize, usize)>) -> Way {
    let Some(block) = &step.block else {
        return Way::On;
    };
    match step.operator {
        Operator::Loop { .. } => open.push((position, block.end)),
        _ => open.push((block.end, block.end)),
    }
    match (&step.operator, block.otherwise) {
        (Operator::If { .. }, Some(otherwise)) => Way::Fork(otherwise.saturating_add(1)),
        (Operator::If { .. }, None) => Way::Fork(block.end),
        _ => Way::On,
    }
}

/// Where a branch with this label goes.
fn label(open: &[(usize, usize)], relative_depth: u32) -> Result<usize, InternalError> {
    usize::try_from(relative_depth)
        .ok()
        .and_then(|depth| open.len().checked_sub(depth)?.checked_sub(1))
        .and_then(|position| open.get(position))
        .map(|(target, _)| *target)
        .ok_or_else(|| InternalError::new("a label is missing"))
}
