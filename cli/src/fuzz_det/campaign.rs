//! The loop: make a candidate, run it in the base world, run it in the other worlds, compare.
//!
//! Everything but the moment at which it ends follows from the seed: which candidates are made,
//! which worlds take part in each, and what joins the corpus.

use std::collections::BTreeSet;
use std::path::Path;

use super::Folders;
use super::ask::{differs_from, execution};
use super::base::{Base, Based};
use super::candidate::Candidate;
use super::control::Control;
use super::corpus::Corpus;
use super::crash::UnderWay;
use super::divergence::compare;
use super::minimise::minimise;
use super::mutate::Mutator;
use super::nested::Differing;
use super::report::{Found, Statistics, WorldStatistics};
use super::surface::Surface;
use super::watched::watched;
use super::world::{EngineMaker, World, in_round, taking_part};
use crate::problem::Failure;
use crate::random::Random;
use crate::scenario::Scenario;

/// A campaign.
pub(super) struct Campaign<'a> {
    base: Base,
    worlds: &'a mut [Box<dyn World>],
    surface: Surface,
    random: Random,
    corpus: Corpus<'a>,
    under_way: UnderWay<'a>,
    edges: BTreeSet<u64>,
    set_up_blocks: usize,
    gas_price: u128,
    chain_id: u64,
    /// What was counted so far.
    pub(super) statistics: Statistics,
}

/// A difference, and the candidate that shows it.
pub(super) struct Mismatch {
    pub(super) world: usize,
    /// In which of its executions it differed. It is left in the variation of this round.
    pub(super) round: usize,
    /// What differed.
    pub(super) field: String,
    pub(super) candidate: Candidate,
}

impl<'a> Campaign<'a> {
    /// A campaign that writes into these folders: its candidates are in that for what is found while
    /// they run.
    pub(super) fn new(
        scenario: &'a Scenario,
        engine: &EngineMaker,
        worlds: &'a mut [Box<dyn World>],
        (seed, folders): (u64, Folders<'a>),
    ) -> Campaign<'a> {
        let candidate = Candidate::of(scenario);
        let first = candidate.each().next();
        let gas_price = first.map_or(1, |planned| planned.gas_price);
        let statistics = Statistics {
            worlds: worlds
                .iter()
                .map(|world| WorldStatistics::new(world.name()))
                .collect(),
            ..Statistics::default()
        };
        Campaign {
            base: Base::of(scenario, engine, None),
            worlds,
            surface: Surface::new(scenario, &candidate).with_exports(scenario),
            random: Random::new(seed),
            set_up_blocks: candidate.set_up_blocks(),
            under_way: UnderWay::new(scenario, folders.out),
            corpus: Corpus::new(scenario, folders.corpus),
            edges: BTreeSet::new(),
            gas_price,
            chain_id: scenario.chain.chain_id,
            statistics,
        }
    }

    /// Makes the folders, says what is not called as its ABI says, and reads the candidates that were
    /// kept before.
    ///
    /// # Errors
    /// When nothing can be written into a folder, or the corpus cannot be read.
    pub(super) fn prepare(&mut self, control: &mut dyn Control) -> Result<Vec<Candidate>, Failure> {
        self.under_way.prepare()?;
        self.surface.remarks.iter().for_each(|it| control.tell(it));
        self.corpus.load(control)
    }

