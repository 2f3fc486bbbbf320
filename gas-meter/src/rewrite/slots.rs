//! Slots of the metered stack, taken and given back.
//!
//! Every recursive call of a function takes as many slots, its frame's, and gives them back. So a
//! function with several such calls may read the counter once, at its entry, and keep in locals what
//! it is and what it becomes for such a call: to take and to give is then to set it.

use super::exit::Exit;
use super::opcode;
use super::piece::Piece;
use crate::prepared::InternalError;

/// The instructions that change the stack counter, encoded once.
pub(super) struct Slots {
    /// Pushes the counter.
    read: Piece,
    /// Subtracts the number on top of the stack from the counter below, and keeps the rest.
    take: Piece,
    /// Adds the number on top of the stack to the counter below, and keeps the sum.
    give: Piece,
    /// Sets the counter to the number on top of the stack.
    set: Piece,
}

impl Slots {
    /// The counter in the global at this index.
    pub(super) fn in_global(index: u32) -> Slots {
        let piece = Piece::default();
        let take = piece.operator(opcode::I32_SUB);
        let give = piece.operator(opcode::I32_ADD);
        Slots {
            read: piece.indexed(opcode::GLOBAL_GET, index),
            take: take.indexed(opcode::GLOBAL_SET, index),
            give: give.indexed(opcode::GLOBAL_SET, index),
            set: piece.indexed(opcode::GLOBAL_SET, index),
        }
    }

    /// Keeps the counter in the first of two locals, and what is left of it without `slots` slots
    /// in the second.
    pub(super) fn keep(
        &self,
        (all, rest): (u32, u32),
        slots: u32,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        let slots = Piece::i32_const(operand(slots)?);
        self.read.write(sink);
        Piece::default().indexed(opcode::LOCAL_TEE, all).write(sink);
        slots.operator(opcode::I32_SUB).write(sink);
        Piece::default()
            .indexed(opcode::LOCAL_SET, rest)
            .write(sink);
        Ok(())
    }

    /// Takes slots, and leaves by `exit`, if there is one, when there were less. `kept` are the locals
    /// of [`Slots::keep`], which was told of as many, if it was called.
    pub(super) fn take(
        &self,
        slots: u32,
        kept: Option<(u32, u32)>,
        exit: Option<Exit>,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        let read = match kept {
            Some((_, rest)) => {
                let read = Piece::default().indexed(opcode::LOCAL_GET, rest);
                read.write(sink);
                self.set.write(sink);
                read
            }
            None => {
                let amount = Piece::i32_const(operand(slots)?);
                Piece::write_all([self.read, amount, self.take], sink);
                self.read
            }
        };
        if let Some(exit) = exit {
            let look = read.indexed(opcode::I32_CONST, 0);
            look.operator(opcode::I32_LT_S).write(sink);
            exit.leave(sink);
        }
        Ok(())
    }

    /// Gives slots back. Leaves the operand stack as it is.
    pub(super) fn give(
        &self,
        slots: u32,
        kept: Option<(u32, u32)>,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        match kept {
            Some((all, _)) => {
                Piece::default().indexed(opcode::LOCAL_GET, all).write(sink);
                self.set.write(sink);
            }
            None => {
                let amount = Piece::i32_const(operand(slots)?);
                Piece::write_all([self.read, amount, self.give], sink);
            }
        }
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
                .take(slots, None, Some(Exit::Branch(3)), &mut sink)
                .expect("few slots");
            counter.give(slots, None, &mut sink).expect("few slots");
            counter
                .take(slots, None, None, &mut sink)
                .expect("few slots");
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
            code.global_get(index)
                .i32_const(slots.cast_signed())
                .i32_sub()
                .global_set(index);
            assert_eq!(sink, expected, "{index}, {slots}");
        }
    }
}
