//! Looking for calls that break what a contract says must always hold.
//!
//! A method called `invariant`, or whose name begins with `invariant_`, that changes nothing and
//! takes no arguments, is an invariant: it returns true, or nothing, for as long as it holds, and
//! returns false or fails when it does not. Candidates are made as for the search for
//! nondeterminism and run in the base world alone; behind each, all invariants of all contracts
//! are called.

mod known;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use lockstep_vm::{Action, Signer};
use serde::Serialize;

use super::base::Base;
use super::campaign::{CORPUS_MAX, Control, set_up_blocks};
use super::candidate::{Candidate, Planned, PlannedBlock, genesis_of};
use super::description::describe;
use super::finding_file::{expectations, write_finding};
use super::minimise::minimise;
use super::mutate::Mutator;
use super::report::Statistics;
use super::surface::Surface;
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::random::Random;
use crate::scenario::Scenario;
use known::{Invariant, broken, invariants};

/// The gas of a call of an invariant.
const GAS_LIMIT: u64 = 100_000_000;

/// The result of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvariantReport {
    /// `lockstep.fuzz.run/1`.
    pub schema: &'static str,
    /// What was fuzzed.
    pub name: String,
    /// The seed of the random numbers.
    pub seed: u64,
    /// The invariants that were called, as `@contract.method`.
    pub invariants: Vec<String>,
    /// The numbers. There are no worlds.
    pub statistics: Statistics,
    /// The invariant that does not hold.
    pub violation: Option<Violation>,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The invariant, as `@contract.method`.
    pub invariant: String,
    /// What it came to: `false`, or the status of the call.
    pub came_to: String,
    /// The transactions that lead there, in words.
    pub transactions: Vec<String>,
    /// How many transactions there were before they were cut down.
    pub transactions_before: usize,
    /// The scenario that shows it, if it was written.
    pub file: Option<String>,
}

/// Searches until an invariant does not hold or `control` ends it. What is found is written into the
/// folder `out`, if there is one.
///
/// # Errors
/// When no contract has an invariant, the machine fails, or a file cannot be written.
pub fn fuzz_run(
    scenario: &Scenario,
    seed: u64,
    out: Option<&Path>,
    control: &mut dyn Control,
) -> Result<InvariantReport, Failure> {
    let candidate = Candidate::of(scenario);
    let surface = Surface::new(scenario, &candidate);
    let invariants = invariants(&surface);
    if invariants.is_empty() {
        let message = "no contract of the scenario has an invariant";
        let help = "give a contract a method `invariant_...(&self) -> bool` without arguments";
        let problem = Problem::new(ProblemCode::NoInvariant, message, help);
        return Err(Failure::new(Exit::NothingMatched, problem));
    }
    let accounts = scenario.accounts.iter();
    let signers: Vec<Signer> = accounts.map(|account| account.signer.clone()).collect();
    let mut search = Search {
        base: Base::new(genesis_of(scenario), signers, super::base_engine()),
        surface,
        invariants,
        chain_id: scenario.chain.chain_id,
        edges: BTreeSet::new(),
        statistics: Statistics::default(),
    };
    let found = search.run(candidate, seed, control)?;
    let violation = match found {
        None => None,
        Some((candidate, position)) => {
            control.tell("an invariant does not hold; cutting down");
            Some(search.explain(scenario, &candidate, position, out)?)
        }
    };
    let shown = |invariant: &Invariant| show(scenario, invariant);
    Ok(InvariantReport {
        schema: "lockstep.fuzz.run/1",
        name: scenario.name.clone(),
        seed,
        invariants: search.invariants.iter().map(shown).collect(),
        statistics: search.statistics,
        violation,
    })
}

fn show(scenario: &Scenario, invariant: &Invariant) -> String {
    let contract = scenario.names.show_account(&invariant.contract);
    format!("{contract}.{}", invariant.method)
}

struct Search {
    base: Base,
    surface: Surface,
    invariants: Vec<Invariant>,
    chain_id: u64,
    edges: BTreeSet<u64>,
    statistics: Statistics,
}

