//! How the gas counter is read, lessened and looked at, in its global or in a local.
//!
//! A charge on a local is one operator of wasmi, and one more when it is checked; on the global it
//! is three, and five. A comparison reads the global again: keeping the difference in a local would
//! cost a zeroed local per call.
//!
//! The instructions are encoded once and copied for each charge: a module has thousands.

use super::exit::Exit;
use super::opcode;
use super::piece::Piece;

/// The instructions for one place of the counter.
pub(super) struct Counter {
    /// Pushes the counter.
    read: Piece,
    /// Subtracts the number on top of the stack from the counter below, and keeps the rest.
    keep: Piece,
    /// The same, and pushes the rest.
    keep_and_read: Piece,
    /// The same, and pushes whether the rest is below 0.
    keep_and_look: Piece,
}

impl Counter {
    /// The counter in the global at this index.
    pub(super) fn in_global(index: u32) -> Counter {
        let piece = Piece::default();
        let keep = piece.operator(opcode::I64_SUB);
        let keep = keep.indexed(opcode::GLOBAL_SET, index);
        Counter::new(
            piece.indexed(opcode::GLOBAL_GET, index),
            keep,
            keep.indexed(opcode::GLOBAL_GET, index),
        )
    }

    /// The counter in the local at this index.
    pub(super) fn in_local(index: u32) -> Counter {
        let piece = Piece::default();
        let rest = piece.operator(opcode::I64_SUB);
        Counter::new(
            piece.indexed(opcode::LOCAL_GET, index),
            rest.indexed(opcode::LOCAL_SET, index),
            rest.indexed(opcode::LOCAL_TEE, index),
        )
    }

    fn new(read: Piece, keep: Piece, keep_and_read: Piece) -> Counter {
        let look = keep_and_read.indexed(opcode::I64_CONST, 0);
        Counter {
            read,
            keep,
            keep_and_read,
            keep_and_look: look.operator(opcode::I64_LT_S),
        }
    }

    /// Pushes the counter.
    pub(super) fn read(&self, sink: &mut Vec<u8>) {
        self.read.write(sink);
    }

    /// Leaves for `exit` when the counter is below 0.
    pub(super) fn look(&self, exit: Exit, sink: &mut Vec<u8>) {
        self.read(sink);
        let look = Piece::i64_const(0).operator(opcode::I64_LT_S);
        look.write(sink);
        exit.leave(sink);
    }

    /// Loads the counter into a local, and leaves for `exit` when it is below 0.
    pub(super) fn load_and_look(&self, local: u32, exit: Exit, sink: &mut Vec<u8>) {
        self.read(sink);
        let keep = Piece::default().indexed(opcode::LOCAL_TEE, local);
        let look = keep.indexed(opcode::I64_CONST, 0);
        look.operator(opcode::I64_LT_S).write(sink);
        exit.leave(sink);
    }

    /// Takes a fixed amount of gas. With a floor, leaves by the exit when the counter is below the
    /// floor then.
    pub(super) fn charge(&self, cost: i64, floor: Option<(i64, Exit)>, sink: &mut Vec<u8>) {
        let amount = Piece::i64_const(cost);
        let Some((floor, exit)) = floor else {
            Piece::write_all([self.read, amount, self.keep], sink);
            return;
        };
        Piece::write_all([self.read, amount, self.keep_and_read], sink);
        let look = Piece::i64_const(floor).operator(opcode::I64_LT_S);
        look.write(sink);
        exit.leave(sink);
    }

    /// Takes a fixed amount of gas in a block of a loop; goes back to the head of the loop, and
    /// leaves for `exit`, seen from that loop, when the counter is below 0 instead.
    pub(super) fn charge_and_go_back(&self, cost: i64, exit: Exit, sink: &mut Vec<u8>) {
        let amount = Piece::i64_const(cost);
        Piece::write_all([self.read, amount, self.keep_and_read], sink);
        let look = Piece::i64_const(0).operator(opcode::I64_GE_S);
        look.indexed(opcode::BR_IF, 1).write(sink);
        exit.leave_for_certain(sink);
    }

    /// Subtracts the number on top of the stack from the counter below and keeps the rest; leaves
    /// for `exit` when it is below 0.
    pub(super) fn subtract(&self, exit: Option<Exit>, sink: &mut Vec<u8>) {
        match exit {
            None => self.keep.write(sink),
            Some(exit) => {
                self.keep_and_look.write(sink);
                exit.leave(sink);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::InstructionSink;

    use super::{Counter, Exit};

    #[test]
    fn a_charge_is_what_the_encoder_writes() {
        let costs = [0, 1, 63, 64, 127, 128, 8191, 8192, 1 << 40, i64::MAX];
        for cost in costs.into_iter().flat_map(|cost| [cost, -1 - cost]) {
            let (mut sink, mut expected) = (Vec::new(), Vec::new());
            let counter = Counter::in_local(3);
            counter.charge(cost, Some((0, Exit::Branch(2))), &mut sink);
            counter.charge(cost, None, &mut sink);
            let mut code = InstructionSink::new(&mut expected);
            code.local_get(3).i64_const(cost).i64_sub().local_tee(3);
            code.i64_const(0).i64_lt_s().br_if(2);
            code.local_get(3).i64_const(cost).i64_sub().local_set(3);
            assert_eq!(sink, expected, "{cost}");
        }
    }

    #[test]
    fn the_counter_is_found_at_every_index() {
        for index in [0, 127, 128, 16_384, u32::MAX] {
            let (mut sink, mut expected) = (Vec::new(), Vec::new());
            let counter = Counter::in_global(index);
            counter.subtract(Some(Exit::Branch(index)), &mut sink);
            counter.subtract(None, &mut sink);
            counter.charge_and_go_back(1, Exit::Trap, &mut sink);
            let mut code = InstructionSink::new(&mut expected);
            code.i64_sub().global_set(index).global_get(index);
            code.i64_const(0).i64_lt_s().br_if(index);
            code.i64_sub().global_set(index);
            code.global_get(index).i64_const(1).i64_sub();
            code.global_set(index).global_get(index);
            code.i64_const(0).i64_ge_s().br_if(1).unreachable();
            assert_eq!(sink, expected, "{index}");
        }
    }
}
