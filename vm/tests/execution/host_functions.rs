//! Every host function, called as it is meant to be, called by a read-only frame, and called
//! with one gas too little.

use blake2::{Blake2b128, Blake2b256};
use lockstep_abi::{AccountId, Family, HostFunction};
use lockstep_vm::{HostCallRecord, HostCallResult, Message, Observer, Status, contract_id};
use sha2::{Digest, Sha256};
use sha3::{Keccak256, Sha3_256};

use crate::cases::{BALANCE, INPUT, STORED, Stage, WINDOW, good};
use crate::cryptography::secp256k1_generator;
use crate::world::{GAS, Ran, SENDER};

/// What the good call of a function leaves in the output window, and its result as an i64.
/// `None` when it ends the frame.
fn expected(stage: &Stage, function: HostFunction) -> Option<(Vec<u8>, i64)> {
    use HostFunction as F;
    let own = AccountId([1; 32]);
    let value = b"a value";
    Some(match function {
        F::Return | F::Revert | F::Panic | F::Terminate => return None,
        F::InputLength => (vec![], 11),
        F::InputRead => (b"bytes".to_vec(), 0),
        F::Caller | F::Origin => (SENDER.0.to_vec(), 0),
        F::SelfId => (own.0.to_vec(), 0),
        F::Value | F::Balance | F::IsReadOnly => (vec![], 0),
        F::BlockHeight => (vec![], 1234),
        F::BlockTimestamp => (vec![], 1_700_000_000_123),
        F::ChainId => (vec![], 77),
        // Checked apart.
        F::GasLeft => (vec![], -1),
        F::StorageRead => (STORED.to_vec(), 6),
        F::StorageRemove => (vec![], 1),
        F::StorageLength => (vec![], 6),
        F::StorageNext | F::StoragePrevious => (b"key".to_vec(), 3),
        F::TransientRead => (vec![], -1),
        F::StorageWrite | F::TransientWrite | F::TransientRemove => (vec![], 0),
        F::Call | F::DelegateCall | F::Transfer | F::Upgrade => (vec![], 0),
        F::Instantiate => (contract_id(&own, &stage.code, &[9; 32]).0.to_vec(), 0),
        F::ReturnedLength | F::ReturnedRead | F::EmitEvent | F::DebugLog => (vec![], 0),
        F::HashSha2x256 => (Sha256::digest(value).to_vec(), 0),
        F::HashSha3x256 => (Sha3_256::digest(value).to_vec(), 0),
        F::HashKeccak256 => (Keccak256::digest(value).to_vec(), 0),
        F::HashBlake2b256 => (Blake2b256::digest(value).to_vec(), 0),
        F::HashBlake2b128 => (Blake2b128::digest(value).to_vec(), 0),
        F::Ed25519Verify | F::P256Verify => (vec![], 1),
        F::Secp256k1Recover => (secp256k1_generator(), 1),
    })
}

/// The one call of a function that a script makes.
#[derive(Default)]
struct Watch {
    function: Option<HostFunction>,
    seen: Option<(i64, i64, HostCallResult)>,
    logged: Vec<u8>,
}

impl Observer for Watch {
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        if call.depth == 0 && Some(call.function) == self.function && self.seen.is_none() {
            self.seen = Some((call.gas_before, call.gas_left, call.result));
        }
    }

    fn debug_log(&mut self, contract: &AccountId, message: &[u8]) {
        assert_eq!(contract.0, [1; 32]);
        self.logged.extend_from_slice(message);
    }
}

impl Watch {
    fn on(function: HostFunction) -> Watch {
        Watch {
            function: Some(function),
            ..Watch::default()
        }
    }
}

#[test]
fn every_function_does_what_it_says() {
    for function in HostFunction::ALL {
        let mut stage = Stage::new();
        let ran = stage.run(function, &good(function).args);
        let Some((mut window, result)) = expected(&stage, function) else {
            let (status, output) = match function {
                HostFunction::Return => (Status::Success, &b"a value"[..]),
                HostFunction::Revert => (Status::Reverted, &b"a value"[..]),
                HostFunction::Panic => (Status::Panicked, &b"a value"[..]),
                _ => (Status::Success, &b""[..]),
            };
            assert_eq!(
                (ran.status, ran.output.as_slice()),
                (status, output),
                "{function:?}"
            );
            continue;
        };
        if function == HostFunction::GasLeft {
            let seen = u64::from_le_bytes(ran.bytes()[WINDOW as usize..].try_into().unwrap());
            assert!(seen < GAS && seen > ran.gas_left, "{seen}");
            continue;
        }
        window.resize(WINDOW as usize, 0);
        window.extend_from_slice(&result.to_le_bytes());
        assert_eq!(
            hex::encode(ran.bytes()),
            hex::encode(window),
            "{function:?}"
        );
    }
}

