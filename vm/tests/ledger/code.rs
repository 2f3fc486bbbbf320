//! Uploads, instantiations and upgrades.

use std::sync::{Arc, Mutex};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::{PreparedModule, Protocol, Refusal};
use lockstep_vm::{
    Action, Chain, CodeKey, CompiledModule, Engine, EngineError, EngineIdentity, Machine,
    NoObserver, Observer, StateChange, Status, WasmiEngine, code_hash, contract_id,
};

use crate::script::{self, Step};
use crate::world::{GAS_PRICE, World, account, environment, signer, transaction};

/// A module that the policy refuses for a float.
const FLOATS: &str = r#"(module (func (export "run") (drop (f32.const 1))))"#;

/// Exports a method, and neither `init` nor `upgraded`.
const PLAIN: &str = r#"(module (func (export "run")))"#;

#[derive(Default)]
struct Reasons(Vec<CodeHash>);

impl Observer for Reasons {
    fn code_refused(&mut self, code: &CodeHash, _refusal: &Refusal) {
        self.0.push(*code);
    }
}

fn upload(text: &str) -> Action {
    let code = wat::parse_str(text).unwrap();
    Action::Upload { code }
}

fn hash(text: &str) -> CodeHash {
    code_hash(&wat::parse_str(text).unwrap())
}

#[test]
fn uploads_return_the_code_s_hash_and_can_be_repeated() {
    let mut world = World::new();
    let first = world.send(0, script::upload());
    let hash = code_hash(&script::wasm());
    assert_eq!(first.receipt.status, Status::Success);
    assert_eq!(first.receipt.output, hash.0);
    assert_eq!(world.chain.code(&hash).unwrap(), Some(script::wasm()));
    let length = u64::try_from(script::wasm().len()).unwrap();
    assert!(first.changes.contains(&StateChange::Code { hash, length }));

    let second = world.send(1, script::upload());
    assert_eq!(second.receipt.status, Status::Success);
    assert_eq!(second.receipt.gas_used, first.receipt.gas_used);
    assert!(
        !second
            .changes
            .iter()
            .any(|change| matches!(change, StateChange::Code { .. }))
    );
}

#[test]
fn refused_code_pays_and_only_an_observer_learns_why() {
    let mut world = World::new();
    let signed = signer(0).sign(transaction(0, 0, upload(FLOATS)));
    let mut reasons = Reasons::default();
    let mut builder = world.chain.begin(environment(1));
    let receipt = builder
        .push(&signed, &mut reasons)
        .unwrap()
        .unwrap()
        .receipt;
    builder.finish().unwrap();
    assert_eq!(receipt.status, Status::CodeRefused);
    assert!(receipt.output.is_empty());
    assert_eq!(
        receipt.fee,
        u128::from(receipt.gas_used.intrinsic) * GAS_PRICE
    );
    assert_eq!(receipt.gas_used.total(), receipt.gas_used.intrinsic);
    assert_eq!(reasons.0, [hash(FLOATS)]);
    assert_eq!(world.chain.code(&hash(FLOATS)).unwrap(), None);
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    let mut world = World::new();
    for code in [vec![], vec![0xff; 1_000], b"\0asm\x01\0\0".to_vec()] {
        let receipt = world.receipt(0, Action::Upload { code });
        assert_eq!(receipt.status, Status::CodeRefused);
    }
}

#[test]
fn instantiations_return_the_contract_s_id_and_keep_no_output_of_init() {
    let (mut world, _) = World::with_script(0);
    let program = [Step::Write { key: 3, length: 2 }, Step::Return(9)];
    let report = world.send(0, script::instantiate(5, &program, 40));
    let code = code_hash(&script::wasm());
    let id = contract_id(&account(0), &code, &[5; 32]);
    assert_eq!(report.receipt.status, Status::Success);
    assert_eq!(report.receipt.output, id.0);
    assert_eq!(world.balance(id), 40);
    let record = world.account(id).contract.unwrap();
    assert_eq!((record.code, record.admin), (code, account(0)));
    assert_eq!((record.storage_items, record.storage_bytes), (1, 3));

    let again = world.receipt(0, script::instantiate(5, &program, 40));
    assert_eq!(again.status, Status::ContractExists);
    assert_eq!(again.gas_used.forfeited, 0);
    let of_other = world.receipt(1, script::instantiate(5, &program, 40));
    assert_eq!(of_other.status, Status::Success);
}

#[test]
fn an_init_that_fails_makes_no_contract() {
    let (mut world, _) = World::with_script(0);
    let receipt = world.receipt(0, script::instantiate(5, &[Step::Revert(8)], 40));
    assert_eq!(
        (receipt.status, receipt.output),
        (Status::Reverted, vec![8])
    );
    let id = contract_id(&account(0), &code_hash(&script::wasm()), &[5; 32]);
    assert_eq!(world.account(id), lockstep_vm::Account::default());
    assert!(!world.accounts().contains_key(&id));
}

