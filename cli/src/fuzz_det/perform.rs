//! Executing a history in this process, on whatever machine a world has made for it.

use lockstep_state_trie::{Digest, MemoryStore, Trie};
use lockstep_vm::{Chain, EngineError, Fatal, Machine, NoObserver, Observer, SignedTransaction};

use super::execution::{BlockOutcome, Bytes, Ending, Execution, TransactionOutcome};
use super::history::History;
use super::record::{Reached, Record, Watch};

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
}

/// An execution, the segments that were asked for, and the machine that did it.
pub struct Performed {
    /// What the history came to.
    pub execution: Execution,
    /// The segments of the watched transaction, or what its operators computed, if the code had
    /// probes.
    pub segments: Vec<Reached>,
    /// The machine. Nothing when genesis failed.
    pub machine: Option<Machine>,
    /// The root of the state before the first block that was executed, and the trie, which holds
    /// every version since. Nothing when genesis failed.
    pub state: Option<(Digest, Trie<MemoryStore>)>,
}

/// Executes a history from its snapshot on.
pub fn perform(history: &History, machine: Machine, manner: Manner, watch: Watch) -> Performed {
    let mut record = Record::default();
    let mut execution = Execution::default();
    let mut chain = match begin(history, machine) {
        Ok(chain) => chain,
        Err(reason) => {
            execution.fatal = Some(reason);
            return Performed {
                execution,
                segments: Vec::new(),
                machine: None,
                state: None,
            };
        }
    };
    let root_before = chain.state_root();
    let before = history.blocks_before_start();
    for (position, block) in history.blocks.iter().enumerate().skip(before) {
        let watched = watch
            .kept()
            .filter(|(block, ..)| block + before == position);
        if position == history.trace_from {
            record.begin();
        }
        let mut outcome = BlockOutcome::default();
        let mut builder = chain.begin(history.environment(position));
        let mut run = || -> Result<(), Fatal> {
            for (position, signed) in block.transactions.iter().enumerate() {
                let kept = watched.filter(|(_, watched, _)| *watched == position);
                record.kept_max = kept.map_or(0, |(_, _, kept_max)| kept_max);
                let done = transaction(&mut builder, signed, manner, &mut record)?;
                outcome.transactions.push(done);
            }
            Ok(())
        };
        let finished = run().and_then(|()| builder.finish());
        let failed = finished.as_ref().err().map(ToString::to_string);
        execution.out_of_memory = finished.as_ref().is_err_and(is_out_of_memory);
        if let Ok(finished) = finished {
            outcome.state_root = Bytes(finished.state_root.0.to_vec());
            outcome.receipts_root = Bytes(finished.receipts_root.0.to_vec());
        }
        execution.blocks.push(outcome);
        if failed.is_some() {
            execution.fatal = failed;
            break;
        }
    }
    let (trie, machine) = chain.into_parts();
    Performed {
        execution,
        segments: record.segments,
        machine: Some(machine),
        state: Some((root_before, trie)),
    }
}

/// Whether the machine stopped because it got no memory.
fn is_out_of_memory(fatal: &Fatal) -> bool {
    let Fatal::Engine(error) = fatal else {
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

/// One transaction.
fn transaction(
    builder: &mut lockstep_vm::BlockBuilder<'_, impl lockstep_vm::Ledger>,
    signed: &SignedTransaction,
    manner: Manner,
    record: &mut Record,
) -> Result<TransactionOutcome, Fatal> {
    if manner == Manner::DryRunFirst {
        let said = builder.dry_run(signed, 0)?;
        let done = builder.push(signed, record)?;
        let outcome = TransactionOutcome::new(&done, Some(record.take()));
        let said = Ending::new(&said.outcome);
        let dry_run = (said != outcome.ending).then_some(said);
        return Ok(TransactionOutcome { dry_run, ..outcome });
    }
    let mut nobody = NoObserver;
    let observer: &mut dyn Observer = match manner {
        Manner::Unobserved => &mut nobody,
        _ => record,
    };
    let done = builder.push(signed, observer)?;
    let observed = (manner == Manner::Observed).then(|| record.take());
    Ok(TransactionOutcome::new(&done, observed))
}
