//! How a function is left when a counter is below 0.
//!
//! A branch to `$exit`, the end of a block around the code, takes two bytes at each place, and the
//! block eight. Trapping in place takes four. So a function that looks at its counters in few
//! places, and has nothing to do before it traps, goes without the block.

use super::opcode;
use super::piece::Piece;

/// In how many places a function may look at its counters and trap right there.
pub(super) const TRAPS_MAX: usize = 4;

/// `if`, `unreachable`, `end`.
const TRAP: [u8; 4] = [
    opcode::IF,
    opcode::EMPTY_BLOCK,
    opcode::UNREACHABLE,
    opcode::END,
];

/// What is done when the number on top of the operand stack is not 0.
#[derive(Clone, Copy)]
pub(super) enum Exit {
    /// Branch to the block that lies this many blocks further out.
    Branch(u32),
    /// Trap.
    Trap,
}

impl Exit {
    /// Leaves from a block inside of the one that the way is seen from.
    pub(super) fn leave_for_certain(self, sink: &mut Vec<u8>) {
        let piece = Piece::default();
        let leave = match self {
            Exit::Branch(depth) => piece.indexed(opcode::BR, depth.saturating_add(1)),
            Exit::Trap => piece.operator(opcode::UNREACHABLE),
        };
        leave.write(sink);
    }

    /// Takes the number from the operand stack and leaves unless it is 0.
    pub(super) fn leave(self, sink: &mut Vec<u8>) {
        match self {
            Exit::Branch(depth) => Piece::default().indexed(opcode::BR_IF, depth).write(sink),
            Exit::Trap => sink.extend_from_slice(&TRAP),
        }
    }
}
