//! Programs for the contract in `script.wat`.

use lockstep_abi::AccountId;
use lockstep_vm::{Action, code_hash};

use crate::world::PLENTY;

/// The contract's Wasm.
pub(crate) fn wasm() -> Vec<u8> {
    wat::parse_str(include_str!("script.wat")).unwrap()
}

/// One step of a program.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Write {
        key: u8,
        length: u8,
    },
    Remove {
        key: u8,
    },
    Transfer {
        to: AccountId,
        value: u128,
    },
    Event(u8),
    Revert(u8),
    Panic,
    Trap,
    Burn,
    Terminate {
        to: AccountId,
    },
    Call {
        contract: AccountId,
        value: u128,
        gas: u64,
        flags: u8,
        program: Vec<Step>,
    },
    Return(u8),
    TransientWrite {
        key: u8,
    },
    TrapIfTransient {
        key: u8,
    },
    RemoveNext {
        from: u8,
    },
    Previous {
        before: u8,
    },
}

/// The input that makes the contract run a program.
pub(crate) fn encode(program: &[Step]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in program {
        encode_step(step, &mut bytes);
    }
    bytes
}

fn encode_step(step: &Step, bytes: &mut Vec<u8>) {
    match step {
        Step::Write { key, length } => bytes.extend([1, *key, *length]),
        Step::Remove { key } => bytes.extend([2, *key]),
        Step::Transfer { to, value } => {
            bytes.push(3);
            bytes.extend(to.0);
            bytes.extend(value.to_le_bytes());
        }
        Step::Event(data) => bytes.extend([4, *data]),
        Step::Revert(error) => bytes.extend([5, *error]),
        Step::Panic => bytes.push(6),
        Step::Trap => bytes.push(7),
        Step::Burn => bytes.push(8),
        Step::Terminate { to } => {
            bytes.push(9);
            bytes.extend(to.0);
        }
        Step::Call {
            contract,
            value,
            gas,
            flags,
            program,
        } => {
            let program = encode(program);
            bytes.push(10);
            bytes.extend(contract.0);
            bytes.extend(value.to_le_bytes());
            bytes.extend(gas.to_le_bytes());
            bytes.extend([*flags, u8::try_from(program.len()).unwrap()]);
            bytes.extend(program);
        }
        Step::Return(byte) => bytes.extend([11, *byte]),
        Step::TransientWrite { key } => bytes.extend([12, *key]),
        Step::TrapIfTransient { key } => bytes.extend([13, *key]),
        Step::RemoveNext { from } => bytes.extend([14, *from]),
        Step::Previous { before } => bytes.extend([15, *before]),
    }
}

/// A transaction that uploads the contract.
pub(crate) fn upload() -> Action {
    Action::Upload { code: wasm() }
}

/// A transaction that makes a contract and runs a program in its `init`.
pub(crate) fn instantiate(salt: u8, program: &[Step], value: u128) -> Action {
    Action::Instantiate {
        code: code_hash(&wasm()),
        salt: [salt; 32],
        input: encode(program),
        value,
    }
}

/// A transaction that runs a program.
pub(crate) fn call(contract: AccountId, program: &[Step]) -> Action {
    Action::Call {
        contract,
        method: "run".to_owned(),
        input: encode(program),
        value: 0,
    }
}

/// A call of another contract with plenty of gas and no flags.
pub(crate) fn sub_call(contract: AccountId, program: &[Step]) -> Step {
    Step::Call {
        contract,
        value: 0,
        gas: PLENTY,
        flags: 0,
        program: program.to_vec(),
    }
}
