//! Programs for the contract `fuzz/planted/script.wat`: calls of every host function, nested calls,
//! values, writes and failures.
//!
//! A program is a list of steps that the contract takes one after the other; a call step holds the
//! program of the contract that is called. The contract is written for this and accepted like any
//! other, so what it does goes through the whole machine. `draw` draws programs at random. To reach
//! a host function that is new, give the contract a step for it, and draw that.

mod draw;

use std::sync::OnceLock;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::code_hash;

pub use draw::{TopMessage, program, top_message};

/// The contract in the text format.
pub const SCRIPT: &str = include_str!("../planted/script.wat");

/// The most bytes that the program of a call may have; a longer one is left out.
const PROGRAM_BYTES_MAX: usize = 8_000;

/// A code that a program names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The contract.
    First,
    /// The same with another topic in its events.
    Second,
    /// The same with one more topic, which some chains upload late.
    Late,
    /// One that nobody uploaded.
    Unknown,
}

impl Code {
    /// Its hash.
    pub fn hash(self) -> CodeHash {
        match self {
            Code::First => codes()[0].0,
            Code::Second => codes()[1].0,
            Code::Late => late_code().0,
            Code::Unknown => CodeHash([0xee; 32]),
        }
    }
}

/// The two codes that there are from the beginning, in the binary format, with their hashes.
pub fn codes() -> &'static [(CodeHash, Vec<u8>)] {
    &all_codes()[..2]
}

/// The code that is uploaded late, with its hash.
pub(crate) fn late_code() -> &'static (CodeHash, Vec<u8>) {
    &all_codes()[2]
}

fn all_codes() -> &'static [(CodeHash, Vec<u8>); 3] {
    static CODES: OnceLock<[(CodeHash, Vec<u8>); 3]> = OnceLock::new();
    CODES.get_or_init(|| {
        ["other topic", "third topic", "later topic"].map(|topic| {
            let text = SCRIPT.replace("other topic", topic);
            let bytes = wat::parse_str(text).expect("the text is well formed");
            (code_hash(&bytes), bytes)
        })
    })
}

/// What a step does with a key of several bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyed {
    /// Writes.
    Write,
    /// Reads.
    Read,
    /// Removes.
    Remove,
    /// Asks for the key at or after this one.
    Next,
    /// Asks for the key before this one.
    Previous,
    /// Asks for the length of the value.
    Length,
}

/// A step of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reads a key.
    Read(u8),
    /// Writes so many bytes at a key.
    Write(u8, u8),
    /// Removes a key.
    Remove(u8),
    /// Calls a function of its own, so many frames deep.
    Recurse(u32),
    /// Asks for the key at or after this one.
    Next(u8),
    /// Emits an event with two topics.
    Event(u8),
    /// Reverts.
    Revert,
    /// Traps.
    Trap,
    /// Grows the memory by so many pages.
    Grow(u32),
    /// Moves balance.
    Transfer(AccountId, u128),
    /// Calls a contract with a value, at most so much gas, flags and a program.
    Call(AccountId, u128, u64, u8, Vec<Step>),
    /// Asks for the time and the gas.
    Time,
    /// Writes a byte to memory that no other step writes.
    Poke(u8),
    /// Reads from that memory.
    Peek,
    /// Writes so many bytes at a key of the transient storage.
    TransientWrite(u8, u8),
    /// Reads a key of it.
    TransientRead(u8),
    /// Removes a key of it.
    TransientRemove(u8),
    /// Asks for the key before this one, or for the last one when it is 0.
    Previous(u8),
    /// Asks for the length of a key's value.
    Length(u8),
    /// Runs a code on the contract's own state with at most so much gas, flags and a program.
    Delegate(Code, u64, u8, Vec<Step>),
    /// Makes a contract of a code, with a salt, a value, at most so much gas and a program.
    Instantiate(Code, u8, u128, u64, Vec<Step>),
    /// Replaces its code; the new one runs a program with at most so much gas.
    Upgrade(Code, u64, Vec<Step>),
    /// Removes itself and sends its balance on.
    Terminate(AccountId),
    /// Reads a part of what the last call gave back: an offset, 255 to trap, and a length.
    Returned(u8, u8),
    /// Asks who calls what, with how much, and where.
    Context,
    /// Hashes so many bytes with every function.
    Hashes(u8),
    /// Checks a signature: 0 is right, 1 to 3 are wrong ones.
    Signature(u8),
    /// Panics.
    Panic,
    /// Logs a letter.
    Log,
    /// Does something with a key of one to three bytes; what is written has so many bytes.
    Keyed(Keyed, Vec<u8>, u8),
}

