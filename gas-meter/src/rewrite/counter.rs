//! How the gas counter is read, lessened and looked at, in its global or in a local.
//!
//! A charge on a local is one operator of wasmi, and one more when it is checked; on the global it
//! is three, and five. A comparison reads the global again: keeping the difference in a local would
//! cost a zeroed local per call.
//!
//! The instructions are encoded once and copied for each charge: a module has thousands.

use wasm_encoder::InstructionSink;

use super::exit::Exit;

/// The opcode of `i64.const`.
const I64_CONST: u8 = 0x42;
/// The opcode of `i64.lt_s`.
const I64_LT_S: u8 = 0x53;
/// The opcode of `i64.ge_s`.
const I64_GE_S: u8 = 0x59;

/// The instructions for one place of the counter.
pub(super) struct Counter {
    /// Pushes the counter.
    read: Vec<u8>,
    /// Subtracts the number on top of the stack from the counter below, and keeps the rest.
    keep: Vec<u8>,
    /// The same, and pushes the rest.
    keep_and_read: Vec<u8>,
    /// The same, and pushes whether the rest is below 0.
    keep_and_look: Vec<u8>,
}

impl Counter {
    /// The counter in the global at this index.
    pub(super) fn in_global(index: u32) -> Counter {
        Counter::new(
            encoded(|code| {
                code.global_get(index);
            }),
            encoded(|code| {
                code.i64_sub().global_set(index);
            }),
            encoded(|code| {
                code.i64_sub().global_set(index).global_get(index);
            }),
        )
    }

    /// The counter in the local at this index.
    pub(super) fn in_local(index: u32) -> Counter {
        Counter::new(
            encoded(|code| {
                code.local_get(index);
            }),
            encoded(|code| {
                code.i64_sub().local_set(index);
            }),
            encoded(|code| {
                code.i64_sub().local_tee(index);
            }),
        )
    }

    fn new(read: Vec<u8>, keep: Vec<u8>, keep_and_read: Vec<u8>) -> Counter {
        let mut keep_and_look = keep_and_read.clone();
        constant(0, &mut keep_and_look);
        keep_and_look.push(I64_LT_S);
        Counter {
            read,
            keep,
            keep_and_read,
            keep_and_look,
        }
    }

    /// Pushes the counter.
    pub(super) fn read(&self, sink: &mut Vec<u8>) {
        sink.extend_from_slice(&self.read);
    }

    /// Takes a fixed amount of gas.
    pub(super) fn charge(&self, cost: i64, sink: &mut Vec<u8>) {
        self.read(sink);
        constant(cost, sink);
        self.subtract(None, sink);
    }

    /// Takes a fixed amount of gas, and leaves for `exit` when the counter is below `floor` then.
    pub(super) fn charge_down_to(&self, cost: i64, floor: i64, exit: Exit, sink: &mut Vec<u8>) {
        self.read(sink);
        constant(cost, sink);
        sink.extend_from_slice(&self.keep_and_read);
        constant(floor, sink);
        sink.push(I64_LT_S);
        exit.leave(sink);
    }

    /// Takes a fixed amount of gas in a block of a loop; goes back to the head of the loop, and
    /// leaves for `exit`, seen from that loop, when the counter is below 0 instead.
    pub(super) fn charge_and_go_back(&self, cost: i64, exit: Exit, sink: &mut Vec<u8>) {
        self.read(sink);
        constant(cost, sink);
        sink.extend_from_slice(&self.keep_and_read);
        constant(0, sink);
        sink.push(I64_GE_S);
        InstructionSink::new(sink).br_if(1);
        exit.leave_for_certain(sink);
    }

    /// Subtracts the number on top of the stack from the counter below and keeps the rest; leaves
    /// for `exit` when it is below 0.
    pub(super) fn subtract(&self, exit: Option<Exit>, sink: &mut Vec<u8>) {
        match exit {
            None => sink.extend_from_slice(&self.keep),
            Some(exit) => {
                sink.extend_from_slice(&self.keep_and_look);
                exit.leave(sink);
            }
        }
    }
}

/// Pushes a constant.
#[inline(always)]
fn constant(value: i64, sink: &mut Vec<u8>) {
    sink.push(I64_CONST);
    let mut rest = value;
    while !(-0x40..0x40).contains(&rest) {
        let [low, ..] = rest.to_le_bytes();
        sink.push(low | 0x80);
        rest >>= 7;
    }
    let [low, ..] = rest.to_le_bytes();
    sink.push(low & 0x7f);
}

/// What `write` writes.
fn encoded(write: impl FnOnce(&mut InstructionSink<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut InstructionSink::new(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Counter, Exit, encoded};

    #[test]
    fn a_charge_is_what_the_encoder_writes() {
        let counter = Counter::in_local(3);
        for cost in [
            0,
            1,
            63,
            64,
            127,
            128,
            8191,
            8192,
            1 << 40,
            i64::MAX,
            -1,
            -64,
            -65,
        ] {
            let mut sink = Vec::new();
            counter.charge_down_to(cost, 0, Exit::Branch(2), &mut sink);
            let expected = encoded(|code| {
                code.local_get(3).i64_const(cost).i64_sub().local_tee(3);
                code.i64_const(0).i64_lt_s().br_if(2);
            });
            assert_eq!(sink, expected, "{cost}");
        }
    }
}