#[test]
fn effects_are_in_the_state() {
    let mut stage = Stage::new();
    let own = AccountId([1; 32]);
    let run = |stage: &mut Stage, function| stage.run(function, &good(function).args);

    run(&mut stage, HostFunction::StorageWrite);
    assert_eq!(stage.world.stored(own, b"key").unwrap(), b"a value");
    run(&mut stage, HostFunction::StorageRemove);
    assert_eq!(stage.world.stored(own, b"key"), None);

    let peer = stage.peer;
    run(&mut stage, HostFunction::Transfer);
    assert_eq!(stage.world.balance(peer), 5);
    assert_eq!(stage.world.balance(own), BALANCE - 5);
    run(&mut stage, HostFunction::Call);
    assert_eq!(stage.world.balance(peer), 10);

    let ran = run(&mut stage, HostFunction::Instantiate);
    let made = AccountId(ran.bytes()[..32].try_into().unwrap());
    assert_eq!(stage.world.balance(made), 5);
    let record = stage.world.account(made).contract.unwrap();
    assert_eq!((record.code, record.admin), (stage.code, own));

    let old = stage.world.account(own).contract.unwrap().code;
    run(&mut stage, HostFunction::Upgrade);
    let new = stage.world.account(own).contract.unwrap().code;
    assert_eq!(new, stage.code);
    assert_ne!(new, old);

    let ran = run(&mut stage, HostFunction::EmitEvent);
    assert_eq!(ran.events.len(), 1);
    assert_eq!(ran.events[0].contract, own);
    assert_eq!(ran.events[0].topics, [[0x71; 32], [0x72; 32]]);
    assert_eq!(ran.events[0].data, b"a value");

    stage
        .world
        .edit(|state| state.storage_remove(&own, b"key").unwrap());
    let before = stage.world.balance(peer);
    run(&mut stage, HostFunction::Terminate);
    assert_eq!(stage.world.balance(peer), before + BALANCE);
    assert_eq!(stage.world.account(own), lockstep_vm::Account::default());
}

#[test]
fn a_log_reaches_the_observer_and_nothing_else() {
    let mut stage = Stage::new();
    let id = stage.contract(HostFunction::DebugLog, &good(HostFunction::DebugLog).args);
    let message = stage.world.message(id, "main", INPUT);
    let mut watch = Watch::on(HostFunction::DebugLog);
    let watched = stage.world.run_observed(message.clone(), &mut watch);
    assert_eq!(watch.logged, b"a value");
    assert_eq!(watched, stage.world.run(message));
}

/// The price of a good call by the schedule.
fn price(stage: &Stage, function: HostFunction) -> i64 {
    let price = stage.world.protocol.schedule.host_price(function);
    let (input, output) = good(function).bytes;
    (price.base + input * price.per_input_byte + output * price.per_output_byte) as i64
}

/// Runs the good call with so much gas left when the guest makes it.
fn run_with_gas_at_call(function: HostFunction, gas_at_call: i64) -> (Ran, Watch) {
    let mut stage = Stage::new();
    let id = stage.contract(function, &good(function).args);
    let message = stage.world.message(id, "main", INPUT);
    let mut watch = Watch::on(function);
    stage.world.run_observed(message.clone(), &mut watch);
    let used_before = GAS as i64 - watch.seen.unwrap().0;

    let mut stage = Stage::new();
    stage.contract(function, &good(function).args);
    let message = Message {
        gas: (used_before + gas_at_call) as u64,
        ..message
    };
    let mut watch = Watch::on(function);
    let ran = stage.world.run_observed(message, &mut watch);
    assert_eq!(watch.seen.unwrap().0, gas_at_call, "{function:?}");
    (ran, watch)
}

#[test]
fn one_gas_too_little_ends_the_frame_without_effect() {
    for function in HostFunction::ALL {
        let mut stage = Stage::new();
        let price = price(&stage, function);
        assert!(price > 0, "{function:?} is free");
        stage.contract(function, &good(function).args);
        let untouched = stage.world.trie.root().0;

        let (ran, watch) = run_with_gas_at_call(function, price - 1);
        assert_eq!(ran.status, Status::OutOfGas, "{function:?}");
        assert_eq!((ran.gas_left, ran.events.len()), (0, 0), "{function:?}");
        assert_eq!(ran.root, untouched, "{function:?}");
        assert_eq!(watch.seen.unwrap().2, HostCallResult::Ended, "{function:?}");

        let (ran, watch) = run_with_gas_at_call(function, price);
        let (_, gas_left, result) = watch.seen.unwrap();
        let ends = expected(&Stage::new(), function).is_none();
        assert_eq!(result == HostCallResult::Ended, ends, "{function:?}");
        assert_eq!(gas_left, 0, "{function:?} costs what the schedule says");
        assert_eq!(ran.status == Status::OutOfGas, !ends, "{function:?}");
    }
}

#[test]
fn gas_goes_to_the_bucket_of_the_family() {
    for function in HostFunction::ALL {
        let mut stage = Stage::new();
        let ran = stage.run(function, &good(function).args);
        let storage = match function.family() {
            Family::Storage => price(&stage, function) as u64,
            _ => 0,
        };
        assert_eq!(ran.gas.storage, storage, "{function:?}");
        assert_eq!(ran.gas.forfeited, 0, "{function:?}");
        assert!(ran.gas.wasm > 0 && ran.gas.host > 0, "{function:?}");
    }
}

#[test]
fn a_contract_without_memory_can_call_and_be_called() {
    let mut stage = Stage::new();
    let wat = "(module (import \"lockstep\" \"return\" (func $return (param i32 i32)))
        (func (export \"main\") i32.const 0 i32.const 0 call $return)
        (func (export \"far\") i32.const 1 i32.const 0 call $return))";
    let id = stage.world.deploy(1, wat);
    assert_eq!(
        stage.world.run(stage.world.message(id, "main", &[])).status,
        Status::Success
    );
    let far = stage.world.run(stage.world.message(id, "far", &[]));
    assert_eq!(far.status, Status::PointerOutOfBounds);
}
