//! Compiled code that outlives its prices: an engine that keeps what it compiled, by the length of
//! the code and not by everything that the compiled form depends on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lockstep_abi::AccountId;
use lockstep_cli::{Genesis, History, Manner, SignedBlock, Watch, compare, perform};
use lockstep_gas_meter::{PreparedModule, Protocol};
use lockstep_vm::{
    Action, Call, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Machine, Run,
    SignedTransaction, Signer, Transaction, WasmiEngine, code_hash, contract_id,
};

use super::{Fault, Hunter, Verdict};
use crate::generators::Rng;
use crate::script::{SCRIPT, encode, program};

/// The fault of this file.
pub fn fault() -> Fault {
    Fault {
        name: "stale-code-of-a-schedule",
        about: "compiled code is kept by its length, whatever its prices",
        oracle: "kept = fresh",
        budget: 200,
        hunter,
    }
}

/// Executes a history under the committed prices and then under others, on engines that may share
/// what they compiled, and compares with a fresh engine.
fn hunter(seed: u64, planted: bool) -> Hunter {
    let mut rng = Rng::new(seed);
    Box::new(move || {
        let history = history(&mut rng);
        let mut dearer = Protocol::v1();
        dearer.schedule.wasm.arithmetic += 1;
        let kept: Kept = Arc::default();
        let engine = || -> Box<dyn Engine> {
            match planted {
                true => Box::new(KeepingEngine {
                    inner: WasmiEngine::new(),
                    kept: Arc::clone(&kept),
                }),
                false => Box::new(WasmiEngine::new()),
            }
        };
        let run = |protocol: Protocol, engine: Box<dyn Engine>| {
            let machine = Machine::new(protocol, engine);
            perform(&history, machine, Manner::Observed, Watch::Calls).execution
        };
        run(Protocol::v1(), engine());
        let after = run(dearer.clone(), engine());
        let fresh = run(dearer, Box::new(WasmiEngine::new()));
        let found = compare(&fresh, &after);
        let finding =
            found.map(|found| format!("{}: {} and {}", found.field, found.base, found.other));
        Verdict {
            executions: 3,
            finding,
        }
    })
}

/// A history in which one account uploads the script's code, makes a contract and calls it.
fn history(rng: &mut Rng) -> History {
    let signer = Signer::from_seed([9; 32]);
    let code = wat::parse_str(SCRIPT).expect("the text is well formed");
    let hash = code_hash(&code);
    let contract = contract_id(&signer.account(), &hash, &[0; 32]);
    let actions = [
        Action::Upload { code },
        Action::Instantiate {
            code: hash,
            salt: [0; 32],
            input: Vec::new(),
            value: 0,
        },
        Action::Call {
            contract,
            method: "run".to_string(),
            input: encode(&program(rng, &[contract])),
            value: 0,
        },
    ];
    let sign = |(nonce, action): (u64, Action)| -> SignedTransaction {
        signer.sign(Transaction {
            chain_id: 1,
            sender: signer.account(),
            nonce,
            gas_limit: 80_000_000,
            gas_price: 0,
            deposit_limit: u128::MAX,
            action,
        })
    };
    let block = SignedBlock {
        timestamp_ms: 1,
        transactions: (0..).zip(actions).map(sign).collect(),
    };
    let genesis = Genesis {
        chain_id: 1,
        fee_collector: AccountId([7; 32]),
        block_gas_limit: u64::MAX,
        balances: BTreeMap::from([(signer.account(), 1_000_000)]),
    };
    History::new(genesis, vec![block])
}

/// Compiled modules by the length of their code.
type Kept = Arc<Mutex<BTreeMap<u64, Arc<dyn CompiledModule>>>>;

struct KeepingEngine {
    inner: WasmiEngine,
    kept: Kept,
}

impl Engine for KeepingEngine {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = kept.get(&module.code_length()) {
            return Ok(Box::new(KeptModule(Arc::clone(old))));
        }
        let compiled: Arc<dyn CompiledModule> = Arc::from(self.inner.compile(module)?);
        kept.insert(module.code_length(), Arc::clone(&compiled));
        Ok(Box::new(KeptModule(compiled)))
    }
}

struct KeptModule(Arc<dyn CompiledModule>);

impl CompiledModule for KeptModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        self.0.run(call, host)
    }
}
