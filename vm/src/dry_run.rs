//! What a transaction would do now, without doing it: its receipt, the smallest gas limit with
//! which it succeeds, how close it comes to every limit, and the keys that it reads and writes.
//!
//! A dry run takes the same four phases over the same journal as
//! [`BlockBuilder::push`](crate::BlockBuilder::push), reverts to the checkpoint from before, and
//! so says exactly what `push` would charge. Everything beyond the receipt is measured:
//! [`tracked_state`] sees every access to the state, [`gauge`] is an observer, and the two
//! searches ([`gas_limit_search`], [`stack_search`]) run the transaction again and again with
//! another gas limit or another stack and look at how it ends.

mod gas_limit_search;
mod gauge;
mod limit_use;
mod stack_search;
mod tracked_state;
mod trials;

pub use self::gas_limit_search::SmallestGasLimit;
pub use self::limit_use::LimitUse;
pub use self::tracked_state::KeyUse;
pub(crate) use self::trials::Trials;
use crate::block::Report;
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::validate::InvalidTransaction;

/// What a dry run found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// Exactly what [`BlockBuilder::push`](crate::BlockBuilder::push) would return for the same
    /// transaction now.
    pub outcome: Result<Report, InvalidTransaction>,
    /// The smallest gas limit with which the transaction succeeds.
    pub smallest_gas_limit: SmallestGasLimit,
    /// The most that the transaction used of each limit, in a fixed order. Empty when it cannot
    /// be included.
    pub limits: Vec<LimitUse>,
    /// The state's keys that it read or wrote, in the order of [`StateKey`](crate::StateKey). Empty
    /// when it cannot be included.
    pub keys: Vec<KeyUse>,
}

/// Runs the transaction and both searches. The journal is as it was before, unless this fails.
pub(crate) fn dry_run<L: Ledger>(
    mut trials: Trials<'_, L>,
    search_gas_max: u64,
) -> Result<DryRun, Fatal> {
    let observed = trials.observe()?;
    let smallest_gas_limit = trials.smallest_gas_limit(&observed.attempt, search_gas_max)?;
    let Ok(report) = &observed.attempt.outcome else {
        return Ok(DryRun {
            outcome: observed.attempt.outcome,
            smallest_gas_limit,
            limits: Vec::new(),
            keys: Vec::new(),
        });
    };
    let stack_slots = trials.stack_slots_needed(&observed.attempt)?;
    let limits = trials.limit_uses(report, &observed, stack_slots);
    let keys = observed
        .keys
        .into_iter()
        .map(|(key, access)| KeyUse {
            key,
            read: access.read,
            written: access.written,
        })
        .collect();
    Ok(DryRun {
        outcome: observed.attempt.outcome,
        smallest_gas_limit,
        limits,
        keys,
    })
}
