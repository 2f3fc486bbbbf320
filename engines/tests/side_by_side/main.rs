//! Engines in lockstep: equal engines go on, and one that does something else is caught at the
//! place where it does, with nothing committed.

mod faulty;
mod long;

use std::collections::BTreeMap;

use lockstep_abi::AccountId;
use lockstep_engines::{
    Divergence, EngineKind, SideBySide, SideBySideError, SideBySideReplayError,
};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Bundle, BundleBlock, Chain, Engine, Machine, NoObserver,
    SignedTransaction, Signer, Transaction, WasmiEngine, code_hash, contract_id,
};

use faulty::{Fault, Faulty};

const CONTRACT: &str = r#"(module
    (import "lockstep" "block_height" (func $height (result i64)))
    (import "lockstep" "caller" (func $caller (param i32)))
    (import "lockstep" "return" (func $return (param i32 i32)))
    (memory 1)
    (global $count (mut i64) (i64.const 5))
    (func (export "run")
        global.get $count i64.const 3 i64.mul global.set $count
        i32.const 0 call $caller
        i32.const 32 call $height i64.store
        i32.const 0 i32.const 40 call $return))"#;

/// A chain and the transactions that lead to a contract and call it.
type Prepared = (
    Chain<MemoryStore>,
    Vec<SignedTransaction>,
    SignedTransaction,
);

fn chain() -> Prepared {
    chain_with(CONTRACT)
}

