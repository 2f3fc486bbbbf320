//! A world in which neighbours change places where that must not matter.
//!
//! The history is executed three times, each on a machine of its own: once as it is, once with a
//! dry run of each transaction, which says what it touches (`footprint`), and once with neighbours
//! swapped that touch nothing in common. Each transaction must come to the same receipt and changes,
//! and each block to the same state. What differs takes the place of the first execution's part in
//! the answer. Host calls are not compared, because their hash runs on from one transaction to the
//! next, and neither is what a transaction did to the fee collector's account, where the fees of
//! all meet: the block's root shows their sum.

mod footprint;

use std::collections::BTreeMap;
use std::sync::Arc;

use lockstep_gas_meter::Protocol;
use lockstep_vm::{CodeCache, Machine, Receipt, StateKey, receipts_root};

use super::{Answer, Cadence, EngineMaker, World, cache_for, fresh};
use crate::fuzz_det::execution::{Bytes, Ending, Execution, TransactionOutcome};
use crate::fuzz_det::history::{History, SignedBlock};
use crate::fuzz_det::perform::Manner;
use crate::fuzz_det::record::Watch;
use crate::fuzz_det::way::Way;
use crate::problem::Failure;
use footprint::{Footprint, footprints};

/// Executes with neighbours swapped.
pub(super) struct OrderWorld {
    engine: EngineMaker,
}

impl OrderWorld {
    pub(super) fn new(engine: &EngineMaker) -> OrderWorld {
        OrderWorld {
            engine: Arc::clone(engine),
        }
    }

    fn run(&self, history: &History) -> Execution {
        let cache = CodeCache::default();
        let manner = (Manner::Unobserved, Watch::Calls);
        fresh(history, &self.engine, cache, manner).execution
    }
}

impl World for OrderWorld {
    fn name(&self) -> String {
        "order".to_string()
    }

    fn about(&self) -> String {
        "neighbours in a block that touch nothing in common change places".to_string()
    }

    fn cadence(&self) -> Cadence {
        Cadence::OneOf(16)
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<Answer, Failure> {
        if watch != Watch::Calls {
            let cache = cache_for(watch, None);
            return Ok(fresh(history, &self.engine, cache, (Manner::Observed, watch)).into());
        }
        let plain = self.run(history);
        if plain.fatal.is_some() {
            return Ok(Answer::Executed(plain, Way::default()));
        }
        let machine = Machine::new(Protocol::v1(), (self.engine)());
        let footprints = match footprints(history, machine) {
            Ok(footprints) => footprints,
            Err(reason) => return Ok(stopped(reason)),
        };
        let orders: Vec<Vec<usize>> = footprints
            .iter()
            .map(|block| order(block, history.genesis.block_gas_limit))
            .collect();
        let is_given = |order: &Vec<usize>| order.iter().enumerate().all(|(at, from)| at == *from);
        if orders.iter().all(is_given) {
            return Ok(Answer::Executed(plain, Way::default()));
        }
        let swapped = self.run(&reordered(history, &orders));
        if let Some(reason) = swapped.fatal {
            return Ok(stopped(reason));
        }
        let collector = StateKey::Account(history.genesis.fee_collector).to_bytes();
        Ok(match merged(plain, swapped, &orders, &collector) {
            Ok(execution) => Answer::Executed(execution, Way::default()),
            Err(reason) => stopped(reason),
        })
    }
}

/// A machine that went on in the given order and stopped in another.
fn stopped(reason: String) -> Answer {
    let execution = Execution {
        fatal: Some(reason),
        ..Execution::default()
    };
    Answer::Executed(execution, Way::default())
}

/// The order in which a block's transactions are executed, as their positions in the given one:
/// each changes places with its neighbour if neither has done so yet and both may.
fn order(block: &[Footprint], block_gas_limit: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..block.len()).collect();
    let mut gas_left = block_gas_limit;
    let mut at = 0;
    while at < block.len() {
        let first = &block[at];
        let swaps = block.get(at + 1).filter(|second| {
            let fits = first.gas_limit <= gas_left.saturating_sub(second.gas_used);
            fits && first.is_apart_from(second)
        });
        gas_left = gas_left.saturating_sub(first.gas_used);
        if let Some(second) = swaps {
            gas_left = gas_left.saturating_sub(second.gas_used);
            order.swap(at, at + 1);
            at += 1;
        }
        at += 1;
    }
    order
}

