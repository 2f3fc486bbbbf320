//! A state in memory in which messages run again and again from the same beginning.
//!
//! It holds some thousands of accounts and one contract with as many storage items, under random
//! keys. A message's time includes what its changes cost later: the receipt's root, the end of
//! its transaction, and the update of the state's root at the end of a block of its own, which is
//! the dearest way to update it. The state is then put back, outside the measured time.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_vm::{
    Account, BlockEnvironment, BlockRecord, CodeCache, ContractRecord, Environment, GasUsed,
    Journal, Message, NoObserver, Receipt, Session, State, Status, Target, WasmiEngine, code_hash,
    receipts_root, run_message,
};

use super::clock::timed;
use super::program::{GAS, assemble};
use crate::problem::Failure;
use crate::random::Random;

/// Who sends the messages.
pub(crate) const SENDER: AccountId = AccountId([0xaa; 32]);

/// The contract whose storage the messages work on.
pub(crate) const KEEPER: AccountId = AccountId([0x5a; 32]);

/// The balance of every account.
const BALANCE: u128 = 1 << 60;

/// The state, the engine and everything around a message.
pub(crate) struct World {
    trie: Trie<MemoryStore>,
    engine: WasmiEngine,
    cache: CodeCache,
    protocol: Protocol,
    block: BlockEnvironment,
    /// Accounts without code.
    pub(crate) accounts: Vec<[u8; 32]>,
    /// Keys of the keeper's storage; each has a value of 32 bytes, and so has each single byte.
    pub(crate) keys: Vec<[u8; 32]>,
}

/// A message that has run.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Nanoseconds from the message to the new root.
    pub(crate) ns: f64,
    /// The gas it used.
    pub(crate) gas: GasUsed,
    /// How it ended.
    pub(crate) status: Status,
}

impl World {
    /// A state with so many accounts and storage items.
    pub(crate) fn new(count: u32, protocol: &Protocol) -> Result<World, Failure> {
        let mut random = Random::new(1);
        let mut world = World {
            trie: Trie::new(MemoryStore::new()),
            engine: WasmiEngine::new(),
            cache: CodeCache::default(),
            protocol: protocol.clone(),
            block: BlockEnvironment {
                chain_id: 1,
                height: 1,
                timestamp_ms: 1,
                fee_collector: AccountId([0xfe; 32]),
                gas_limit: GAS,
            },
            accounts: (0..count).map(|_| random.id()).collect(),
            keys: (0..count).map(|_| random.id()).collect(),
        };
        let (accounts, keys) = (world.accounts.clone(), world.keys.clone());
        world.change(|state| {
            for id in accounts.into_iter().map(AccountId).chain([SENDER, KEEPER]) {
                state.set_account(&id, plain_account())?;
            }
            Ok(())
        })?;
        world.make_contract(&KEEPER, "(module)")?;
        let items = keys.into_iter().map(|key| (key.to_vec(), key.to_vec()));
        let short = (0..=255_u8).map(|key| (vec![key], vec![key; 32]));
        world.store(&KEEPER, items.chain(short).collect())?;
        Ok(world)
    }

    /// Changes the state for good.
    fn change(
        &mut self,
        change: impl FnOnce(&mut dyn State) -> Result<(), lockstep_vm::Fatal>,
    ) -> Result<(), Failure> {
        let mut journal = Journal::new(&mut self.trie);
        change(&mut journal).map_err(Failure::bug)?;
        journal.commit().map(|_| ()).map_err(Failure::bug)
    }

    /// Puts code, given as text, into the state.
    pub(crate) fn put_code(&mut self, text: &str) -> Result<CodeHash, Failure> {
        let bytes = assemble(text)?;
        let hash = code_hash(&bytes);
        self.change(|state| state.put_code(&hash, bytes))?;
        Ok(hash)
    }

    /// Makes an account a contract of this code, given as text, and returns the code's hash.
    pub(crate) fn make_contract(
        &mut self,
        id: &AccountId,
        text: &str,
    ) -> Result<CodeHash, Failure> {
        let hash = self.put_code(text)?;
        self.change(|state| {
            let mut account = plain_account();
            account.contract = Some(ContractRecord::new(hash, SENDER));
            state.set_account(id, account)
        })?;
        Ok(hash)
    }

