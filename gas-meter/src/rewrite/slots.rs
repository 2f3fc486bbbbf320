//! Slots of the metered stack, taken and given back.

use wasm_encoder::{Encode, Instruction};

use super::exit::Exit;
use crate::prepared::InternalError;

/// A number of slots as the operand of an `i32.const`.
fn slots_operand(slots: u32) -> Result<i32, InternalError> {
    i32::try_from(slots).map_err(|_| InternalError::new("a frame has more than 2^31 slots"))
}

/// Takes slots from the stack counter, and leaves by `exit` when it is below 0 then.
pub(super) fn take_slots(
    stack: u32,
    slots: u32,
    exit: Exit,
    sink: &mut Vec<u8>,
) -> Result<(), InternalError> {
    Instruction::GlobalGet(stack).encode(sink);
    Instruction::I32Const(slots_operand(slots)?).encode(sink);
    Instruction::I32Sub.encode(sink);
    Instruction::GlobalSet(stack).encode(sink);
    Instruction::GlobalGet(stack).encode(sink);
    Instruction::I32Const(0).encode(sink);
    Instruction::I32LtS.encode(sink);
    exit.leave(sink);
    Ok(())
}

/// Gives slots back to the stack counter. Leaves the operand stack as it is.
pub(super) fn give_slots(stack: u32, slots: u32, sink: &mut Vec<u8>) -> Result<(), InternalError> {
    Instruction::GlobalGet(stack).encode(sink);
    Instruction::I32Const(slots_operand(slots)?).encode(sink);
    Instruction::I32Add.encode(sink);
    Instruction::GlobalSet(stack).encode(sink);
    Ok(())
}
