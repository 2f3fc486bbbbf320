//! What a candidate came to in the base world (`base.rs`).

use std::collections::BTreeSet;
use std::time::Duration;

use lockstep_vm::{Action, InvalidTransaction, Receipt};

use super::candidate::Candidate;
use super::execution::Execution;
use super::expected::succeeded;
use super::history::History;

/// What a candidate came to in the base world.
pub(super) struct Based {
    pub(super) history: History,
    pub(super) execution: Execution,
    /// How each transaction after the snapshot ended.
    pub(super) endings: Vec<Ended>,
    /// The edges that were reached.
    pub(super) edges: BTreeSet<u64>,
    /// How long it took, or would have taken at most from genesis.
    pub(super) took: Duration,
}

impl Based {
    /// In how many transactions of the candidate that ran a method of a contract did. An `init` that
    /// fails does not count: it leaves nothing to call.
    pub(super) fn entered(&self, candidate: &Candidate) -> u64 {
        let skipped = candidate.transactions() - self.endings.len();
        let outcomes = self.execution.blocks.iter().flat_map(|it| &it.transactions);
        let all = candidate.each().skip(skipped);
        let all = all.zip(self.endings.iter().zip(outcomes));
        let entered = all.filter(|(planned, (ended, outcome))| {
            let has_run = outcome.frames.as_ref().is_some_and(|it| !it.is_empty());
            let makes = matches!(planned.action, Action::Instantiate { .. });
            has_run && (!makes || succeeded(ended))
        });
        u64::try_from(entered.count()).unwrap_or(u64::MAX)
    }
}

/// A receipt, or why there is none.
pub(super) type Ended = Result<Receipt, InvalidTransaction>;
