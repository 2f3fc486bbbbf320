//! Engines in lockstep: equal engines go on, and one that does something else is caught at the
//! place where it does, with nothing committed.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, HostFunction};
use lockstep_engines::{Divergence, EngineKind, SideBySide, SideBySideError};
use lockstep_gas_meter::{PreparedModule, Protocol};
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Call, Chain, CompiledModule, Engine, EngineError, EngineIdentity,
    FinalState, HostCalls, Machine, Meter, NoObserver, Run, SignedTransaction, Signer, Transaction,
    Unwind, WasmiEngine, code_hash, contract_id,
};

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

/// What a faulty engine does wrong.
#[derive(Clone, Copy)]
enum Fault {
    /// It loses one gas before the second host call.
    Gas,
    /// It hands over another pointer in the third host call.
    Argument,
    /// It changes a byte of memory before the third host call.
    Memory,
    /// It leaves another byte in memory than its code wrote, where no host call looks.
    Left,
    /// It leaves another value in a global than its code set, which nothing reads any more.
    Global,
    /// It does not come back from the second host call.
    Crash,
}

struct Faulty(WasmiEngine, Fault);

impl Engine for Faulty {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: "faulty",
            version: "0",
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(Box::new(FaultyModule(self.0.compile(module)?, self.1)))
    }
}

struct FaultyModule(Box<dyn CompiledModule>, Fault);

impl CompiledModule for FaultyModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let mut host = FaultyHost {
            host,
            fault: self.1,
            calls: 0,
        };
        let run = self.0.run(call, &mut host)?;
        match self.1 {
            Fault::Crash => Err(EngineError::Failed {
                engine: "faulty",
                reason: "as planned".to_string(),
            }),
            _ => Ok(run),
        }
    }
}

struct FaultyHost<'h> {
    host: &'h mut dyn HostCalls,
    fault: Fault,
    calls: u32,
}

impl HostCalls for FaultyHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        self.calls += 1;
        let mut args = args.to_vec();
        match (self.fault, self.calls) {
            (Fault::Gas, 2) => meter.gas -= 1,
            (Fault::Argument, 3) => args[0] = 8,
            (Fault::Memory, 3) => memory[39] ^= 1,
            _ => {}
        }
        self.host.call(function, &args, memory, meter)
    }

    fn wants_final_state(&self) -> bool {
        self.host.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        let mut memory = left.memory.to_vec();
        if let Fault::Left = self.fault {
            memory[99] ^= 1;
        }
        let mut globals = left.globals.to_vec();
        if let Fault::Global = self.fault {
            globals[0] ^= 1;
        }
        self.host.final_state(FinalState {
            memory: &memory,
            globals: &globals,
        });
    }
}

/// A chain with one contract and the transactions that lead to it and call it.
fn chain() -> (
    Chain<MemoryStore>,
    Vec<SignedTransaction>,
    SignedTransaction,
) {
    let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
    let key = Signer::from_seed([1; 32]);
    let balances = BTreeMap::from([(key.account(), 1 << 60)]);
    chain.genesis(&balances).expect("an empty state");
    let bytes = wat::parse_str(CONTRACT).expect("the text is a module");
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

/// What a faulty engine is found at.
fn found(fault: Fault) -> Result<Divergence, String> {
    let (mut chain, first, call) = chain();
    let root = chain.state_root();
    let faulty = Machine::new(Protocol::v1(), Box::new(Faulty(WasmiEngine::new(), fault)));
    let mut engines = SideBySide::with_machines(vec![faulty]);
    let mut builder = chain.begin(environment());
    for signed in &first {
        let outcome = engines.push(&mut builder, signed, &mut NoObserver);
        outcome.expect("no code runs yet").expect("it is valid");
    }
    let outcome = engines.push(&mut builder, &call, &mut NoObserver);
    drop(builder);
    assert_eq!(chain.state_root(), root, "something was committed");
    match outcome {
        Err(SideBySideError::Diverged(divergence)) => {
            assert_eq!(divergence.transaction, call.transaction.id());
            assert_eq!(divergence.second.name, "faulty");
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
fn an_engine_that_fails_is_named_and_is_no_divergence() {
    let failure = found(Fault::Crash).expect_err("it fails");
    assert!(failure.starts_with("faulty"), "{failure}");
    assert!(failure.contains("as planned"), "{failure}");
}
