//! Where to charge what: the decisions between the analysis and the rewriting.
//!
//! The plan of this version is the plainest exact one: every reachable segment that costs
//! something is charged at its beginning, every operator with a priced operand right in front of
//! it, the frame and the entry at the function's start. Forms with fewer charge points belong
//! here and only here: they may move cost between points as long as every path pays the same sum
//! before the next call.

use crate::analysis::{Analysis, Cause, Event};
use crate::prepared::InternalError;
use crate::schedule::{PRICE_MAX, Schedule};

/// Slots that every frame takes besides its parameters, locals and operands.
pub(crate) const FRAME_OVERHEAD_SLOTS: u32 = 4;

/// The largest charge of one point: far below what the counter can hold, far above what a
/// function body of any length can sum up to.
const CHARGE_MAX: u64 = 1 << 62;

/// What to insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Take so much gas.
    Charge(u64),
    /// Take so much gas for each unit of the number on top of the operand stack (unsigned, 32
    /// bits), and leave the number there.
    ChargePerUnit(u64),
    /// Give the frame's slots back.
    ReleaseFrame,
    /// Insert an empty block, which does nothing. wasmi 2.0.0 fuses a comparison with zero and the
    /// `select` behind it into one operator that looks at the wrong register; an empty block
    /// keeps the two apart. Needed until the pinned engine is one that does not do that.
    Separate,
    /// Report to the machine that the code got here: the probe of this number. Only in modules for
    /// profiling; see `probe`. Leaves the operand stack as it is.
    Report(u32),
    /// The same in front of an operator whose price depends on the number on top of the operand
    /// stack, which is reported along and left there.
    ReportOperand(u32),
}

/// One insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Insertion {
    /// The offset in the file of the operator in front of which it goes.
    pub(crate) at: usize,
    /// How many blocks of the function are open there.
    pub(crate) depth: u32,
    /// What to insert.
    pub(crate) action: Action,
}

/// All that is done to one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionPlan {
    /// Slots to take from the stack at entry, before any gas, and to give back on every way out.
    pub(crate) frame_slots: u32,
    /// The insertions in the order of the code.
    pub(crate) insertions: Vec<Insertion>,
}

impl FunctionPlan {
    /// Whether an insertion needs a local to keep an operand in.
    pub(crate) fn keeps_operand(&self) -> bool {
        self.insertions
            .iter()
            .any(|insertion| matches!(insertion.action, Action::ChargePerUnit(_)))
    }
}

/// The slots that a function takes: the overhead, parameters, declared locals and the greatest
/// operand height.
///
/// # Errors
/// The sum does not fit the 31 bits of the stack counter, which the limits exclude.
pub(crate) fn frame_slots(analysis: &Analysis) -> Result<u32, InternalError> {
    FRAME_OVERHEAD_SLOTS
        .checked_add(analysis.params)
        .and_then(|sum| sum.checked_add(analysis.declared_locals))
        .and_then(|sum| sum.checked_add(analysis.operand_height))
        .filter(|sum| i32::try_from(*sum).is_ok())
        .ok_or_else(|| InternalError::new("a frame has more than 2^31 slots"))
}

/// Plans one function.
///
/// # Errors
/// A cost leaves the range of the counters, which a checked schedule and the limits exclude.
pub(crate) fn plan(
    analysis: &Analysis,
    schedule: &Schedule,
) -> Result<FunctionPlan, InternalError> {
    let entry = entry_cost(analysis, schedule)?;
    let mut insertions = Vec::with_capacity(analysis.points.len());
    for point in &analysis.points {
        let action = match point.event {
            Event::Segment { cause, cost } => {
                let extra = if cause == Cause::Entry { entry } else { 0 };
                charge(cost, extra)?
            }
            Event::Pages => per_unit(schedule.wasm.memory_grow_per_page)?,
            Event::Bytes => per_unit(schedule.wasm.bulk_per_byte)?,
            Event::Return => Some(Action::ReleaseFrame),
            Event::ComparedSelect => Some(Action::Separate),
        };
        insertions.extend(action.map(|action| Insertion {
            at: point.at,
            depth: point.depth,
            action,
        }));
    }
    Ok(FunctionPlan {
        frame_slots: frame_slots(analysis)?,
        insertions,
    })
}

/// The cost of entering the function, on top of its first segment.
pub(crate) fn entry_cost(analysis: &Analysis, schedule: &Schedule) -> Result<u64, InternalError> {
    u64::from(analysis.declared_locals)
        .checked_mul(schedule.wasm.per_local)
        .and_then(|locals| locals.checked_add(schedule.wasm.function_entry))
        .ok_or_else(|| InternalError::new("a function's entry cost overflows"))
}

/// A charge of a fixed cost, or nothing when there is nothing to charge.
fn charge(cost: u64, extra: u64) -> Result<Option<Action>, InternalError> {
    let total = cost
        .checked_add(extra)
        .filter(|total| *total <= CHARGE_MAX)
        .ok_or_else(|| InternalError::new("a segment's cost overflows"))?;
    Ok((total > 0).then_some(Action::Charge(total)))
}

/// A charge by operand, or nothing when a unit is free.
fn per_unit(price: u64) -> Result<Option<Action>, InternalError> {
    if price > PRICE_MAX {
        return Err(InternalError::new("a price per unit is above the maximum"));
    }
    Ok((price > 0).then_some(Action::ChargePerUnit(price)))
}
