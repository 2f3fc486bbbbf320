//! A state with a few accounts and contracts, and one engine, for one test.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Account, BlockEnvironment, CodeCache, ContractRecord, Environment, Event, GasUsed, Journal,
    Message, NoObserver, Observer, Session, State, Status, Target, WasmiEngine, code_hash,
    run_message,
};

use crate::script::Script;

/// The gas that a message gets unless a test says otherwise.
pub(crate) const GAS: u64 = 50_000_000;

/// Who sends the messages.
pub(crate) const SENDER: AccountId = AccountId([0xaa; 32]);

/// What [`World::run`] has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) status: Status,
    pub(crate) output: Vec<u8>,
    pub(crate) gas_left: u64,
    pub(crate) gas: GasUsed,
    pub(crate) events: Vec<Event>,
    pub(crate) contract: Option<AccountId>,
    pub(crate) root: [u8; 32],
}

impl Ran {
    /// The output as a number.
    pub(crate) fn number(&self) -> u64 {
        assert_eq!(self.status, Status::Success, "{self:?}");
        u64::from_le_bytes(self.output.as_slice().try_into().unwrap())
    }

    /// The output of a message that succeeded.
    pub(crate) fn bytes(&self) -> &[u8] {
        assert_eq!(self.status, Status::Success, "{self:?}");
        &self.output
    }
}

/// The state, the engine and everything around a message.
pub(crate) struct World {
    pub(crate) trie: Trie<MemoryStore>,
    pub(crate) engine: WasmiEngine,
    pub(crate) cache: CodeCache,
    pub(crate) protocol: Protocol,
    pub(crate) block: BlockEnvironment,
}

impl World {
    /// An empty state in which [`SENDER`] has a million.
    pub(crate) fn new() -> World {
        let mut world = World {
            trie: Trie::new(MemoryStore::default()),
            engine: WasmiEngine::new(),
            cache: CodeCache::default(),
            protocol: Protocol::v1(),
            block: BlockEnvironment {
                chain_id: 77,
                height: 1234,
                timestamp_ms: 1_700_000_000_123,
                fee_collector: AccountId([0xfe; 32]),
                gas_limit: u64::MAX,
            },
        };
        world.fund(SENDER, 1_000_000);
        world
    }

    /// Changes the state directly and commits.
    pub(crate) fn edit<R>(&mut self, change: impl FnOnce(&mut dyn State) -> R) -> R {
        let mut journal = Journal::new(&mut self.trie);
        let result = change(&mut journal);
        journal.end_transaction().unwrap();
        journal.commit().unwrap();
        result
    }

    pub(crate) fn fund(&mut self, id: AccountId, balance: u128) {
        self.edit(|state| {
            let mut account = state.account(&id).unwrap();
            account.balance = balance;
            state.set_account(&id, account).unwrap();
        });
    }

    pub(crate) fn account(&mut self, id: AccountId) -> Account {
        self.edit(|state| state.account(&id).unwrap())
    }

    pub(crate) fn balance(&mut self, id: AccountId) -> u128 {
        self.account(id).balance
    }

    pub(crate) fn store(&mut self, contract: AccountId, key: &[u8], value: &[u8]) {
        self.edit(|state| state.storage_set(&contract, key, value.to_vec()).unwrap());
    }

    pub(crate) fn stored(&mut self, contract: AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.edit(|state| state.storage_get(&contract, key).unwrap())
    }

    /// Puts code into the state.
    pub(crate) fn upload(&mut self, wat: &str) -> CodeHash {
        let wasm = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
        let hash = code_hash(&wasm);
        self.edit(|state| state.put_code(&hash, wasm).unwrap());
        hash
    }

    /// Makes a contract with this id, or replaces its code, without running any hook.
    pub(crate) fn deploy(&mut self, id: u8, wat: &str) -> AccountId {
        let code = self.upload(wat);
        let id = AccountId([id; 32]);
        self.edit(|state| {
            let mut account = state.account(&id).unwrap();
            match &mut account.contract {
                Some(record) => record.code = code,
                none => *none = Some(ContractRecord::new(code, SENDER)),
            }
            state.set_account(&id, account).unwrap();
        });
        id
    }

    /// The gas of loading a contract's code, and of making an instance of it.
    pub(crate) fn code_gas(&mut self, contract: AccountId) -> (u64, u64) {
        let hash = self.account(contract).contract.unwrap().code;
        let code = self.edit(|state| state.code(&hash).unwrap().unwrap());
        let prepared = prepare(&code, &self.protocol).unwrap();
        let prices = &self.protocol.schedule.code;
        let load = prices.load_base + prices.load_per_byte * code.len() as u64;
        (load, prepared.instantiation_gas())
    }

    /// A message of [`SENDER`] with plenty of everything.
    pub(crate) fn message(&self, contract: AccountId, method: &str, input: &[u8]) -> Message {
        Message {
            target: Target::Call {
                contract,
                method: method.to_owned(),
            },
            caller: SENDER,
            value: 0,
            input: input.to_vec(),
            gas: GAS,
            stack_slots: self.protocol.limits.stack_slots_max,
            read_only: false,
        }
    }

    /// Runs a message as a transaction of its own and commits what it did.
    pub(crate) fn run(&mut self, message: Message) -> Ran {
        self.run_observed(message, &mut NoObserver)
    }

    pub(crate) fn run_observed(&mut self, message: Message, observer: &mut dyn Observer) -> Ran {
        let given = message.gas;
        let mut journal = Journal::new(&mut self.trie);
        let environment = Environment {
            engine: &self.engine,
            protocol: &self.protocol,
            block: &self.block,
            origin: SENDER,
        };
        let mut session = Session::new(environment, &mut journal, &mut self.cache, observer);
        let outcome = run_message(&mut session, message).unwrap();
        let gas = session.gas_used();
        assert_eq!(
            gas.total() + outcome.gas_left,
            given,
            "the buckets must add up: {outcome:?}"
        );
        assert_eq!(gas.intrinsic, 0);
        let (events, _) = journal.end_transaction().unwrap();
        let root = journal.commit().unwrap();
        Ran {
            status: outcome.status,
            output: outcome.output,
            gas_left: outcome.gas_left,
            gas,
            events,
            contract: outcome.contract,
            root: root.0,
        }
    }

    /// Deploys a script as contract 1 and runs its `main` with this input.
    pub(crate) fn script(&mut self, script: Script, input: &[u8]) -> Ran {
        let contract = self.deploy(1, &script.wat());
        self.run(self.message(contract, "main", input))
    }
}

/// Runs a script in a new world.
pub(crate) fn run_script(script: Script, input: &[u8]) -> Ran {
    World::new().script(script, input)
}