/// A chain with one contract, which has a method `run`.
fn chain_with(contract: &str) -> Prepared {
    let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
    let key = Signer::from_seed([1; 32]);
    let balances = BTreeMap::from([(key.account(), 1 << 60)]);
    chain.genesis(&balances).expect("an empty state");
    let bytes = wat::parse_str(contract).expect("the text is a module");
    let code = code_hash(&bytes);
    let contract = contract_id(&key.account(), &code, &[0; 32]);
    let sign = |nonce, action| {
        key.sign(Transaction {
            chain_id: 1,
            sender: key.account(),
            nonce,
            gas_limit: 50_000_000,
            gas_price: 1,
            deposit_limit: 1 << 50,
            action,
        })
    };
    let instantiate = Action::Instantiate {
        code,
        salt: [0; 32],
        input: Vec::new(),
        value: 0,
    };
    let call = Action::Call {
        contract,
        method: "run".to_string(),
        input: Vec::new(),
        value: 0,
    };
    let first = vec![
        sign(0, Action::Upload { code: bytes }),
        sign(1, instantiate),
    ];
    (chain, first, sign(2, call))
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

#[test]
fn equal_engines_commit_the_same_block_as_one_engine() {
    let kinds: Vec<EngineKind> = EngineKind::available().collect();
    let roots = [&kinds[..0], &kinds[..]].map(|beside| {
        let (mut chain, first, call) = chain();
        let mut engines = SideBySide::new(&Protocol::v1(), beside).expect("they are available");
        let mut builder = chain.begin(environment());
        for signed in first.iter().chain([&call]) {
            let outcome = engines.push(&mut builder, signed, &mut NoObserver);
            let report = outcome.expect("they agree").expect("it is valid");
            assert!(report.receipt.status.is_success());
        }
        let block = builder.finish().expect("the block is whole");
        assert_eq!(block.receipts.len(), 3);
        block.state_root
    });
    assert_eq!(roots[0], roots[1]);
}

fn machine(engine: impl Engine + 'static) -> Machine {
    Machine::new(Protocol::v1(), Box::new(engine))
}

fn faulty(fault: Fault) -> Machine {
    machine(Faulty(fault))
}

/// What a faulty engine is found at beside one that is sound.
fn found(fault: Fault) -> Result<Divergence, String> {
    let (chain, first, call) = chain();
    let found = found_on(chain, (&first, &call), vec![faulty(fault)])?;
    assert_eq!(found.second.name, "faulty");
    Ok(found)
}

/// What a faulty engine of the block's own is found at beside these.
fn found_beside(fault: Fault, beside: Vec<Machine>) -> Result<Divergence, String> {
    let (sound, first, call) = chain();
    let chain = Chain::new(sound.into_trie(), faulty(fault));
    found_on(chain, (&first, &call), beside)
}

fn found_on(
    mut chain: Chain<MemoryStore>,
    (first, call): (&[SignedTransaction], &SignedTransaction),
    beside: Vec<Machine>,
) -> Result<Divergence, String> {
    let root = chain.state_root();
    let mut engines = SideBySide::with_machines(beside);
    let mut builder = chain.begin(environment());
    for signed in first {
        let outcome = engines.push(&mut builder, signed, &mut NoObserver);
        outcome.expect("no code runs yet").expect("it is valid");
    }
    let outcome = engines.push(&mut builder, call, &mut NoObserver);
    drop(builder);
    assert_eq!(chain.state_root(), root, "something was committed");
    match outcome {
        Err(SideBySideError::Diverged(divergence)) => {
            assert_eq!(divergence.transaction, call.transaction.id());
            Ok(*divergence)
        }
        Err(SideBySideError::Fatal { engine, fatal }) => Err(format!("{} {fatal}", engine.name)),
        Ok(_) => panic!("the fault was not seen"),
    }
}

#[test]
fn a_lost_gas_is_found_at_its_host_call() {
    let divergence = found(Fault::Gas).expect("it diverges");
    assert_eq!(divergence.host_calls_before, 1);
    assert_eq!(divergence.place, "host call 1 (`block_height`)");
    let value = |text: &String| text.parse::<i64>().expect("a number");
    let (first, second) = (&divergence.first_value, &divergence.second_value);
    assert_eq!(value(first) - value(second), 1, "{divergence}");
}

#[test]
fn another_argument_is_found_at_its_host_call() {
    let divergence = found(Fault::Argument).expect("it diverges");
    assert_eq!(divergence.host_calls_before, 2);
    assert_eq!(divergence.field, "arguments", "{divergence}");
}

#[test]
fn another_byte_of_memory_is_found_where_the_host_reads_it() {
    let divergence = found(Fault::Memory).expect("it diverges");
    assert_eq!(divergence.host_calls_before, 2);
    assert!(divergence.field.contains("bytes"), "{divergence}");
}

#[test]
fn another_byte_or_global_that_is_left_behind_is_found_at_the_end_of_the_frame() {
    for fault in [Fault::Left, Fault::Global] {
        let divergence = found(fault).expect("it diverges");
        assert_eq!(divergence.host_calls_before, 3);
        let field = divergence.field;
        assert_eq!(field, "hash of final memory and globals", "{divergence}");
    }
}

#[test]
fn an_engine_that_fails_where_another_comes_to_a_result_differs_from_it() {
    let divergence = found(Fault::Crash).expect("it diverges");
    assert_eq!(divergence.place, "after 3 host calls that agree");
    let (first, second) = (&divergence.first_value, &divergence.second_value);
    assert_eq!(first, "a receipt of status 0");
    assert!(second.contains("as planned"), "{divergence}");
}

#[test]
fn engines_that_all_fail_do_not_differ_and_the_block_s_own_is_named() {
    let failure = found_beside(Fault::Crash, vec![faulty(Fault::Crash)]).expect_err("they fail");
    assert!(failure.starts_with("faulty"), "{failure}");
    assert!(failure.contains("as planned"), "{failure}");
}

#[test]
fn a_block_s_own_engine_that_fails_differs_from_one_that_does_not() {
    let sound = machine(WasmiEngine::new());
    let beside = vec![faulty(Fault::Crash), sound];
    let divergence = found_beside(Fault::Crash, beside).expect("it diverges");
    assert_eq!(
        (divergence.first.name, divergence.second.name),
        ("faulty", "wasmi")
    );
    let (first, second) = (&divergence.first_value, &divergence.second_value);
    assert!(first.contains("as planned"), "{divergence}");
    assert_eq!(second, "a receipt of status 0");
}

/// The bundle of the transactions, with what wasmi comes to.
fn bundle((mut chain, first, call): Prepared) -> Bundle {
    let before = chain.state_root();
    let transactions: Vec<SignedTransaction> = first.into_iter().chain([call]).collect();
    let executed = chain.execute_block(environment(), &transactions, &mut NoObserver);
    let (block, _) = executed.expect("they are valid");
    let block = BundleBlock {
        environment: block.environment,
        transactions: transactions.into_iter().zip(block.receipts).collect(),
        state_root: block.state_root,
    };
    let mut wasmi = machine(WasmiEngine::new());
    let bundle = Bundle::record(
        chain.trie(),
        before,
        vec![block],
        &mut wasmi,
        &mut NoObserver,
    );
    bundle.expect("the chain holds the state")
}

#[test]
fn a_replay_in_lockstep_finds_every_fault_also_one_that_no_receipt_shows() {
    let bundle = bundle(chain());
    for fault in [
        Fault::Gas,
        Fault::Argument,
        Fault::Memory,
        Fault::Left,
        Fault::Global,
        Fault::Crash,
    ] {
        let mut engines = SideBySide::with_machines(vec![faulty(fault)]);
        match engines.replay(&bundle, &mut machine(WasmiEngine::new())) {
            Err(SideBySideReplayError::Diverged { place, divergence }) => {
                let number = place.and_then(|place| place.transaction);
                assert_eq!(number, Some(3), "{divergence}");
                assert_eq!(*divergence, found(fault).expect("it diverges"));
            }
            other => panic!("the replay came to {other:?}"),
        }
    }
    let mut sound = SideBySide::with_machines(vec![machine(WasmiEngine::new())]);
    let replayed = sound.replay(&bundle, &mut machine(WasmiEngine::new()));
    assert_eq!(
        replayed.expect("they agree").state_root,
        bundle.blocks[0].state_root
    );
    let mut nothing_beside = SideBySide::with_machines(Vec::new());
    let left = nothing_beside.replay(&bundle, &mut faulty(Fault::Left));
    left.expect("a receipt does not show what is left");
}