    /// Puts items into a contract's storage.
    pub(crate) fn store(
        &mut self,
        contract: &AccountId,
        items: Vec<(Vec<u8>, Vec<u8>)>,
    ) -> Result<(), Failure> {
        self.change(|state| {
            for (key, value) in items {
                state.storage_set(contract, &key, value)?;
            }
            Ok(())
        })
    }

    /// Runs the method `run` of some code on a contract's storage, to the new root and back.
    pub(crate) fn run(
        &mut self,
        contract: AccountId,
        code: CodeHash,
        input: &[u8],
    ) -> Result<Ran, Failure> {
        let message = Message {
            target: Target::Delegate {
                contract,
                code,
                method: "run".to_owned(),
            },
            caller: SENDER,
            value: 0,
            input: input.to_vec(),
            gas: GAS,
            stack_slots: self.protocol.limits.stack_slots_max,
            read_only: false,
        };
        let before = self.trie.root();
        let (ran, ns) = timed(|| self.execute(message));
        let (gas, status, after) = ran.map_err(Failure::bug)?;
        self.put_back(before, after)?;
        Ok(Ran { ns, gas, status })
    }

    fn execute(
        &mut self,
        message: Message,
    ) -> Result<(GasUsed, Status, Digest), lockstep_vm::Fatal> {
        let mut journal = Journal::new(&mut self.trie);
        let environment = Environment {
            engine: &self.engine,
            protocol: &self.protocol,
            block: &self.block,
            origin: SENDER,
        };
        let mut observer = NoObserver;
        let mut session = Session::new(environment, &mut journal, &mut self.cache, &mut observer);
        let outcome = run_message(&mut session, message)?;
        let gas_used = session.gas_used();
        let (events, _) = journal.end_transaction()?;
        // What the end of a block does with a receipt: the caller gets a copy, the root covers it,
        // and the block's record has it.
        let receipts = vec![Receipt {
            status: outcome.status,
            gas_used,
            output: outcome.output,
            events,
            deposit_charged: 0,
            deposit_refunded: 0,
            fee: 0,
        }];
        std::hint::black_box(receipts.clone());
        let record = BlockRecord {
            environment: self.block.clone(),
            receipts_root: receipts_root(&receipts)?,
            receipts,
        };
        std::hint::black_box(record.to_bytes());
        Ok((gas_used, outcome.status, journal.commit()?))
    }

    /// Goes back to an earlier root and drops what came after it.
    fn put_back(&mut self, before: Digest, after: Digest) -> Result<(), Failure> {
        let trie = std::mem::replace(&mut self.trie, Trie::new(MemoryStore::new()));
        let mut store = trie.into_store();
        store.release(&after);
        self.trie = Trie::open(store, before).map_err(Failure::bug)?;
        Ok(())
    }
}

fn plain_account() -> Account {
    Account {
        balance: BALANCE,
        ..Account::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{KEEPER, World};
    use lockstep_gas_meter::Protocol;
    use lockstep_vm::Status;

    #[test]
    fn every_run_begins_in_the_same_state() {
        let mut world = World::new(50, &Protocol::v1()).expect("a state");
        let code = world
            .put_code(
                "(module (import \"lockstep\" \"storage_write\" (func $f (param i32 i32 i32 i32)))\
                 (memory 1) (func (export \"run\") (call $f (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 9))))",
            )
            .expect("a module");
        let root = world.trie.root();
        let nodes = world.trie.store().page_count();
        let first = world.run(KEEPER, code, &[]).expect("it runs");
        let second = world.run(KEEPER, code, &[]).expect("it runs");
        assert_eq!(first.status, Status::Success);
        assert_eq!(first.gas, second.gas);
        assert!(first.ns > 0.0);
        assert_eq!(world.trie.root(), root);
        assert_eq!(world.trie.store().page_count(), nodes);
    }
}
