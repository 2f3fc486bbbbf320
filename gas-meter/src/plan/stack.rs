//! What the metered stack has to hold, known before anything runs.
//!
//! A function *holds* its frame while it runs. Apart from recursion the call graph has no cycles,
//! so the most that can be held at once is a number of the code:
//!
//! - what a function *needs* is its frame and the most that any callee outside its own cycle
//!   reserves;
//! - what a cycle *reserves* is the most that any function in it needs. A function that is not
//!   recursive is a cycle of its own.
//!
//! An export takes the reserve of its function's cycle, once. Within a cycle a call takes the
//! caller's frame, which stays behind while the callee runs on the reserve; it gives the frame
//! back when the callee returns. Nothing else takes anything.

use super::call_graph::CallGraph;
use crate::analysis::Analysis;
use crate::prepared::InternalError;

/// Slots that every frame takes besides its parameters, locals and operands.
const FRAME_OVERHEAD_SLOTS: u32 = 4;

/// The slots that a function takes: the overhead, parameters, declared locals and the greatest
/// operand height.
pub(super) fn frame_slots(analysis: &Analysis<'_>) -> Result<u32, InternalError> {
    FRAME_OVERHEAD_SLOTS
        .checked_add(analysis.frame.params)
        .and_then(|sum| sum.checked_add(analysis.frame.declared_locals))
        .and_then(|sum| sum.checked_add(analysis.frame.operand_height))
        .filter(|sum| i32::try_from(*sum).is_ok())
        .ok_or_else(|| InternalError::new("a frame has more than 2^31 slots"))
}

/// The slots that each component of the call graph reserves. `frames` has the frame of each
/// function; what only a host function or a type needs is nothing.
pub(super) fn reserves(graph: &CallGraph, frames: &[u32]) -> Result<Vec<u32>, InternalError> {
    let mut reserves: Vec<u32> = Vec::with_capacity(graph.components().len());
    for (component, members) in graph.components().enumerate() {
        let mut reserve = 0;
        for member in members {
            let mut callees = 0;
            for callee in graph.edges(*member) {
                let of = graph.component_of(callee);
                if of != component {
                    let needed = reserves.get(of);
                    let needed = needed
                        .ok_or_else(|| InternalError::new("a callee comes behind its caller"))?;
                    callees = (*needed).max(callees);
                }
            }
            let frame = frames.get(*member).copied().unwrap_or(0);
            let need = frame
                .checked_add(callees)
                .filter(|need| i32::try_from(*need).is_ok())
                .ok_or_else(|| InternalError::new("a call tree has more than 2^31 slots"))?;
            reserve = need.max(reserve);
        }
        reserves.push(reserve);
    }
    Ok(reserves)
}
