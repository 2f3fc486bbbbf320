//! The base world: the interpreter with probes, observed. Every candidate runs here first.
//!
//! It signs the candidate's transactions, counts coverage, and says what the other worlds must
//! come to as well. The state after each block of the seed is kept, so that a candidate that
//! begins like the seed need not run those blocks again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{Chain, CodeCache, Fatal, Machine, Signer};

use super::ask::panic_text;
pub(super) use super::based::{Based, Ended};
use super::candidate::{Candidate, Planned, genesis_of};
use super::coverage::Edges;
use super::execution::{BlockOutcome, Bytes, Execution, TransactionOutcome};
use super::history::{Genesis, History, SignedBlock, Snapshot};
use super::perform::{Manner, perform};
use super::record::{Record, Watch};
use super::way::Way;
use super::world::{EngineMaker, cache_for};
use crate::calibrate::clock::Stopwatch;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// The base world of a campaign.
pub(super) struct Base {
    genesis: Arc<Genesis>,
    signers: Vec<Signer>,
    engine: EngineMaker,
    record: Record,
    machine: Option<Machine>,
    /// The candidate whose states are kept.
    seed: Candidate,
    seed_took: Duration,
    /// The state after genesis and after each block of the seed.
    snapshots: Vec<Arc<Snapshot>>,
}

/// A block that has been run, and whether the machine stopped in it.
struct BlockRun {
    signed: Arc<SignedBlock>,
    outcome: BlockOutcome,
    endings: Vec<Ended>,
    fatal: Option<Fatal>,
}

impl Base {
    pub(super) fn new(genesis: Genesis, signers: Vec<Signer>, engine: EngineMaker) -> Base {
        Base {
            genesis: Arc::new(genesis),
            signers,
            engine,
            record: Record::with_edges(),
            machine: None,
            seed: Candidate::default(),
            seed_took: Duration::ZERO,
            snapshots: Vec::new(),
        }
    }

    /// The base world of a scenario, which numbers edges as `before` does: edges of several
    /// scenarios can be compared then.
    pub(super) fn of(scenario: &Scenario, engine: &EngineMaker, before: Option<Base>) -> Base {
        let accounts = scenario.accounts.iter();
        let signers = accounts.map(|account| account.signer.clone()).collect();
        let base = Base::new(genesis_of(scenario), signers, Arc::clone(engine));
        match before {
            Some(before) => Base {
                record: before.record,
                machine: before.machine,
                ..base
            },
            None => base,
        }
    }

    /// What makes its engine.
    pub(super) fn engine(&self) -> EngineMaker {
        Arc::clone(&self.engine)
    }

    /// A machine whose code reports to probes. It is kept between executions.
    fn machine(&mut self) -> Machine {
        self.machine.take().unwrap_or_else(|| {
            Machine::with_cache(Protocol::v1(), (self.engine)(), CodeCache::with_probes())
        })
    }

    /// Runs a candidate and keeps the state after each of its blocks for candidates that begin
    /// like it.
    pub(super) fn run_seed(&mut self, candidate: &Candidate) -> Result<Based, Failure> {
        self.seed = Candidate::default();
        self.snapshots.clear();
        let mut kept = Vec::new();
        let based = self.run_from(candidate, None, Some(&mut kept))?;
        if based.execution.fatal.is_none() {
            self.seed = candidate.clone();
            self.seed_took = based.took;
            self.snapshots = kept;
        }
        Ok(based)
    }

    /// Runs a candidate, from the last block that it shares with the seed.
    pub(super) fn run(&mut self, candidate: &Candidate) -> Result<Based, Failure> {
        let shared = candidate.shared_with(&self.seed);
        let start = self.snapshots.get(shared).filter(|_| shared > 0).cloned();
        self.run_from(candidate, start, None)
    }

    /// Runs a candidate from genesis.
    pub(super) fn run_from_genesis(&mut self, candidate: &Candidate) -> Result<Based, Failure> {
        self.run_from(candidate, None, None)
    }

    /// What a history comes to in code that is prepared for this, and what was watched.
    pub(super) fn watched(&self, history: &History, watch: Watch) -> (Execution, Way) {
        let cache = cache_for(watch, None);
        let machine = Machine::with_cache(Protocol::v1(), (self.engine)(), cache);
        let performed = perform(history, machine, Manner::Observed, watch);
        (performed.execution, performed.way)
    }