impl Search {
    /// The candidate that breaks an invariant, and which one.
    fn run(
        &mut self,
        seed_candidate: Candidate,
        seed: u64,
        control: &mut dyn Control,
    ) -> Result<Option<(Candidate, usize)>, Failure> {
        let mut random = Random::new(seed);
        let set_up_blocks = set_up_blocks(&seed_candidate);
        let gas_price = seed_candidate
            .each()
            .next()
            .map_or(1, |first| first.gas_price);
        self.base.run_seed(&seed_candidate)?;
        if let Some(position) = self.check(&seed_candidate)?.1 {
            return Ok(Some((seed_candidate, position)));
        }
        let mut corpus = vec![seed_candidate];
        while !control.is_over(&self.statistics) {
            let parent = random.below(corpus.len());
            let mut mutator = Mutator {
                random: &mut random,
                surface: &self.surface,
                set_up_blocks,
                gas_price,
                chain_id: self.chain_id,
            };
            let candidate = mutator.mutate(&corpus[parent]);
            let (is_new, violated) = self.check(&candidate)?;
            if let Some(position) = violated {
                return Ok(Some((candidate, position)));
            }
            if is_new && corpus.len() < CORPUS_MAX {
                corpus.push(candidate);
                self.statistics.corpus = corpus.len();
            }
        }
        Ok(None)
    }

    /// Runs a candidate and all invariants behind it: whether it reached something new, and the
    /// first invariant that does not hold.
    fn check(&mut self, candidate: &Candidate) -> Result<(bool, Option<usize>), Failure> {
        let checked = self.with_checks(candidate, 0..self.invariants.len());
        let based = self.base.run(&checked)?;
        if let Some(reason) = &based.execution.fatal {
            return Err(Failure::bug(format!("the machine stopped: {reason}")));
        }
        let number = self.statistics.candidates;
        self.statistics.candidates += 1;
        self.statistics.executions += 1;
        let transactions = u64::try_from(based.endings.len()).unwrap_or(u64::MAX);
        self.statistics.transactions += transactions;
        let skipped = checked.transactions() - based.endings.len();
        for (planned, ended) in checked.each().skip(skipped).zip(&based.endings) {
            if let Ok(receipt) = ended {
                self.surface.learn(planned, receipt);
                self.statistics.succeeded += u64::from(receipt.status.is_success());
            }
        }
        let known = self.edges.len();
        self.edges.extend(based.edges);
        let is_new = self.edges.len() > known;
        if is_new {
            self.statistics.edges = self.edges.len();
            self.statistics.last_edge_at = number;
        }
        let checks = based.endings.len().saturating_sub(self.invariants.len());
        let mut calls = self.invariants.iter().zip(&based.endings[checks..]);
        let violated = calls.position(|(invariant, ended)| broken(invariant, ended).is_some());
        Ok((is_new, violated))
    }

    /// The candidate with a block of calls of these invariants behind it.
    fn with_checks(&self, candidate: &Candidate, range: std::ops::Range<usize>) -> Candidate {
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
            gas_limit: GAS_LIMIT,
            gas_price: 0,
            deposit_limit: u128::MAX,
            nonce: None,
            chain_id: self.chain_id,
            corrupt_signature: false,
        });
        checked.blocks.push(Arc::new(PlannedBlock {
            timestamp_ms: last.saturating_add(1),
            transactions: calls.collect(),
        }));
        checked
    }

    /// Cuts a candidate down that breaks the invariant at this position, and writes it.
    fn explain(
        &mut self,
        scenario: &Scenario,
        candidate: &Candidate,
        position: usize,
        out: Option<&Path>,
    ) -> Result<Violation, Failure> {
        let invariant = self.invariants[position].clone();
        let came_to = |search: &mut Search, candidate: &Candidate| {
            let checked = search.with_checks(candidate, position..position + 1);
            let based = search.base.run_from_genesis(&checked).ok()?;
            let came_to = broken(&invariant, based.endings.last()?)?;
            Some((came_to, checked, based.endings))
        };
        let surface = Surface::new(scenario, candidate);
        let smallest = minimise(candidate, &surface, |smaller| {
            came_to(self, smaller).is_some()
        });
        let (came_to, checked, endings) = came_to(self, &smallest)
            .ok_or_else(|| Failure::bug("an invariant was broken and holds again"))?;
        let mut expected = expectations(&endings);
        if let Some(last) = expected.last_mut() {
            let holds = if invariant.gives_bool {
                ", output = true"
            } else {
                ""
            };
            *last = format!("{{ status = \"success\"{holds} }}");
        }
        let shown = show(scenario, &invariant);
        let file = match out {
            None => None,
            Some(folder) => {
                let name = format!("finding-{}", invariant.method);
                let about = format!("{shown} must hold after these transactions");
                let parts = (&checked, expected.as_slice());
                let file = write_finding(folder, &name, &about, scenario, parts)?;
                Some(file.to_string_lossy().into_owned())
            }
        };
        let words = smallest
            .each()
            .map(|planned| describe(planned, scenario, &surface));
        Ok(Violation {
            invariant: shown,
            came_to,
            transactions: words.collect(),
            transactions_before: candidate.transactions(),
            file,
        })
    }
}
