//! Messages against a state that is watched: what a failed frame leaves behind, whether balance is
//! conserved, and whether a contract reads what it wrote and nothing else.
//!
//! `judge` runs one program in a small world of its own. The machine's state is wrapped twice:
//! a [`Wrap`] may put anything around the journal (the planted faults do, see `fuzz/planted`), and
//! around that lies `Watched`, which knows no journal: it keeps a plain map of what was written,
//! copies it at every checkpoint and compares at every read and after every revert. It also knows
//! which frame runs: nobody else's storage or balance may be used and no other account changed, the
//! code that runs is that of the contract, and nothing changes while the frame is read-only. A [`Wrap`]
//! may also lie around `Watched`, where it does what a wrong host would do.
//!
//! `judge_block` runs several in one journal, as transactions of a block on a state that holds something
//! already, and goes by one model from the first to the root of what is committed (`block`).
//!
//! Which frame runs is not the host's word: an engine (`between`) watches each guest as it calls the
//! host, makes the frames of what guests ask for (`asked`), and compares what the host answers with
//! them. It shares the map (`model`), and so knows also what each call must read, change and come
//! to: that a value moves with its call, say, and that nothing is left of a frame that it saw fail
//! (`waiting`).

mod asked;
mod between;
mod block;
mod frames;
mod model;
mod waiting;
mod watched;
mod work;

use std::sync::OnceLock;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    BlockEnvironment, CodeCache, ContractRecord, Engine, Environment, Event, Fatal, FrameOutcome,
    Journal, Message, Session, State, Target, WasmiEngine, run_message,
};

use crate::oracles::Finding;
use crate::script::{TopMessage, codes, encode};
use asked::{AskedFrames, Sent};
use between::Between;
pub use block::InBlock;
pub use frames::Frames;
use watched::Watched;
use work::Count;
pub use work::Work;

/// Who sends the messages.
pub const SENDER: AccountId = AccountId([0xaa; 32]);
/// The contracts, all of the same code.
pub const CONTRACTS: [AccountId; 3] = [AccountId([1; 32]), AccountId([2; 32]), AccountId([3; 32])];
/// The block that messages run in.
const BLOCK: BlockEnvironment = BlockEnvironment {
    chain_id: 1,
    height: 1,
    timestamp_ms: 1_700_000_000_123,
    fee_collector: AccountId([0xfe; 32]),
    gas_limit: u64::MAX,
};
/// The balance that everybody begins with.
const BALANCE: u128 = 10_000;

/// The rules by which messages run.
fn protocol() -> &'static Protocol {
    static PROTOCOL: OnceLock<Protocol> = OnceLock::new();
    PROTOCOL.get_or_init(Protocol::v1)
}

/// Where a state is put around another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Between the machine and the state that is watched: what it changes is what the host asks for.
    Host,
    /// Between the state that is watched and the journal.
    Journal,
}

/// Puts a state around another.
pub trait Wrap {
    /// Where.
    fn place(&self) -> Place;

