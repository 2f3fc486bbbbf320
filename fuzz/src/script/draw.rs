//! Programs at random.
//!
//! Reads and writes meet at few keys, contracts at few others, so that frames get in each other's
//! way. Gas limits at each level are all there is, or a little, or so little that the callee
//! hardly begins. Steps that end a frame are rare, because what stands behind them is not taken.

use lockstep_abi::{AccountId, CallFlags};
use lockstep_vm::contract_id;

use super::{Code, Keyed, Step};
use crate::generators::Rng;

/// Most storage keys are one byte, and few, so that frames meet at the same keys.
const KEYS: usize = 4;
/// Longer keys go on behind such a byte with two of these, so that keys begin with other keys.
const KEY_BYTES: [u8; 3] = [0, 1, 0xff];
/// How deep calls nest in a program.
const DEPTH_MAX: usize = 3;
/// The salts of contracts that programs make.
const SALTS: usize = 3;
/// Ample gas for a message.
const AMPLE_GAS: u64 = 40_000_000;

/// The message of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopMessage {
    /// What the contract does.
    pub program: Vec<Step>,
    /// The gas that it gets.
    pub gas: u64,
    /// The value that comes with it.
    pub value: u128,
    /// Whether it may change nothing.
    pub read_only: bool,
}

impl TopMessage {
    /// A message with ample gas.
    pub fn new(program: Vec<Step>) -> TopMessage {
        TopMessage {
            program,
            gas: AMPLE_GAS,
            value: 0,
            read_only: false,
        }
    }
}

/// A message to one of `contracts`: one in four has little gas, and some cannot write.
pub fn top_message(rng: &mut Rng, contracts: &[AccountId]) -> TopMessage {
    let mut message = TopMessage::new(program(rng, contracts));
    if rng.chance(25) {
        message.gas = rng.below(4_000_000) as u64;
    }
    message.read_only = rng.chance(4);
    if !message.read_only && rng.chance(20) {
        message.value = rng.below(300) as u128;
    }
    message
}

/// A program that calls `contracts`, and others that it may make, and moves balance between them.
pub fn program(rng: &mut Rng, contracts: &[AccountId]) -> Vec<Step> {
    steps(rng, contracts, 0)
}

fn steps(rng: &mut Rng, contracts: &[AccountId], depth: usize) -> Vec<Step> {
    let count = if depth == 0 {
        4 + rng.below(14)
    } else {
        1 + rng.below(6)
    };
    (0..count).map(|_| step(rng, contracts, depth)).collect()
}

fn step(rng: &mut Rng, contracts: &[AccountId], depth: usize) -> Step {
    let key = rng.below(KEYS) as u8 + 1;
    match rng.below(37) {
        0 | 1 => Step::Read(key),
        2..=5 => Step::Write(key, rng.below(40) as u8),
        6 => Step::Remove(key),
        7 => Step::Recurse(rng.below(3_000) as u32),
        8 => Step::Next(rng.below(KEYS + 1) as u8),
        9 => Step::Previous(rng.below(KEYS + 2) as u8),
        10 => Step::Length(key),
        11 | 12 => Step::Event(rng.byte()),
        13 => Step::TransientWrite(key, rng.below(40) as u8),
        14 => Step::TransientRead(key),
        15 => Step::TransientRemove(key),
        16 => Step::Context,
        17 => Step::Time,
        18 => quiet(rng),
        19 => Step::Transfer(callee(rng, contracts), rng.below(200) as u128),
        21..=23 => keyed(rng),
        20 if depth > 0 || rng.chance(40) => ending(rng, contracts),
        _ if depth < DEPTH_MAX => message(rng, contracts, depth),
        _ => Step::Write(key, rng.below(40) as u8),
    }
}

/// A step with a key of one to three bytes. Half of the steps write.
fn keyed(rng: &mut Rng) -> Step {
    let what = match rng.below(10) {
        0 => Keyed::Read,
        1 => Keyed::Remove,
        2 => Keyed::Next,
        3 => Keyed::Previous,
        4 => Keyed::Length,
        _ => Keyed::Write,
    };
    let mut key = vec![rng.below(2) as u8 + 1];
    key.extend((0..rng.below(3)).map(|_| rng.pick(&KEY_BYTES)));
    Step::Keyed(what, key, rng.below(40) as u8)
}

/// A step that touches no state.
fn quiet(rng: &mut Rng) -> Step {
    match rng.below(7) {
        0 => Step::Hashes(rng.byte()),
        1 => Step::Signature(rng.below(4) as u8),
        2 => Step::Log,
        3 => Step::Grow(rng.below(6) as u32),
        4 => Step::Poke(rng.byte()),
        5 => Step::Returned(255, rng.below(2) as u8),
        _ => Step::Peek,
    }
}

/// A step that ends its frame, or most likely does.
fn ending(rng: &mut Rng, contracts: &[AccountId]) -> Step {
    match rng.below(5) {
        0 => Step::Trap,
        1 => Step::Panic,
        2 => Step::Terminate(callee(rng, contracts)),
        _ => Step::Revert,
    }
}

/// A message to another contract, or what one gave back.
fn message(rng: &mut Rng, contracts: &[AccountId], depth: usize) -> Step {
    let kind = rng.below(12);
    if kind < 2 {
        return Step::Returned(rng.below(20) as u8, rng.below(40) as u8);
    }
    let gas = gas_limit(rng);
    let flags = rng.below(4) as u8;
    let inner = steps(rng, contracts, depth + 1);
    match kind {
        2 | 3 => Step::Delegate(code(rng), gas, flags, inner),
        4 => {
            let value = rng.below(3) as u128 * 40;
            Step::Instantiate(code(rng), rng.below(SALTS) as u8, value, gas, inner)
        }
        5 if rng.chance(40) => Step::Upgrade(code(rng), gas, inner),
        _ => {
            // A value that comes with a read-only call traps the caller.
            let read_only = u32::from(flags) & CallFlags::READ_ONLY.bits() != 0;
            let value = match rng.chance(if read_only { 3 } else { 40 }) {
                true => rng.below(100),
                false => 0,
            };
            Step::Call(callee(rng, contracts), value as u128, gas, flags, inner)
        }
    }
}

fn gas_limit(rng: &mut Rng) -> u64 {
    match rng.below(5) {
        0 => rng.below(60_000) as u64,
        1 => rng.below(3_000_000) as u64,
        _ => u64::MAX,
    }
}

fn code(rng: &mut Rng) -> Code {
    match rng.below(16) {
        0 => Code::Unknown,
        1 => Code::Late,
        2..=7 => Code::Second,
        _ => Code::First,
    }
}

/// One of the contracts, or, one time in eight, one that such a contract makes.
fn callee(rng: &mut Rng, contracts: &[AccountId]) -> AccountId {
    let contract = rng.pick(contracts);
    if rng.below(8) != 0 {
        return contract;
    }
    let code = if rng.chance(50) {
        Code::First
    } else {
        Code::Second
    };
    contract_id(&contract, &code.hash(), &[rng.below(SALTS) as u8; 32])
}
