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

/// The instructions for one place of the counter.
pub(super) struct Counter {
    /// Pushes the counter.
    read: Vec<u8>,
    /// Subtracts the number on top of the stack from the counter below, and keeps the rest.
    keep: Vec<u8>,
    /// The same, and pushes whether the rest is below 0.
    keep_and_look: Vec<u8>,
}

impl Counter {
    /// The counter in the global at this index.
    pub(super) fn in_global(index: u32) -> Counter {
        Counter {
            read: encoded(|code| {
                code.global_get(index);
            }),
            keep: encoded(|code| {
                code.i64_sub().global_set(index);
            }),
            keep_and_look: encoded(|code| {
                code.i64_sub().global_set(index).global_get(index);
                code.i64_const(0).i64_lt_s();
            }),
        }
    }

    /// The counter in the local at this index.
    pub(super) fn in_local(index: u32) -> Counter {
        Counter {
            read: encoded(|code| {
                code.local_get(index);
            }),
            keep: encoded(|code| {
                code.i64_sub().local_set(index);
            }),
            keep_and_look: encoded(|code| {
                code.i64_sub().local_tee(index).i64_const(0).i64_lt_s();
            }),
        }
    }

    /// Pushes the counter.
    pub(super) fn read(&self, sink: &mut Vec<u8>) {
        sink.extend_from_slice(&self.read);
    }

    /// Takes a fixed amount of gas, and leaves for `exit` when the counter is below 0 then.
    pub(super) fn charge(&self, cost: i64, exit: Option<Exit>, sink: &mut Vec<u8>) {
        sink.extend_from_slice(&self.read);
        sink.push(I64_CONST);
        let mut rest = cost;
        while !(-0x40..0x40).contains(&rest) {
            let [low, ..] = rest.to_le_bytes();
            sink.push(low | 0x80);
            rest >>= 7;
        }
        let [low, ..] = rest.to_le_bytes();
        sink.push(low & 0x7f);
        self.subtract(exit, sink);
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
            counter.charge(cost, Some(Exit::Branch(2)), &mut sink);
            let expected = encoded(|code| {
                code.local_get(3).i64_const(cost).i64_sub().local_tee(3);
                code.i64_const(0).i64_lt_s().br_if(2);
            });
            assert_eq!(sink, expected, "{cost}");
        }
    }
}
