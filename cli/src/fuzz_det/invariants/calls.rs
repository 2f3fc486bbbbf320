//! The calls of invariants behind a candidate, and what they say.

use std::sync::Arc;

use lockstep_vm::{Action, Status};

use super::known::{Invariant, broken};
use super::{Candidate, Planned, PlannedBlock, Search, show};
use crate::exit::Exit;
use crate::fuzz_det::base::{Based, Ended};
use crate::outcome_names::invalid_name;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::Scenario;

/// The gas of a call of an invariant, where a block has as much.
const GAS_LIMIT: u64 = 100_000_000;

/// What an invariant came to behind a candidate.
pub(super) struct Called {
    /// What it came to, if that says that it does not hold.
    pub(super) broken: Option<String>,
    /// Whether its gas ran out, which says nothing.
    pub(super) is_unpaid: bool,
}

impl Search<'_> {
    /// The candidate with calls of these invariants behind it, each in a block of its own: what one
    /// uses is there for the next.
    pub(super) fn with_checks(
        &self,
        candidate: &Candidate,
        range: std::ops::Range<usize>,
    ) -> Candidate {
        let mut checked = candidate.clone();
        let last = checked.blocks.last().map_or(0, |block| block.timestamp_ms);
        let calls = self.invariants[range].iter().map(|invariant| Planned {
            sender: 0,
            action: Action::Call {
                contract: invariant.contract,
                method: invariant.method.clone(),
                input: Vec::new(),
                value: 0,
            },
            gas_limit: self.scenario.chain.block_gas_limit.min(GAS_LIMIT),
            gas_price: 0,
            deposit_limit: u128::MAX,
            nonce: None,
            chain_id: self.scenario.chain.chain_id,
            corrupt_signature: false,
        });
        checked.blocks.extend(calls.map(|call| {
            Arc::new(PlannedBlock {
                timestamp_ms: last.saturating_add(1),
                transactions: vec![call],
            })
        }));
        checked
    }

    /// What all invariants came to behind a candidate.
    ///
    /// # Errors
    /// When the machine stopped, or an invariant was not called.
    pub(super) fn called(&self, based: &Based) -> Result<Vec<Called>, Failure> {
        if let Some(reason) = &based.execution.fatal {
            return Err(Failure::bug(format!("the machine stopped: {reason}")));
        }
        let checks = based.endings.len().saturating_sub(self.invariants.len());
        let calls = self.invariants.iter().zip(&based.endings[checks..]);
        calls
            .map(|(invariant, ended)| called(self.scenario, invariant, ended))
            .collect()
    }
}

fn called(scenario: &Scenario, invariant: &Invariant, ended: &Ended) -> Result<Called, Failure> {
    match ended {
        Ok(receipt) => Ok(Called {
            broken: broken(invariant, receipt),
            is_unpaid: receipt.status == Status::OutOfGas,
        }),
        Err(reason) => {
            let shown = show(scenario, invariant);
            let message = format!("{shown} was not called: {}", invalid_name(reason));
            let help = "give the blocks of the scenario more gas with `block_gas_limit` in [chain]";
            let problem = Problem::new(ProblemCode::NoInvariant, message, help);
            Err(Failure::new(Exit::NothingMatched, problem))
        }
    }
}
