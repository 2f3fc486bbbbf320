//! How a function is left when a counter is below 0.
//!
//! A branch to `$exit`, the end of a block around the code, takes two bytes at each place, and the
//! block eight. Trapping in place takes four. So a function that looks at its counters in few
//! places, and has nothing to do before it traps, goes without the block.

use wasm_encoder::InstructionSink;

/// In how many places a function may look at its counters and trap right there.
pub(super) const TRAPS_MAX: usize = 4;

/// What is done when the number on top of the operand stack is not 0.
#[derive(Clone, Copy)]
pub(super) enum Exit {
    /// Branch to the block that lies so many blocks further out.
    Branch(u32),
    /// Trap.
    Trap,
}

impl Exit {
    /// Leaves from a block inside of the one that the way is seen from.
    pub(super) fn leave_for_certain(self, sink: &mut Vec<u8>) {
        let mut code = InstructionSink::new(sink);
        match self {
            Exit::Branch(depth) => code.br(depth.saturating_add(1)),
            Exit::Trap => code.unreachable(),
        };
    }

    /// Takes the number from the operand stack and leaves unless it is 0.
    pub(super) fn leave(self, sink: &mut Vec<u8>) {
        let mut code = InstructionSink::new(sink);
        match self {
            Exit::Branch(depth) => {
                code.br_if(depth);
            }
            Exit::Trap => {
                code.if_(wasm_encoder::BlockType::Empty).unreachable().end();
            }
        }
    }
}