/// A program as the contract reads it.
pub fn encode(program: &[Step]) -> Vec<u8> {
    let mut out = Vec::new();
    for step in program {
        encode_step(step, &mut out);
    }
    out
}

fn encode_step(step: &Step, out: &mut Vec<u8>) {
    match step {
        Step::Read(key) => out.extend([0, *key]),
        Step::Write(key, length) => out.extend([1, *key, *length]),
        Step::Remove(key) => out.extend([2, *key]),
        Step::Recurse(depth) => {
            out.push(3);
            out.extend(depth.to_le_bytes());
        }
        Step::Next(key) => out.extend([4, *key]),
        Step::Event(byte) => out.extend([5, *byte]),
        Step::Revert => out.extend([6, 0]),
        Step::Trap => out.push(7),
        Step::Grow(pages) => {
            out.push(8);
            out.extend(pages.to_le_bytes());
        }
        Step::Time => out.push(11),
        Step::Poke(byte) => out.extend([12, *byte]),
        Step::Peek => out.push(13),
        Step::TransientWrite(key, length) => out.extend([15, 0, *key, *length]),
        Step::TransientRead(key) => out.extend([15, 1, *key, 0]),
        Step::TransientRemove(key) => out.extend([15, 2, *key, 0]),
        Step::Previous(key) => out.extend([16, *key]),
        Step::Length(key) => out.extend([17, *key]),
        Step::Returned(offset, length) => out.extend([22, *offset, *length]),
        Step::Context => out.push(23),
        Step::Hashes(length) => out.extend([24, *length]),
        Step::Signature(kind) => out.extend([25, *kind]),
        Step::Panic => out.extend([26, b'!']),
        Step::Log => out.extend([27, b'.']),
        Step::Keyed(what, key, length) => {
            out.extend([28, *what as u8, *length, key.len() as u8]);
            out.extend((0..3).map(|at| key.get(at).copied().unwrap_or_default()));
        }
        Step::Transfer(..)
        | Step::Call(..)
        | Step::Delegate(..)
        | Step::Instantiate(..)
        | Step::Upgrade(..)
        | Step::Terminate(..) => encode_message(step, out),
    }
}

/// A step that has to do with other contracts.
fn encode_message(step: &Step, out: &mut Vec<u8>) {
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
    let program = match step {
        Step::Transfer(to, value) => return put(&[&[9], &to.0, &value.to_le_bytes()]),
        Step::Terminate(to) => return put(&[&[21], &to.0]),
        Step::Call(contract, value, gas, flags, program) => {
            let (value, gas) = (value.to_le_bytes(), gas.to_le_bytes());
            put(&[&[10], &contract.0, &value, &gas, &[*flags]]);
            program
        }
        Step::Delegate(code, gas, flags, program) => {
            put(&[&[18], &code.hash().0, &gas.to_le_bytes(), &[*flags]]);
            program
        }
        Step::Instantiate(code, salt, value, gas, program) => {
            let (value, gas) = (value.to_le_bytes(), gas.to_le_bytes());
            put(&[&[19], &code.hash().0, &[*salt; 32], &value, &gas]);
            program
        }
        Step::Upgrade(code, gas, program) => {
            put(&[&[20], &code.hash().0, &gas.to_le_bytes()]);
            program
        }
        _ => return,
    };
    let mut inner = encode(program);
    if inner.len() > PROGRAM_BYTES_MAX {
        inner.clear();
    }
    put(&[&(inner.len() as u16).to_le_bytes(), &inner]);
}

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn the_contracts_are_accepted() {
        for (_, bytes) in super::codes() {
            if let Err(error) = prepare(bytes, &Protocol::v1()) {
                panic!("{error}");
            }
        }
    }
}
