//! The calls of invariants behind a candidate, and what they say.

use std::sync::Arc;

use lockstep_vm::Action;

use super::known::{Invariant, Told, invariants, told};
use super::{Candidate, Planned, PlannedBlock, Search, show};
use crate::exit::Exit;
use crate::fuzz_det::base::{Based, Ended};
use crate::outcome_names::invalid_name;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::Scenario;

/// The gas of a call of an invariant, where a block has as much.
const GAS_LIMIT: u64 = 100_000_000;

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

    /// Runs a candidate with the calls of all invariants behind it, those of contracts that it makes
    /// as well, and returns what ran.
    ///
    /// # Errors
    /// When the machine panics, or the file of what runs cannot be written.
    pub(super) fn run_checked(
        &mut self,
        candidate: &Candidate,
    ) -> Result<(Candidate, Based), Failure> {
        loop {
            let checked = self.with_checks(candidate, 0..self.invariants.len());
            self.under_way.begin(&checked)?;
            let based = self.base.run(&checked)?;
            self.statistics.executions += 1;
            let known = self.invariants.len();
            self.discover(&based);
            if self.invariants.len() == known {
                return Ok((checked, based));
            }
        }
    }

    /// Takes in the contracts that contracts have made, and their invariants.
    pub(super) fn discover(&mut self, based: &Based) {
        if !self.surface.discover(&based.execution) {
            return;
        }
        let is_same = |known: &Invariant, other: &Invariant| {
            (known.contract, &known.method) == (other.contract, &other.method)
        };
        for found in invariants(&self.surface) {
            if !self.invariants.iter().any(|known| is_same(known, &found)) {
                self.invariants.push(found);
            }
        }
    }

    /// What the calls of all invariants behind a candidate tell.
    ///
    /// # Errors
    /// When the machine stopped, or an invariant was not called.
    pub(super) fn told(&self, based: &Based) -> Result<Vec<Told>, Failure> {
        if let Some(reason) = &based.execution.fatal {
            return Err(Failure::bug(format!("the machine stopped: {reason}")));
        }
        let checks = based.endings.len().saturating_sub(self.invariants.len());
        let calls = self.invariants.iter().zip(&based.endings[checks..]);
        calls
            .map(|(invariant, ended)| told_by(self.scenario, invariant, ended))
            .collect()
    }
}

fn told_by(scenario: &Scenario, invariant: &Invariant, ended: &Ended) -> Result<Told, Failure> {
    match ended {
        Ok(receipt) => Ok(told(invariant, receipt)),
        Err(reason) => {
            let shown = show(scenario, invariant);
            let message = format!("{shown} was not called: {}", invalid_name(reason));
            let help = "give the blocks of the scenario more gas with `block_gas_limit` in [chain]";
            let problem = Problem::new(ProblemCode::NoInvariant, message, help);
            Err(Failure::new(Exit::NothingMatched, problem))
        }
    }
}
