//! Looking for calls that break what a contract says must always hold.
//!
//! A method that the contract's ABI calls an invariant returns true, or nothing, for as long as it
//! holds, and returns false or fails when it does not. Candidates are made as for the search for
//! nondeterminism and run in the base world alone; behind each, all invariants of all contracts
//! are called.

mod again;
mod calls;
mod explain;
mod known;
mod report;
mod test_file;

use std::collections::BTreeSet;
use std::path::Path;

pub use again::BrokenInvariant;
pub(super) use again::{broken_invariants, cut_invariant};
pub use report::{CalledInvariant, InvariantReport, Violation};

use super::base::Base;
use super::campaign::cutting_down;
use super::candidate::{Candidate, Planned, PlannedBlock};
use super::control::Control;
use super::corpus::Corpus;
use super::corpus_folder::refuse_unwritable;
use super::crash::UnderWay;
use super::mutate::Mutator;
use super::report::Statistics;
use super::surface::Surface;
use super::world::EngineMaker;
use super::{Folders, crash};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::random::Random;
use crate::scenario::Scenario;
use known::{Invariant, Told, invariants, refused};

/// Searches until an invariant does not hold or `control` ends it. What is found is written into the
/// folder `out`, if there is one.
///
/// # Errors
/// When no contract has an invariant or one cannot be called, the machine fails or panics, or a file
/// cannot be written. The candidate that was under way is then written into `out` as `crash.toml`.
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
    super::refuse_without_accounts(scenario)?;
    let mut search = Search::new(scenario, &super::base_engine(), folders.out);
    let (refused, usable) = refused(scenario, &search.surface);
    if usable == 0 {
        return Err(none_usable(refused));
    }
    search.under_way.prepare()?;
    let remarks = search.surface.remarks.iter();
    remarks.for_each(|remark| control.tell(remark));
    let mut corpus = Corpus::new(scenario, folders.corpus);
    corpus.extend(corpus.load(control)?);
    refuse_unwritable(folders.corpus)?;
    let found = crash::caught(|| {
        let Some((candidate, position)) = search.run(&mut corpus, seed, control)? else {
            return Ok(None);
        };
        let shows = "an invariant does not hold";
        let file = search.under_way.found(shows);
        control.tell(&cutting_down(shows, file.as_deref()));
        let broken = (&candidate, position);
        search.explain(broken, folders.out, &*control).map(Some)
    });
    let left = (&corpus, search.under_way.candidate());
    let (violation, mut problems) = crash::kept(found, scenario, folders.out, left)?;
    let unwritten = search.unwritten.into_iter();
    problems.extend(unwritten.flat_map(|failure| failure.problems));
    problems.extend(refused);
    let called = |invariant: &Invariant| CalledInvariant {
        invariant: show(scenario, invariant),
        answers: invariant.answers,
    };
    Ok(InvariantReport {
        schema: "lockstep.fuzz.run/1",
        name: scenario.name.clone(),
        seed,
        interrupted: false,
        invariants: search.invariants.iter().map(called).collect(),
        unpaid_calls: search.unpaid_calls,
        statistics: search.statistics,
        violation,
        problems,
    })
}

/// That there is no invariant to call: for these reasons, or because none is declared.
fn none_usable(mut problems: Vec<Problem>) -> Failure {
    if problems.is_empty() {
        let message = "no code of the scenario has an invariant";
        let help = "mark a method that takes `&self` and returns `bool` as `#[invariant]`";
        problems.push(Problem::new(ProblemCode::NoInvariant, message, help));
    }
    Failure {
        exit: Exit::NothingMatched,
        problems,
    }
}

fn show(scenario: &Scenario, invariant: &Invariant) -> String {
    let contract = scenario.names.show_account(&invariant.contract);
    format!("{contract}.{}", invariant.method)
}

struct Search<'a> {
    scenario: &'a Scenario,
    base: Base,
    surface: Surface,
    invariants: Vec<Invariant>,
    edges: BTreeSet<u64>,
    under_way: UnderWay<'a>,
    statistics: Statistics,
    unpaid_calls: u64,
    /// The name of the scenario that is written, if it is not called after the invariant.
    name: Option<String>,
    /// Why that could not be written.
    unwritten: Option<Failure>,
}

impl<'a> Search<'a> {
    /// A search whose candidates are in the folder `out`, if there is one, while they run.
    fn new(scenario: &'a Scenario, engine: &EngineMaker, out: Option<&'a Path>) -> Search<'a> {
        let surface = Surface::new(scenario, &Candidate::of(scenario)).with_exports(scenario);
        Search {
            scenario,
            base: Base::of(scenario, engine, None),
            invariants: invariants(&surface),
            surface,
            edges: BTreeSet::new(),
            under_way: UnderWay::new(scenario, out),
            statistics: Statistics::default(),
            unpaid_calls: 0,
            name: None,
            unwritten: None,
        }
    }

    /// The candidate that breaks an invariant, and which one.
    fn run(
        &mut self,
        corpus: &mut Corpus<'_>,
        seed: u64,
        control: &mut dyn Control,
    ) -> Result<Option<(Candidate, usize)>, Failure> {
        let mut random = Random::new(seed);
        let seed = corpus.seed().clone();
        let set_up_blocks = seed.set_up_blocks();
        let first = seed.each().next();
        let gas_price = first.map_or(1, |first| first.gas_price);
        control.tell("running the seed and the invariants behind it");
        self.under_way.begin(&seed)?;
        let based = self.base.run_seed(&seed)?;
        self.discover(&based);
        corpus.save_seed(control);
        self.statistics.corpus = corpus.candidates().len();
        for (position, candidate) in corpus.candidates().iter().enumerate() {
            // The seed is run whatever happens.
            if position > 0 && control.is_over(&self.statistics) {
                break;
            }
            if let Some(position) = self.check(candidate)?.1 {
                return Ok(Some((candidate.clone(), position)));
            }
        }
        while !control.is_over(&self.statistics) {
            let parent = random.below(corpus.candidates().len());
            let mut mutator = Mutator {
                random: &mut random,
                surface: &self.surface,
                set_up_blocks,
                gas_price,
                chain_id: self.scenario.chain.chain_id,
            };
            let candidate = mutator.mutate(&corpus.candidates()[parent]);
            let (is_new, violated) = self.check(&candidate)?;
            if let Some(position) = violated {
                return Ok(Some((candidate, position)));
            }
            if is_new {
                corpus.join(&candidate, control);
                self.statistics.corpus = corpus.candidates().len();
            }
        }
        Ok(None)
    }

    /// Runs a candidate and all invariants behind it: whether it reached something new, and the
    /// first invariant that does not hold.
    fn check(&mut self, candidate: &Candidate) -> Result<(bool, Option<usize>), Failure> {
        let (checked, based) = self.run_checked(candidate)?;
        let told = self.told(&based)?;
        let number = self.statistics.candidates;
        self.statistics.candidates += 1;
        let transactions = u64::try_from(based.endings.len()).unwrap_or(u64::MAX);
        self.statistics.transactions += transactions;
        self.statistics.entered += based.entered(&checked);
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
        for (invariant, told) in self.invariants.iter_mut().zip(&told) {
            invariant.answers += u64::from(told.is_answer());
            self.unpaid_calls += u64::from(*told == Told::OutOfGas);
        }
        let violated = told.iter().position(|told| told.is_broken());
        Ok((is_new, violated))
    }
}
