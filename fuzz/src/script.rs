//! Programs for the contract `fuzz/planted/script.wat`: nested calls, values, writes and failures.
//!
//! A program is a list of steps that the contract takes one after the other; a call step holds the
//! program of the contract that is called. The contract is written for this and accepted like any
//! other, so what it does goes through the whole machine.

use lockstep_abi::AccountId;

use crate::generators::Rng;

/// The contract in the text format.
pub const SCRIPT: &str = include_str!("../planted/script.wat");

/// Storage keys are one byte, and few, so that frames meet at the same keys.
const KEYS: usize = 4;
/// How deep calls nest in a program.
const DEPTH_MAX: usize = 3;

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
}

/// A program as the contract reads it. What does not fit into a call's length is left out.
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
        Step::Transfer(to, value) => {
            out.push(9);
            out.extend(to.0);
            out.extend(value.to_le_bytes());
        }
        Step::Call(contract, value, gas, flags, program) => {
            let mut inner = encode(program);
            while inner.len() > usize::from(u8::MAX) {
                inner.clear();
            }
            out.push(10);
            out.extend(contract.0);
            out.extend(value.to_le_bytes());
            out.extend(gas.to_le_bytes());
            out.extend([*flags, inner.len() as u8]);
            out.extend(inner);
        }
        Step::Time => out.push(11),
        Step::Poke(byte) => out.extend([12, *byte]),
        Step::Peek => out.push(13),
    }
}

/// A program that calls `contracts` and moves balance between them.
pub fn program(rng: &mut Rng, contracts: &[AccountId]) -> Vec<Step> {
    steps(rng, contracts, 0)
}

fn steps(rng: &mut Rng, contracts: &[AccountId], depth: usize) -> Vec<Step> {
    let count = 1 + rng.below(if depth == 0 { 8 } else { 4 });
    (0..count).map(|_| step(rng, contracts, depth)).collect()
}

fn step(rng: &mut Rng, contracts: &[AccountId], depth: usize) -> Step {
    let key = rng.below(KEYS) as u8 + 1;
    match rng.below(24) {
        0..=2 => Step::Read(key),
        3..=6 => Step::Write(key, rng.below(40) as u8),
        7 => Step::Remove(key),
        8 => Step::Recurse(rng.below(3_000) as u32),
        9 => Step::Next(rng.below(KEYS + 1) as u8),
        10 => Step::Event(rng.byte()),
        11 => Step::Revert,
        12 if rng.chance(40) => Step::Trap,
        12 | 13 => Step::Grow(rng.below(6) as u32),
        14 => Step::Time,
        15 => Step::Peek,
        16 => Step::Poke(rng.byte()),
        17 => Step::Transfer(rng.pick(contracts), rng.below(200) as u128),
        _ if depth < DEPTH_MAX => {
            let gas = match rng.below(4) {
                0 => rng.below(60_000) as u64,
                1 => rng.below(3_000_000) as u64,
                _ => u64::MAX,
            };
            let flags = rng.below(4) as u8;
            let value = if rng.chance(30) { rng.below(100) } else { 0 };
            let inner = steps(rng, contracts, depth + 1);
            Step::Call(rng.pick(contracts), value as u128, gas, flags, inner)
        }
        _ => Step::Write(key, rng.below(40) as u8),
    }
}

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn the_contract_is_accepted() {
        let bytes = wat::parse_str(super::SCRIPT).expect("the text is well formed");
        if let Err(error) = prepare(&bytes, &Protocol::v1()) {
            panic!("{error}");
        }
    }
}