/// The history with the blocks after its snapshot in these orders.
fn reordered(history: &History, orders: &[Vec<usize>]) -> History {
    let mut reordered = history.clone();
    let before = history.blocks_before_start();
    for (block, order) in reordered.blocks.iter_mut().skip(before).zip(orders) {
        let given = &block.transactions;
        *block = Arc::new(SignedBlock {
            timestamp_ms: block.timestamp_ms,
            transactions: order.iter().map(|from| given[*from].clone()).collect(),
        });
    }
    reordered
}

/// The execution in the given order, with whatever came out differently in the other.
fn merged(
    mut plain: Execution,
    swapped: Execution,
    orders: &[Vec<usize>],
    collector: &[u8],
) -> Result<Execution, String> {
    for ((block, other), order) in plain.blocks.iter_mut().zip(swapped.blocks).zip(orders) {
        let placed = order.iter().copied().zip(other.transactions);
        let mut placed: BTreeMap<usize, TransactionOutcome> = placed.collect();
        for (position, outcome) in block.transactions.iter_mut().enumerate() {
            let Some(other) = placed.remove(&position) else {
                return Err("the other order has fewer transactions".to_string());
            };
            if apart_from_fees(outcome, collector) != apart_from_fees(&other, collector) {
                *outcome = other;
            }
        }
        block.receipts_root = root_of(&block.transactions)?;
        block.state_root = other.state_root;
    }
    Ok(plain)
}

/// An outcome without what was done to the fee collector's account.
fn apart_from_fees(outcome: &TransactionOutcome, collector: &[u8]) -> TransactionOutcome {
    let mut outcome = outcome.clone();
    if let Ending::Included { changes, .. } = &mut outcome.ending {
        changes.retain(|change| change.key.0 != collector);
    }
    outcome
}

/// The root of a block's receipts.
fn root_of(outcomes: &[TransactionOutcome]) -> Result<Bytes, String> {
    let receipts = outcomes.iter().filter_map(|outcome| match &outcome.ending {
        Ending::Included { receipt, .. } => Some(Receipt::from_bytes(&receipt.0)),
        Ending::Invalid(_) => None,
    });
    let receipts: Vec<Receipt> = receipts
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let root = receipts_root(&receipts).map_err(|error| error.to_string())?;
    Ok(Bytes(root.0.to_vec()))
}

#[cfg(test)]
mod tests {
    use lockstep_abi::AccountId;

    use super::footprint::{Footprint, Owner};
    use super::order;

    /// A transaction that writes these accounts and reads those.
    fn footprint(writes: &[u8], reads: &[u8]) -> Footprint {
        let owner = |id: &u8| Owner::Account(AccountId([*id; 32]));
        let reads = reads.iter().map(|id| (owner(id), false));
        let writes = writes.iter().map(|id| (owner(id), true));
        Footprint {
            may_swap: true,
            owners: reads.chain(writes).collect(),
            gas_limit: 60,
            gas_used: 20,
        }
    }

    #[test]
    fn neighbours_swap_when_neither_writes_what_the_other_touches() {
        let block = [
            footprint(&[1], &[9]),
            footprint(&[2], &[9]),
            footprint(&[3], &[]),
            footprint(&[4], &[3]),
            footprint(&[5], &[]),
        ];
        assert_eq!(order(&block, 1_000), [1, 0, 2, 4, 3]);
        let mut bound = block.clone();
        bound[1].may_swap = false;
        assert_eq!(order(&bound, 1_000), [0, 1, 2, 4, 3]);
    }

    #[test]
    fn neighbours_stay_when_the_first_would_no_longer_fit_into_the_block() {
        let block = [footprint(&[1], &[]), footprint(&[2], &[])];
        assert_eq!(order(&block, 80), [1, 0]);
        assert_eq!(order(&block, 79), [0, 1]);
    }
}
