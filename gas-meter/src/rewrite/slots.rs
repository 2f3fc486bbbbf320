//! Slots of the metered stack, taken and given back.

use super::exit::Exit;
use super::opcode;
use super::piece::Piece;
use crate::prepared::InternalError;

/// The instructions that change the stack counter, encoded once.
pub(super) struct Slots {
    /// Pushes the counter.
    read: Piece,
    /// Subtracts the number on top of the stack from the counter below, keeps the rest, and pushes
    /// whether it is below 0.
    take: Piece,
    /// Adds the number on top of the stack to the counter below, and keeps the sum.
    give: Piece,
}

impl Slots {
    /// The counter in the global at this index.
    pub(super) fn in_global(index: u32) -> Slots {
        let piece = Piece::default();
        let take = piece.operator(opcode::I32_SUB);
        let take = take.indexed(opcode::GLOBAL_SET, index);
        let take = take.indexed(opcode::GLOBAL_GET, index);
        let take = take.indexed(opcode::I32_CONST, 0);
        let give = piece.operator(opcode::I32_ADD);
        Slots {
            read: piece.indexed(opcode::GLOBAL_GET, index),
            take: take.operator(opcode::I32_LT_S),
            give: give.indexed(opcode::GLOBAL_SET, index),
        }
    }

    /// Takes slots, and leaves by `exit` when there were less.
    pub(super) fn take(
        &self,
        slots: u32,
        exit: Exit,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        let slots = Piece::i32_const(operand(slots)?);
        self.read.write(sink);
        slots.write(sink);
        self.take.write(sink);
        exit.leave(sink);
        Ok(())
    }

    /// Gives slots back. Leaves the operand stack as it is.
    pub(super) fn give(&self, slots: u32, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let slots = Piece::i32_const(operand(slots)?);
        self.read.write(sink);
        slots.write(sink);
        self.give.write(sink);
        Ok(())
    }
}

/// A number of slots as the operand of an `i32.const`.
fn operand(slots: u32) -> Result<i32, InternalError> {
    i32::try_from(slots).map_err(|_| InternalError::new("a frame has more than 2^31 slots"))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::InstructionSink;

    use super::{Exit, Slots};

    #[test]
    fn taking_and_giving_is_what_the_encoder_writes() {
        for (index, slots) in [
            (0, 4),
            (1, 63),
            (127, 64),
            (128, 300),
            (u32::MAX, 0x7fff_ffff),
        ] {
            let (mut sink, mut expected) = (Vec::new(), Vec::new());
            let counter = Slots::in_global(index);
            counter
                .take(slots, Exit::Branch(3), &mut sink)
                .expect("few slots");
            counter.give(slots, &mut sink).expect("few slots");
            let mut code = InstructionSink::new(&mut expected);
            code.global_get(index)
                .i32_const(slots.cast_signed())
                .i32_sub()
                .global_set(index);
            code.global_get(index).i32_const(0).i32_lt_s().br_if(3);
            code.global_get(index)
                .i32_const(slots.cast_signed())
                .i32_add()
                .global_set(index);
            assert_eq!(sink, expected, "{index}, {slots}");
        }
    }
}