    /// The state around `inner`; it may look at the frames that are under way.
    fn around<'s>(&self, inner: &'s mut (dyn State + 's), frames: Frames) -> Box<dyn State + 's>;
}

/// The world in which programs run.
pub struct Messages {
    trie: Trie<MemoryStore>,
    /// The same, where contracts have storage.
    stored: Trie<MemoryStore>,
    engine: Box<dyn Engine>,
    asked: AskedFrames,
    cache: CodeCache,
    /// What the programs did so far.
    pub work: Work,
}

impl Default for Messages {
    fn default() -> Messages {
        Messages::with(|engine| engine)
    }
}

impl Messages {
    /// A world whose engine is what `around` makes of the one whose guests are watched: that one's
    /// calls of the host go through what it puts around.
    ///
    /// # Panics
    /// Never: a memory store does not fail.
    pub fn with(around: impl FnOnce(Box<dyn Engine>) -> Box<dyn Engine>) -> Messages {
        let [trie, stored] = [false, true].map(|stored| {
            let mut trie = Trie::new(MemoryStore::new());
            populate(&mut trie, stored).expect("a memory store does not fail");
            trie
        });
        let asked = AskedFrames::default();
        let between = Between {
            inner: WasmiEngine::new(),
            frames: asked.clone(),
        };
        Messages {
            trie,
            stored,
            engine: around(Box::new(between)),
            asked,
            cache: CodeCache::default(),
            work: Work::default(),
        }
    }
}

/// Uploads the code, makes the contracts and gives everybody a balance; some have storage.
fn populate(trie: &mut Trie<MemoryStore>, stored: bool) -> Result<(), Fatal> {
    let mut journal = Journal::new(trie);
    for (hash, code) in codes() {
        journal.put_code(hash, code.clone())?;
    }
    let hash = codes()[0].0;
    for id in CONTRACTS.iter().chain([&SENDER]) {
        let mut account = journal.account(id)?;
        account.balance = BALANCE;
        if *id != SENDER {
            account.contract = Some(ContractRecord::new(hash, SENDER));
        }
        journal.set_account(id, account)?;
    }
    for (contract, key) in block::stored_slots().filter(|_| stored) {
        journal.storage_set(&contract, &key, key.clone())?;
    }
    journal.end_transaction()?;
    journal.commit()?;
    Ok(())
}

impl Messages {
    /// Sends a message to the first contract, with `wrap` in its place if there is one. `Ok(true)`
    /// means that it succeeded. Nothing is committed.
    ///
    /// # Errors
    /// What is wrong with what the machine, or the state below it, did.
    pub fn judge(
        &mut self,
        message: &TopMessage,
        wrap: Option<&dyn Wrap>,
    ) -> Result<bool, Finding> {
        let mut journal = Journal::new(&mut self.trie);
        let mut parts = Parts {
            engine: self.engine.as_ref(),
            asked: &self.asked,
            cache: &mut self.cache,
        };
        let mut count = Count::default();
        let frames = count.frames.clone();
        let ran = match wrap {
            Some(wrap) if wrap.place() == Place::Journal => {
                let mut around = wrap.around(&mut journal, frames);
                parts.run(message, around.as_mut(), &mut count, None)
            }
            wrap => parts.run(message, &mut journal, &mut count, wrap),
        };
        let judged = ran.and_then(|(succeeded, expected)| {
            let ended = journal.end_transaction();
            let (events, _) = ended.map_err(|fatal| format!("state: {fatal}"))?;
            match events == expected {
                true => Ok(succeeded),
                false => Err(format!(
                    "trace: the events are {events:?}, not {expected:?}"
                )),
            }
        });
        self.work.add(count, judged == Ok(true));
        judged
    }
}

/// What a message needs beside the state.
struct Parts<'m> {
    engine: &'m dyn Engine,
    asked: &'m AskedFrames,
    cache: &'m mut CodeCache,
}

impl Parts<'_> {
    /// Whether the message succeeded, and the events that there must be.
    fn run(
        &mut self,
        top: &TopMessage,
        state: &mut dyn State,
        count: &mut Count,
        host: Option<&dyn Wrap>,
    ) -> Result<(bool, Vec<Event>), Finding> {
        let watched = Watched::new(state, (count.frames.clone(), self.asked.clone()));
        let mut watched = watched.map_err(|fatal| fatal.to_string())?;
        let succeeded = self.run_watched(top, &mut watched, count, host)?;
        Ok((succeeded, watched.finish()?))
    }

    /// Whether the message succeeded, whose state is watched already.
    fn run_watched(
        &mut self,
        top: &TopMessage,
        watched: &mut Watched<'_>,
        count: &mut Count,
        host: Option<&dyn Wrap>,
    ) -> Result<bool, Finding> {
        let frames = count.frames.clone();
        self.asked.ask(Sent::of_sender(top));
        let sent = match host {
            Some(host) => self.send(top, host.around(watched, frames).as_mut(), count),
            None => self.send(top, watched, count),
        };
        let (outcome, gas) = sent.map_err(|fatal| fatal.to_string())?;
        let status = outcome.status.call_status();
        self.asked.conclude(status, &outcome.output);
        match gas {
            Some(gas) if gas == top.gas => Ok(outcome.status.is_success()),
            _ => Err("gas: the buckets and what is left do not come to what was given".into()),
        }
    }

    /// What the message came to, and the gas that it used and left.
    fn send(
        &mut self,
        top: &TopMessage,
        state: &mut dyn State,
        count: &mut Count,
    ) -> Result<(FrameOutcome, Option<u64>), Fatal> {
        let message = Message {
            target: Target::Call {
                contract: CONTRACTS[0],
                method: "run".to_string(),
            },
            caller: SENDER,
            value: top.value,
            input: encode(&top.program),
            gas: top.gas,
            stack_slots: protocol().limits.stack_slots_max,
            read_only: top.read_only,
        };
        let environment = Environment {
            engine: self.engine,
            protocol: protocol(),
            block: &BLOCK,
            origin: SENDER,
        };
        let mut session = Session::new(environment, state, self.cache, count);
        let outcome = run_message(&mut session, message)?;
        let gas = session.gas_used().total().checked_add(outcome.gas_left);
        Ok((outcome, gas))
    }
}