    /// Executes a candidate. A panic is a failure: the machine is dropped, and the candidate is
    /// not lost.
    fn run_from(
        &mut self,
        candidate: &Candidate,
        start: Option<Arc<Snapshot>>,
        keep: Option<&mut Vec<Arc<Snapshot>>>,
    ) -> Result<Based, Failure> {
        let execute = AssertUnwindSafe(|| self.execute(candidate, start, keep));
        catch_unwind(execute).unwrap_or_else(|panic| {
            self.record.edges.as_mut().map(Edges::take);
            let text = panic_text(&*panic);
            Err(Failure::bug(format!("the base world stopped: {text}")))
        })
    }

    fn execute(
        &mut self,
        candidate: &Candidate,
        start: Option<Arc<Snapshot>>,
        mut keep: Option<&mut Vec<Arc<Snapshot>>>,
    ) -> Result<Based, Failure> {
        let watch = Stopwatch::start();
        self.record.begin();
        let machine = self.machine();
        let (mut chain, mut nonces, mut blocks) = match &start {
            Some(start) => (
                Chain::new(start.trie.clone(), machine),
                start.nonces.clone(),
                start.blocks.clone(),
            ),
            None => {
                let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
                chain
                    .genesis(&self.genesis.balances)
                    .map_err(Failure::bug)?;
                (chain, BTreeMap::new(), Vec::new())
            }
        };
        let mut execution = Execution::default();
        let mut endings = Vec::new();
        let before = blocks.len();
        for block in candidate.blocks.iter().skip(before) {
            if let Some(kept) = &mut keep {
                kept.push(snapshot(&chain, &nonces, &blocks));
            }
            let height = u64::try_from(blocks.len()).map_err(Failure::bug)? + 1;
            let place = (height, block.timestamp_ms);
            let run = self.block(&mut chain, place, &block.transactions, &mut nonces);
            blocks.push(run.signed);
            execution.blocks.push(run.outcome);
            endings.extend(run.endings);
            if let Some(fatal) = run.fatal {
                execution.fatal = Some(fatal.to_string());
                break;
            }
        }
        if let Some(kept) = keep {
            kept.push(snapshot(&chain, &nonces, &blocks));
        }
        self.machine = Some(chain.into_parts().1);
        let edges = self.record.edges.as_mut().map(Edges::take);
        let way_there = start.as_ref().map_or(Duration::ZERO, |_| self.seed_took);
        Ok(Based {
            took: watch.elapsed() + way_there,
            history: History {
                genesis: Arc::clone(&self.genesis),
                start,
                trace_from: before,
                blocks,
            },
            execution,
            endings,
            edges: edges.unwrap_or_default(),
        })
    }

    fn block(
        &mut self,
        chain: &mut Chain<MemoryStore>,
        (height, timestamp_ms): (u64, u64),
        planned: &[Planned],
        nonces: &mut BTreeMap<AccountId, u64>,
    ) -> BlockRun {
        let mut builder = chain.begin(self.genesis.environment(height, timestamp_ms));
        let mut outcome = BlockOutcome::default();
        let mut transactions = Vec::with_capacity(planned.len());
        let mut endings = Vec::with_capacity(planned.len());
        let mut fatal = None;
        for planned in planned {
            let signed = planned.sign(&self.signers, nonces);
            let pushed = builder.push(&signed, &mut self.record);
            let sender = signed.transaction.sender;
            transactions.push(signed);
            let done = match pushed {
                Ok(done) => done,
                Err(error) => {
                    fatal = Some(error);
                    break;
                }
            };
            if done.is_ok() {
                let nonce = nonces.entry(sender).or_default();
                *nonce = nonce.saturating_add(1);
            }
            let observed = self.record.take();
            outcome
                .transactions
                .push(TransactionOutcome::new(&done, Some(observed)));
            endings.push(done.map(|report| report.receipt));
        }
        if fatal.is_none() {
            match builder.finish() {
                Ok(finished) => {
                    outcome.state_root = Bytes(finished.state_root.0.to_vec());
                    outcome.receipts_root = Bytes(finished.receipts_root.0.to_vec());
                }
                Err(error) => fatal = Some(error),
            }
        }
        let signed = SignedBlock {
            timestamp_ms,
            transactions,
        };
        BlockRun {
            signed: Arc::new(signed),
            outcome,
            endings,
            fatal,
        }
    }
}

/// The state of a chain after some blocks.
fn snapshot(
    chain: &Chain<MemoryStore>,
    nonces: &BTreeMap<AccountId, u64>,
    blocks: &[Arc<SignedBlock>],
) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        trie: chain.trie().clone(),
        nonces: nonces.clone(),
        blocks: blocks.to_vec(),
    })
}
