//! The candidates that others are made of.
//!
//! Each is written into the folder of the corpus, if there is one, when it joins, so that a search
//! that is killed loses none. What cannot be written then is written at the end.

use std::path::Path;

use super::candidate::Candidate;
use super::control::Control;
use super::corpus_folder::{load_corpus, write_entry};
use crate::output_file::write_without_waiting;
use crate::problem::Failure;
use crate::scenario::Scenario;

/// The most candidates that join.
const CANDIDATES_MAX: usize = 4_096;

/// A seed, and the candidates that reached something new.
pub(super) struct Corpus<'a> {
    scenario: &'a Scenario,
    folder: Option<&'a Path>,
    candidates: Vec<Candidate>,
    /// The positions of those that are not in the folder yet.
    unsaved: Vec<usize>,
    has_told: bool,
}

impl<'a> Corpus<'a> {
    /// The transactions of a scenario alone, which are not written yet.
    pub(super) fn new(scenario: &'a Scenario, folder: Option<&'a Path>) -> Corpus<'a> {
        Corpus {
            scenario,
            folder,
            candidates: vec![Candidate::of(scenario)],
            unsaved: vec![0],
            has_told: false,
        }
    }

    /// The seed, and what joined behind it.
    pub(super) fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// The transactions of the scenario.
    pub(super) fn seed(&self) -> &Candidate {
        &self.candidates[0]
    }

    /// The candidates of the folder that fit the scenario.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub(super) fn load(&self, control: &mut dyn Control) -> Result<Vec<Candidate>, Failure> {
        load_corpus(self.folder, (self.scenario, self.seed()), control)
    }

    /// Adds candidates that the folder has.
    pub(super) fn extend(&mut self, loaded: Vec<Candidate>) {
        self.candidates.extend(loaded);
    }

    /// Writes the seed. That it cannot be written is told.
    pub(super) fn save_seed(&mut self, control: &mut dyn Control) {
        self.unsaved.retain(|position| *position > 0);
        self.write(0, control);
    }

    /// Adds a candidate that reached something new, if there is room, and writes it. That it cannot
    /// be written is told once.
    pub(super) fn join(&mut self, candidate: &Candidate, control: &mut dyn Control) {
        if self.candidates.len() < CANDIDATES_MAX {
            self.candidates.push(candidate.clone());
            self.write(self.candidates.len() - 1, control);
        }
    }

    fn write(&mut self, position: usize, control: &mut dyn Control) {
        let Err(failure) = self.entry(position) else {
            return;
        };
        self.unsaved.push(position);
        if !std::mem::replace(&mut self.has_told, true) {
            let said = failure.problems.first().map(|problem| &problem.message);
            let said = said.cloned().unwrap_or_default();
            control.tell(&format!("the corpus is not saved meanwhile: {said}"));
        }
    }

    fn entry(&self, position: usize) -> Result<(), Failure> {
        let Some(folder) = self.folder else {
            return Ok(());
        };
        // A search does not wait for the disk. An entry that a failure of power has torn is left out
        // when the folder is read.
        let candidate = &self.candidates[position];
        write_entry(folder, self.scenario, candidate, write_without_waiting).map(|_| ())
    }

    /// Writes those that are not in the folder yet.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let mut unsaved = self.unsaved.iter();
        unsaved.try_for_each(|position| self.entry(*position))
    }
}