    /// The candidates that others were made of.
    pub(super) fn corpus(&self) -> &Corpus<'a> {
        &self.corpus
    }

    /// The candidate that was executed last.
    pub(super) fn under_way(&self) -> Option<&Candidate> {
        self.under_way.candidate()
    }

    /// Runs candidates, those that were kept before first, until a world differs or `control` says
    /// that it is over.
    pub(super) fn run(
        &mut self,
        kept: Vec<Candidate>,
        control: &mut dyn Control,
    ) -> Result<Option<Found>, Failure> {
        let seed = self.corpus.seed().clone();
        control.tell("running the seed in every world");
        self.under_way.begin(&seed)?;
        let based = self.base.run_seed(&seed)?;
        self.corpus.save_seed(control);
        if let Some(mismatch) = self.judge(&seed, based, control)? {
            return self.explain(mismatch, control).map(Some);
        }
        for candidate in kept {
            if control.is_over(&self.statistics) {
                break;
            }
            if let Some(mismatch) = self.check(&candidate, control)? {
                return self.explain(mismatch, control).map(Some);
            }
        }
        while !control.is_over(&self.statistics) {
            let parent = self.random.below(self.corpus.candidates().len());
            let mut mutator = Mutator {
                random: &mut self.random,
                surface: &self.surface,
                set_up_blocks: self.set_up_blocks,
                gas_price: self.gas_price,
                chain_id: self.chain_id,
            };
            let candidate = mutator.mutate(&self.corpus.candidates()[parent]);
            if let Some(mismatch) = self.check(&candidate, control)? {
                return self.explain(mismatch, control).map(Some);
            }
        }
        Ok(None)
    }

    /// Runs a candidate in the base world and in the others.
    fn check(
        &mut self,
        candidate: &Candidate,
        control: &mut dyn Control,
    ) -> Result<Option<Mismatch>, Failure> {
        self.under_way.begin(candidate)?;
        let based = self.base.run(candidate)?;
        self.judge(candidate, based, control)
    }

    /// Counts what the base world did, and compares the other worlds with it: the first in any case,
    /// and the next ones until `control` cuts that short.
    fn judge(
        &mut self,
        candidate: &Candidate,
        based: Based,
        control: &mut dyn Control,
    ) -> Result<Option<Mismatch>, Failure> {
        let number = self.statistics.candidates;
        self.statistics.candidates += 1;
        self.statistics.executions += 1;
        if let Some(reason) = &based.execution.fatal {
            return Err(Failure::bug(format!("the machine stopped: {reason}")));
        }
        let transactions = u64::try_from(based.endings.len()).unwrap_or(u64::MAX);
        self.statistics.transactions += transactions;
        self.statistics.entered += based.entered(candidate);
        self.surface.discover(&based.execution);
        let skipped = candidate.transactions() - based.endings.len();
        for (planned, receipt) in candidate.each().skip(skipped).zip(&based.endings) {
            if let Ok(receipt) = receipt {
                self.surface.learn(planned, receipt);
                let succeeded = u64::from(receipt.status.is_success());
                self.statistics.succeeded += succeeded;
            }
        }
        let known = self.edges.len();
        self.edges.extend(based.edges.iter().copied());
        let is_new = self.edges.len() > known;
        if is_new {
            self.statistics.edges = self.edges.len();
            self.statistics.last_edge_at = number;
            if number > 0 {
                self.corpus.join(candidate, control);
            }
            self.statistics.corpus = self.corpus.candidates().len();
        }
        let worlds = taking_part(self.worlds, number, is_new);
        for (position, world) in worlds.into_iter().enumerate() {
            if position > 0 && control.is_cut_short(&self.statistics) {
                break;
            }
            self.statistics.executions += 1;
            self.statistics.transactions += transactions;
            let before = self.statistics.worlds[world].executions;
            let round = usize::try_from(before).map_err(Failure::bug)?;
            self.statistics.worlds[world].executions += 1;
            self.worlds[world].vary(round);
            let answer = execution(&mut self.worlds[world], &based)?;
            let Some(execution) = answer else {
                self.statistics.worlds[world].stopped += 1;
                continue;
            };
            if let Some(found) = compare(&based.execution, &execution) {
                return Ok(Some(Mismatch {
                    world,
                    round,
                    field: found.field,
                    candidate: candidate.clone(),
                }));
            }
        }
        Ok(None)
    }

    /// Cuts a mismatch down and finds out where the two worlds part.
    fn explain(&mut self, mismatch: Mismatch, control: &mut dyn Control) -> Result<Found, Failure> {
        let Mismatch {
            world,
            round,
            field,
            candidate,
        } = mismatch;
        let (name, about) = in_round(&*self.worlds[world], round);
        let shows = format!("{name} differs from the base world");
        let file = self.under_way.found(&shows);
        control.tell(&cutting_down(&shows, file.as_deref()));
        let mut tries = 0;
        let judge = Differing {
            base: &mut self.base,
            world: &mut self.worlds[world],
            field: &field,
            tries: &mut tries,
        };
        let smallest = minimise(&candidate, &self.surface, &*control, judge);
        let based = self.base.run_from_genesis(&smallest)?;
        // A world that cannot be asked any more has differed all the same.
        let untold = |failure: Failure| {
            let said = failure.problems.first().map(|problem| &problem.message);
            let said = said.cloned().unwrap_or_default();
            format!("{name} cannot be asked where it differs: {said}")
        };
        let divergence = differs_from(&based, &mut self.worlds[world], &field);
        let divergence = divergence.unwrap_or_else(|failure| {
            control.tell(&untold(failure));
            None
        });
        let (segments, results) = match &divergence {
            Some(found) => {
                let other = &mut self.worlds[world];
                let watched = watched(&self.base, other, &based.history, found);
                watched.unwrap_or_else(|failure| {
                    control.tell(&untold(failure));
                    Default::default()
                })
            }
            None => Default::default(),
        };
        self.statistics.worlds[world].differences += 1;
        Ok(Found {
            world: name,
            about,
            engine: self.worlds[world].engine_alone(),
            transactions_before: candidate.transactions(),
            tries,
            candidate: smallest,
            endings: based.endings,
            divergence,
            segments,
            results,
        })
    }
}

/// That something shows and is cut down, and which file has it meanwhile.
pub(super) fn cutting_down(shows: &str, file: Option<&Path>) -> String {
    let file = file.map(|file| format!(" what is in {}", file.display()));
    format!("{shows}; cutting down{}", file.unwrap_or_default())
}