#[test]
fn code_that_was_not_uploaded() {
    let mut world = World::new();
    let receipt = world.receipt(0, script::instantiate(5, &[], 0));
    assert_eq!(receipt.status, Status::CodeNotFound);
}

#[test]
fn methods_that_do_not_exist() {
    let (mut world, contract) = World::with_script(0);
    for method in ["walk", "", "memory"] {
        let action = Action::Call {
            contract,
            method: method.to_owned(),
            input: vec![],
            value: 0,
        };
        let receipt = world.receipt(0, action);
        assert_eq!(receipt.status, Status::MethodNotFound, "{method}");
        assert_eq!(receipt.gas_used.forfeited, 0);
    }
}

fn upgrade(contract: AccountId, code: CodeHash, program: &[Step]) -> Action {
    Action::Upgrade {
        contract,
        code,
        input: script::encode(program),
    }
}

#[test]
fn upgrades_replace_the_code_and_run_its_hook() {
    let (mut world, contract) = World::with_script(0);
    let script = code_hash(&script::wasm());
    world.receipt(0, upload(PLAIN));
    let plain = world.receipt(0, upgrade(contract, hash(PLAIN), &[]));
    assert_eq!(plain.status, Status::Success);
    assert_eq!(world.account(contract).contract.unwrap().code, hash(PLAIN));

    let program = [Step::Write { key: 1, length: 1 }, Step::Return(6)];
    let back = world.receipt(0, upgrade(contract, script, &program));
    assert_eq!((back.status, back.output), (Status::Success, vec![6]));
    assert_eq!(world.account(contract).contract.unwrap().code, script);
    assert_eq!(
        world.chain.storage(&contract, &[1]).unwrap(),
        Some(vec![0x2a])
    );
}

#[test]
fn upgrades_that_must_fail_leave_the_code() {
    let (mut world, contract) = World::with_script(0);
    let script = code_hash(&script::wasm());
    world.receipt(0, upload(PLAIN));
    let mut status = |number, action| world.receipt(number, action).status;

    assert_eq!(
        status(1, upgrade(contract, hash(PLAIN), &[])),
        Status::NotAdmin
    );
    let unknown = CodeHash([1; 32]);
    assert_eq!(
        status(0, upgrade(contract, unknown, &[])),
        Status::CodeNotFound
    );
    assert_eq!(
        status(0, upgrade(account(1), script, &[])),
        Status::NotAContract
    );
    let failing = upgrade(contract, script, &[Step::Revert(1)]);
    assert_eq!(status(0, failing), Status::Reverted);
    assert_eq!(world.account(contract).contract.unwrap().code, script);
}

#[test]
fn loading_costs_the_same_with_a_warm_and_a_cold_cache() {
    let (mut world, contract) = World::with_script(0);
    let signed = |nonce| signer(0).sign(transaction(0, nonce, script::call(contract, &[])));
    let nonce = world.account(account(0)).nonce;
    let warm = world.submit(&signed(nonce)).unwrap().receipt;

    let store = world.chain.trie().store().clone();
    let trie = lockstep_state_trie::Trie::open(store, world.chain.state_root()).unwrap();
    let mut cold = Chain::new(trie, crate::world::machine());
    let mut builder = cold.begin(environment(world.height));
    let report = builder
        .push(&signed(nonce + 1), &mut NoObserver)
        .unwrap()
        .unwrap();
    assert_eq!(report.receipt, warm);
}

/// How an engine was asked for compiled code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    ByNeed,
}

/// wasmi, and what it was asked.
struct Watched(WasmiEngine, Arc<Mutex<Vec<Asked>>>);

impl Engine for Watched {
    fn identity(&self) -> EngineIdentity {
        self.0.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.1.lock().unwrap().push(Asked::Whole);
        self.0.compile(module)
    }

    fn load(
        &self,
        key: &CodeKey,
        module: &PreparedModule,
    ) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.1.lock().unwrap().push(Asked::ByNeed);
        self.0.load(key, module)
    }
}

#[test]
fn code_is_compiled_whole_when_it_is_new_and_by_need_when_it_comes_back() {
    let asked = Arc::default();
    let machine = || {
        let engine = Watched(WasmiEngine::new(), Arc::clone(&asked));
        Machine::new(Protocol::v1(), Box::new(engine))
    };
    let mut world = World::new();
    let trie = world.chain.trie().clone();
    world.chain = Chain::new(trie, machine());
    assert!(world.send(0, script::upload()).receipt.status.is_success());
    let contract = world.instantiate(0, 0);
    assert_eq!(*asked.lock().unwrap(), [Asked::Whole]);

    let trie = world.chain.trie().clone();
    world.chain = Chain::new(trie, machine());
    for _ in 0..2 {
        let call = world.send(0, script::call(contract, &[]));
        assert!(call.receipt.status.is_success());
    }
    assert_eq!(*asked.lock().unwrap(), [Asked::Whole, Asked::ByNeed]);
}
