//! What stands in front of an exported function.
//!
//! ```text
//! block $exit
//!   take the slots, br_if $exit when below 0
//!   take the entry's gas, br_if $exit when below 0
//!   call the function with the parameters
//!   give the slots back
//!   return
//! end
//! unreachable
//! ```
//!
//! The export leads here; calls from inside the module lead to the function itself.

use wasm_encoder::{BlockType, Encode, Instruction};

use super::counter::Counter;
use super::exit::Exit;
use super::slots::Slots;
use crate::plan::Front;
use crate::prepared::InternalError;

/// Writes the body, without its length. `params` is how many parameters the function has, `counter` the
/// gas counter in its global.
pub(super) fn front_body(
    front: &Front,
    params: u32,
    counter: &Counter,
    slots: &Slots,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    let cost = i64::try_from(front.cost);
    let cost = cost.map_err(|_| InternalError::new("a charge overflows"))?;
    0_u32.encode(sink);
    Instruction::Block(BlockType::Empty).encode(sink);
    slots.take(front.slots, None, Some(Exit::Branch(0)), sink)?;
    if cost > 0 {
        counter.charge(cost, Some((0, Exit::Branch(0))), sink);
    }
    for param in 0..params {
        Instruction::LocalGet(param).encode(sink);
    }
    Instruction::Call(front.function).encode(sink);
    slots.give(front.slots, None, sink)?;
    Instruction::Return.encode(sink);
    Instruction::End.encode(sink);
    Instruction::Unreachable.encode(sink);
    Instruction::End.encode(sink);
    Ok(())
}
