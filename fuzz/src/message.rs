//! Messages against a state that is watched: what a failed frame leaves behind, whether balance is
//! conserved, and whether a contract reads what it wrote and nothing else.
//!
//! `judge` runs one program in a small world of its own. The machine's state is wrapped twice:
//! `wrap` may put anything around the journal (the planted faults do, see `fuzz/planted`), and
//! around that lies `Watched`, which knows no journal: it keeps a plain map of what was written,
//! copies it at every checkpoint and compares at every read and after every revert.

mod watched;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    BlockEnvironment, CodeCache, ContractRecord, Environment, Fatal, Journal, Message, NoObserver,
    Session, State, Target, WasmiEngine, code_hash, run_message,
};

use crate::oracles::Finding;
use crate::script::{SCRIPT, Step, encode};
use watched::Watched;

/// Who sends the messages.
pub const SENDER: AccountId = AccountId([0xaa; 32]);
/// The contracts, all of the same code.
pub const CONTRACTS: [AccountId; 3] = [AccountId([1; 32]), AccountId([2; 32]), AccountId([3; 32])];
/// The balance that everybody begins with.
const BALANCE: u128 = 10_000;
/// The gas of a message.
const GAS: u64 = 40_000_000;

/// Puts a state around another.
pub type Wrap = for<'s> fn(&'s mut (dyn State + 's)) -> Box<dyn State + 's>;

/// The world in which programs run.
pub struct Messages {
    trie: Trie<MemoryStore>,
    engine: WasmiEngine,
    cache: CodeCache,
    protocol: Protocol,
}

impl Default for Messages {
    fn default() -> Messages {
        let mut trie = Trie::new(MemoryStore::new());
        populate(&mut trie).expect("a memory store does not fail");
        Messages {
            trie,
            engine: WasmiEngine::new(),
            cache: CodeCache::default(),
            protocol: Protocol::v1(),
        }
    }
}

/// Uploads the code, makes the contracts and gives everybody a balance.
fn populate(trie: &mut Trie<MemoryStore>) -> Result<(), Fatal> {
    let code = wat::parse_str(SCRIPT).expect("the text is well formed");
    let hash = code_hash(&code);
    let mut journal = Journal::new(trie);
    journal.put_code(&hash, code)?;
    for id in CONTRACTS.iter().chain([&SENDER]) {
        let mut account = journal.account(id)?;
        account.balance = BALANCE;
        if *id != SENDER {
            account.contract = Some(ContractRecord::new(hash, SENDER));
        }
        journal.set_account(id, account)?;
    }
    journal.end_transaction()?;
    journal.commit()?;
    Ok(())
}

impl Messages {
    /// Runs a program in the first contract, with `wrap` around the journal if there is one.
    /// `Ok(true)` means that it succeeded. Nothing is committed.
    ///
    /// # Errors
    /// What is wrong with what the machine, or the state below it, did.
    pub fn judge(&mut self, program: &[Step], wrap: Option<Wrap>) -> Result<bool, Finding> {
        let mut journal = Journal::new(&mut self.trie);
        let mut parts = Parts {
            engine: &self.engine,
            cache: &mut self.cache,
            protocol: &self.protocol,
        };
        match wrap {
            Some(wrap) => parts.run(program, wrap(&mut journal).as_mut()),
            None => parts.run(program, &mut journal),
        }
    }
}

/// What a message needs beside the state.
struct Parts<'m> {
    engine: &'m WasmiEngine,
    cache: &'m mut CodeCache,
    protocol: &'m Protocol,
}

impl Parts<'_> {
    fn run(&mut self, program: &[Step], state: &mut dyn State) -> Result<bool, Finding> {
        let block = BlockEnvironment {
            chain_id: 1,
            height: 1,
            timestamp_ms: 1_700_000_000_123,
            fee_collector: AccountId([0xfe; 32]),
            gas_limit: u64::MAX,
        };
        let message = Message {
            target: Target::Call {
                contract: CONTRACTS[0],
                method: "run".to_string(),
            },
            caller: SENDER,
            value: 0,
            input: encode(program),
            gas: GAS,
            stack_slots: self.protocol.limits.stack_slots_max,
            read_only: false,
        };
        let mut watched = Watched::new(state).map_err(|fatal| fatal.to_string())?;
        let environment = Environment {
            engine: self.engine,
            protocol: self.protocol,
            block: &block,
            origin: SENDER,
        };
        let mut nobody = NoObserver;
        let mut session = Session::new(environment, &mut watched, self.cache, &mut nobody);
        let outcome = run_message(&mut session, message).map_err(|fatal| fatal.to_string())?;
        let used = session.gas_used();
        watched.finish()?;
        match used.total().checked_add(outcome.gas_left) {
            Some(GAS) => Ok(outcome.status.is_success()),
            _ => Err("gas: the buckets and what is left do not come to what was given".into()),
        }
    }
}
