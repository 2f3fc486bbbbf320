//! Executing a history in this process, on whatever machine a world has made for it.

use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_vm::{
    BlockBuilder, Chain, EngineError, Fatal, Ledger, Machine, NoObserver, Observer, ObserverPair,
    SignedTransaction,
};

use super::execution::{BlockOutcome, Bytes, Ending, Execution, TransactionOutcome};
use super::history::History;
use super::profiled::Uploads;
use super::record::{Record, Watch};
use super::way::{Way, WayRecord};
use crate::gas_profile::collect::Collector;
use crate::run::StepPlace;

/// The place of a transaction whose profile nobody reads.
const NOWHERE: StepPlace = StepPlace {
    height: 0,
    number: 0,
};

/// How a machine executes a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// With an observer that records host calls.
    Observed,
    /// Without an observer.
    Unobserved,
    /// Observed, and every transaction goes through a dry run first, which must say what then
    /// happens.
    DryRunFirst,
    /// Observed, and profiled besides, in code that must have probes: what each transaction's stacks
    /// come to must be its receipt's gas.
    Profiled,
}

/// Why a block was not finished.
enum Stop {
    /// The machine failed.
    Machine(Fatal),
    /// The profile does not add up.
    Profile(String),
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Stop {
        Stop::Machine(fatal)
    }
}

/// Who observes an execution, and how.
struct Watchers<'u> {
    manner: Manner,
    record: Record,
    profiler: Option<Collector<'u>>,
}

/// An execution, the way that was asked for, and the machine that did it.
pub struct Performed {
    /// What the history came to.
    pub execution: Execution,
    /// The segments of the watched transaction, or what its operators computed, if the code had
    /// probes.
    pub way: Way,
    /// The machine. Nothing when genesis failed.
    pub machine: Option<Machine>,
    /// The root of the state before the first block that was executed, and the trie, which holds
    /// every version since. Nothing when genesis failed.
    pub state: Option<(Digest, Trie<MemoryStore>)>,
}

/// Executes a history from its snapshot on.
pub fn perform(history: &History, machine: Machine, manner: Manner, watch: Watch) -> Performed {
    let mut execution = Execution::default();
    let mut chain = match begin(history, machine) {
        Ok(chain) => chain,
        Err(reason) => {
            execution.fatal = Some(reason);
            return Performed {
                execution,
                way: Way::default(),
                machine: None,
                state: None,
            };
        }
    };
    let uploads = (manner == Manner::Profiled).then(|| Uploads::of(history));
    let mut watchers = Watchers {
        manner,
        record: Record::with_way(watch),
        profiler: uploads.as_ref().map(Uploads::collector),
    };
    let root_before = chain.state_root();
    let before = history.blocks_before_start();
    for (position, block) in history.blocks.iter().enumerate().skip(before) {
        let watched = watch
            .kept()
            .filter(|(block, ..)| block + before == position);
        let watched = watched.map(|(_, transaction, _)| transaction);
        if position == history.trace_from {
            watchers.record.begin();
        }
        let mut outcome = BlockOutcome::default();
        let builder = chain.begin(history.environment(position));
        let stop = run(
            builder,
            &block.transactions,
            (&mut watchers, watched),
            &mut outcome,
        )
        .err();
        execution.blocks.push(outcome);
        execution.out_of_memory = stop.as_ref().is_some_and(is_out_of_memory);
        execution.fatal = stop.map(|stop| match stop {
            Stop::Machine(fatal) => fatal.to_string(),
            Stop::Profile(reason) => reason,
        });
        if execution.fatal.is_some() {
            break;
        }
    }
    let way = watchers.record.way.map(WayRecord::over);
    let (trie, machine) = chain.into_parts();
    Performed {
        execution,
        way: way.unwrap_or_default(),
        machine: Some(machine),
        state: Some((root_before, trie)),
    }
}

/// Runs a block and notes what it came to. `watched` is the position of the watched transaction.
fn run(
    mut builder: BlockBuilder<'_, impl Ledger>,
    transactions: &[SignedTransaction],
    (watchers, watched): (&mut Watchers<'_>, Option<usize>),
    outcome: &mut BlockOutcome,
) -> Result<(), Stop> {
    for (position, signed) in transactions.iter().enumerate() {
        watchers.record.is_watched = watched == Some(position);
        let done = watchers.transaction(&mut builder, signed)?;
        outcome.transactions.push(done);
    }
    let finished = builder.finish()?;
    outcome.state_root = Bytes(finished.state_root.0.to_vec());
    outcome.receipts_root = Bytes(finished.receipts_root.0.to_vec());
    Ok(())
}

/// Whether the machine stopped because it got no memory.
fn is_out_of_memory(stop: &Stop) -> bool {
    let Stop::Machine(Fatal::Engine(error)) = stop else {
        return false;
    };
    let error = error.downcast_ref::<EngineError>();
    matches!(error, Some(EngineError::OutOfMemory { .. }))
}

/// The chain at the history's snapshot, or after genesis.
pub(super) fn begin(history: &History, machine: Machine) -> Result<Chain<MemoryStore>, String> {
    if let Some(start) = &history.start {
        return Ok(Chain::new(start.trie.clone(), machine));
    }
    let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
    chain
        .genesis(&history.genesis.balances)
        .map_err(|error| error.to_string())?;
    Ok(chain)
}

impl Watchers<'_> {
    /// One transaction.
    fn transaction(
        &mut self,
        builder: &mut BlockBuilder<'_, impl Ledger>,
        signed: &SignedTransaction,
    ) -> Result<TransactionOutcome, Stop> {
        let record = &mut self.record;
        if let Some(profiler) = &mut self.profiler {
            let done = builder.push(signed, &mut ObserverPair(record, profiler))?;
            // Nobody reads the profile: what counts is that it adds up.
            profiler.transaction_is_over(NOWHERE, ("", ""), &done);
            return match profiler.failure() {
                Some(failure) => Err(Stop::Profile(failure.to_string())),
                None => Ok(TransactionOutcome::new(&done, Some(record.take()))),
            };
        }
        if self.manner == Manner::DryRunFirst {
            let said = builder.dry_run(signed, 0)?;
            let done = builder.push(signed, record)?;
            let outcome = TransactionOutcome::new(&done, Some(record.take()));
            let said = Ending::new(&said.outcome);
            let dry_run = (said != outcome.ending).then_some(said);
            return Ok(TransactionOutcome { dry_run, ..outcome });
        }
        let mut nobody = NoObserver;
        let observer: &mut dyn Observer = match self.manner {
            Manner::Unobserved => &mut nobody,
            _ => record,
        };
        let done = builder.push(signed, observer)?;
        let observed = (self.manner == Manner::Observed).then(|| self.record.take());
        Ok(TransactionOutcome::new(&done, observed))
    }
}
