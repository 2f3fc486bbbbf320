//! Looking for calls that break what a contract says must always hold.
//!
//! A method that the contract's ABI calls an invariant returns true, or nothing, for as long as it
//! holds, and returns false or fails when it does not. Candidates are made as for the search for
//! nondeterminism and run in the base world alone; behind each, all invariants of all contracts
//! are called.

mod again;
mod explain;
mod known;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

pub use again::BrokenInvariant;
pub(super) use again::{broken_invariants, cut_invariant};

use lockstep_vm::Action;
use serde::Serialize;

use super::base::Base;
use super::campaign::{CORPUS_MAX, Control};
use super::candidate::{Candidate, Planned, PlannedBlock};
use super::corpus_folder::load_corpus;
use super::crash::UnderWay;
use super::mutate::Mutator;
use super::report::Statistics;
use super::surface::Surface;
use super::{Folders, crash};
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
    /// Whether it was ended by an interrupt.
    pub interrupted: bool,
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
/// When no contract has an invariant, the machine fails or panics, or a file cannot be written. The
/// candidate that was under way is then written into `out` as `crash.toml`.
pub fn fuzz_run(
    scenario: &Scenario,
    seed: u64,
    out: Option<&Path>,
    control: &mut dyn Control,
) -> Result<InvariantReport, Failure> {
    fuzz_run_in(scenario, seed, Folders { out, corpus: None }, control)
}

/// As [`fuzz_run`], in these folders.
///
/// # Errors
/// As [`fuzz_run`], and when the corpus cannot be read or written.
pub fn fuzz_run_in(
    scenario: &Scenario,
    seed: u64,
    folders: Folders<'_>,
    control: &mut dyn Control,
) -> Result<InvariantReport, Failure> {
    let mut search = Search::new(scenario, folders.out);
    if search.invariants.is_empty() {
        let message = "no contract of the scenario has an invariant";
        let help = "mark a method that takes `&self` and returns `bool` as `#[invariant]`";
        let problem = Problem::new(ProblemCode::NoInvariant, message, help);
        return Err(Failure::new(Exit::NothingMatched, problem));
    }
    let mut corpus = vec![Candidate::of(scenario)];
    corpus.extend(load_corpus(folders.corpus, scenario, control)?);
    let found = search.run(&mut corpus, seed, control);
    let left = (corpus.as_slice(), search.under_way.candidate());
    let found = crash::kept(found, scenario, folders, left)?;
    let violation = match found {
        None => None,
        Some((candidate, position)) => {
            control.tell("an invariant does not hold; cutting down");
            let broken = (&candidate, position);
            Some(search.explain(scenario, broken, folders.out, &*control)?)
        }
    };
    let shown = |invariant: &Invariant| show(scenario, invariant);
    Ok(InvariantReport {
        schema: "lockstep.fuzz.run/1",
        name: scenario.name.clone(),
        seed,
        interrupted: false,
        invariants: search.invariants.iter().map(shown).collect(),
        statistics: search.statistics,
        violation,
    })
}

fn show(scenario: &Scenario, invariant: &Invariant) -> String {
    let contract = scenario.names.show_account(&invariant.contract);
    format!("{contract}.{}", invariant.method)
}

struct Search<'a> {
    base: Base,
    surface: Surface,
    invariants: Vec<Invariant>,
    chain_id: u64,
    edges: BTreeSet<u64>,
    under_way: UnderWay<'a>,
    statistics: Statistics,
}

impl<'a> Search<'a> {
    /// A search whose candidates are in the folder `out`, if there is one, while they run.
    fn new(scenario: &'a Scenario, out: Option<&'a Path>) -> Search<'a> {
        let surface = Surface::new(scenario, &Candidate::of(scenario)).with_unnamed(scenario);
        Search {
            base: Base::of(scenario, &super::base_engine(), None),
            invariants: invariants(&surface),
            surface,
            chain_id: scenario.chain.chain_id,
            edges: BTreeSet::new(),
            under_way: UnderWay::new(scenario, out),
            statistics: Statistics::default(),
        }
    }

    /// The candidate that breaks an invariant, and which one.
    fn run(
        &mut self,
        corpus: &mut Vec<Candidate>,
        seed: u64,
        control: &mut dyn Control,
    ) -> Result<Option<(Candidate, usize)>, Failure> {
        let mut random = Random::new(seed);
        let set_up_blocks = corpus[0].set_up_blocks();
        let first = corpus[0].each().next();
        let gas_price = first.map_or(1, |first| first.gas_price);
        control.tell("running the seed and the invariants behind it");
        self.under_way.begin(&corpus[0])?;
        self.base.run_seed(&corpus[0])?;
        for (position, candidate) in corpus.iter().enumerate() {
            // The seed is run whatever happens.
            if position > 0 && control.is_interrupted() {
                break;
            }
            if let Some(position) = self.check(candidate)?.1 {
                return Ok(Some((candidate.clone(), position)));
            }
        }
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
        self.under_way.begin(&checked)?;
        let based = self.base.run(&checked)?;
        if let Some(reason) = &based.execution.fatal {
            return Err(Failure::bug(format!("the machine stopped: {reason}")));
        }
        let number = self.statistics.candidates;
        self.statistics.candidates += 1;
        self.statistics.executions += 1;
        let transactions = u64::try_from(based.endings.len()).unwrap_or(u64::MAX);
        self.statistics.transactions += transactions;
        self.statistics.entered += based.execution.entered();
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
}
