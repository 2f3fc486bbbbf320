//! Code whose compiled frames are too large for the native stack runs on the interpreter: the same
//! receipts, observations and roots come out as on a machine that has nothing else.
#![cfg(feature = "wasmtime")]

use std::collections::BTreeMap;
use std::fmt::Write;

use lockstep_abi::{AccountId, HostFunction};
use lockstep_engines::{EngineKind, SideBySide};
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Call, Chain, EngineError, HostCalls, Machine, Meter, Observation,
    Receipt, Recorder, SignedTransaction, Signer, Status, Transaction, Unwind, code_hash,
    contract_id,
};

/// How many products the compiler keeps across a call.
const PRODUCTS: usize = 700;
/// How deep the recursion goes that ends by itself. Its frames fit into the metered stack, and not
/// into the native one.
const DEPTH: u64 = 8_000;

/// A contract of which each method writes to its storage, logs, and calls itself: `ends` so often
/// that it ends by itself, `endless` until the metered stack is used up. The compiled frame is
/// large because it computes the same products before and after the call.
fn large() -> Vec<u8> {
    let mut text = String::from(
        r#"(module
        (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
        (import "lockstep" "debug_log" (func $log (param i32 i32)))
        (import "lockstep" "return" (func $return (param i32 i32)))
        (memory 1)
        (data (i32.const 0) "before" "after")
        (func $down (param i64)
        local.get 0 i64.eqz if return end
        "#,
    );
    stores(&mut text, 1_000);
    text.push_str("local.get 0 i64.const 1 i64.sub call $down\n");
    stores(&mut text, 16_000);
    let _ = write!(
        text,
        r#")
        (func $before i32.const 0 i32.const 6 i32.const 0 i32.const 6 call $write
            i32.const 0 i32.const 6 call $log)
        (func (export "ends") call $before i64.const {DEPTH} call $down
            i32.const 6 i32.const 5 i32.const 1000 i32.const 64 call $write
            i32.const 6 i32.const 5 call $log
            i32.const 16000 i32.const 32 call $return)
        (func (export "endless") call $before i64.const -1 call $down))"#
    );
    wat::parse_str(text).expect("the text is a module")
}

/// Stores the products of the parameter with as many odd numbers.
fn stores(text: &mut String, base: usize) {
    for number in 0..PRODUCTS {
        let address = base + 8 * number;
        let factor = 1_000_003 + 2 * number;
        let _ = writeln!(
            text,
            "i32.const {address} local.get 0 i64.const {factor} i64.mul i64.store"
        );
    }
}

/// A contract that writes to its storage, calls `endless` of the contract whose id is its input,
/// and returns the status of the call.
const CALLER: &str = r#"(module
    (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
    (import "lockstep" "input_read" (func $input (param i32 i32 i32)))
    (import "lockstep" "return" (func $return (param i32 i32)))
    (import "lockstep" "call"
        (func $call (param i32 i32 i32 i32 i32 i32 i64 i32) (result i32)))
    (memory 1)
    (data (i32.const 64) "endless")
    (func (export "calls")
        i32.const 64 i32.const 4 i32.const 64 i32.const 4 call $write
        i32.const 0 i32.const 0 i32.const 32 call $input
        i32.const 128
        i32.const 0 i32.const 64 i32.const 7 i32.const 0 i32.const 0 i32.const 96
        i64.const 200000000 i32.const 0 call $call
        i32.store
        i32.const 128 i32.const 4 call $return))"#;

/// All that a machine comes to.
#[derive(Debug, PartialEq)]
struct Outcome {
    receipts: Vec<Receipt>,
    observations: Vec<Observation>,
    root: [u8; 32],
}

fn transactions() -> Vec<SignedTransaction> {
    let key = Signer::from_seed([1; 32]);
    let (large, caller) = (
        large(),
        wat::parse_str(CALLER).expect("the text is a module"),
    );
    let (large_hash, caller_hash) = (code_hash(&large), code_hash(&caller));
    let contract = |code| contract_id(&key.account(), &code, &[0; 32]);
    let instantiate = |code| Action::Instantiate {
        code,
        salt: [0; 32],
        input: Vec::new(),
        value: 0,
    };
    let call = |code, method: &str, input: Vec<u8>| Action::Call {
        contract: contract(code),
        method: method.to_string(),
        input,
        value: 0,
    };
    let actions = [
        Action::Upload { code: large },
        Action::Upload { code: caller },
        instantiate(large_hash),
        instantiate(caller_hash),
        call(large_hash, "ends", Vec::new()),
        call(large_hash, "endless", Vec::new()),
        call(caller_hash, "calls", contract(large_hash).0.to_vec()),
    ];
    let signed = (0..).zip(actions).map(|(nonce, action)| {
        key.sign(Transaction {
            chain_id: 1,
            sender: key.account(),
            nonce,
            gas_limit: 400_000_000,
            gas_price: 1,
            deposit_limit: 1 << 50,
            action,
        })
    });
    signed.collect()
}

fn chain(kind: EngineKind) -> Chain<MemoryStore> {
    let engine = kind.build().expect("it is available");
    let machine = Machine::new(Protocol::v1(), engine);
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
    let sender = Signer::from_seed([1; 32]).account();
    let genesis = chain.genesis(&BTreeMap::from([(sender, 1 << 60)]));
    genesis.expect("an empty state");
    chain
}

fn environment() -> BlockEnvironment {
    BlockEnvironment {
        chain_id: 1,
        height: 1,
        timestamp_ms: 0,
        fee_collector: AccountId([9; 32]),
        gas_limit: u64::MAX,
    }
}

/// Runs a block with all transactions on one engine.
fn outcome(kind: EngineKind) -> Outcome {
    let mut chain = chain(kind);
    let mut builder = chain.begin(environment());
    let mut recorder = Recorder::new();
    for signed in transactions() {
        let outcome = builder.push(&signed, &mut recorder);
        outcome.expect("the machine goes on").expect("it is valid");
    }
    let block = builder.finish().expect("the block is whole");
    Outcome {
        receipts: block.receipts,
        observations: recorder.take(),
        root: block.state_root.0,
    }
}

#[test]
fn large_frames_come_to_the_same_as_on_the_interpreter() {
    let expected = outcome(EngineKind::Wasmi);
    let statuses: Vec<Status> = expected.receipts.iter().map(|it| it.status).collect();
    assert_eq!(statuses[4], Status::Success);
    assert_eq!(statuses[5], Status::StackOverflow);
    assert_eq!(statuses[6], Status::Success);
    assert_ne!(expected.receipts[6].output, [0; 4], "the inner call fails");
    for kind in EngineKind::available().filter(|kind| kind.is_native()) {
        assert!(outcome(kind) == expected, "{kind}");
    }
}

#[test]
fn large_frames_run_in_lockstep() {
    let kinds: Vec<EngineKind> = EngineKind::available().collect();
    let mut chain = chain(EngineKind::Wasmtime);
    let mut engines = SideBySide::new(&Protocol::v1(), &kinds).expect("they are available");
    let mut builder = chain.begin(environment());
    for signed in transactions() {
        let outcome = engines.push(&mut builder, &signed, &mut Recorder::new());
        outcome.expect("they agree").expect("it is valid");
    }
}

/// Lets everything pass.
struct AnyHost;

impl HostCalls for AnyHost {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        _memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        Ok(None)
    }
}

/// What the tests above are about does happen.
#[test]
fn the_frames_are_too_large_for_the_native_stack() {
    let protocol = Protocol::v1();
    let prepared = prepare(&large(), &protocol).expect("it is accepted");
    let engine = EngineKind::Wasmtime.build().expect("it is available");
    let module = engine.compile(&prepared).expect("it compiles");
    for method in ["ends", "endless"] {
        let call = Call {
            method,
            gas: 1 << 50,
            stack_slots: protocol.limits.stack_slots_max,
        };
        let ended = module.run(call, &mut AnyHost);
        let overflowed = matches!(ended, Err(EngineError::NativeStack { .. }));
        assert!(overflowed, "{method}: {ended:?}");
    }
}
