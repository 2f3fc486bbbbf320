//! Whoever goes along with a run: sees what the machine does, and each transaction's outcome.

use lockstep_vm::{InvalidTransaction, NoObserver, Observer, Report};

use super::StepPlace;
use crate::scenario::Step;

/// Goes along with a run. It cannot change what happens.
pub(crate) trait Companion {
    /// What is told of everything inside of the transactions.
    fn observer(&mut self) -> &mut dyn Observer;

    /// The step at this place is about to run.
    fn step_begins(&mut self, _place: StepPlace) {}

    /// The step at this place is over. What the observer was told since the one before belongs to it.
    fn step_is_over(
        &mut self,
        place: StepPlace,
        step: &Step,
        outcome: &Result<Report, InvalidTransaction>,
    );

    /// The block at this height is over, with these roots.
    fn block_is_over(&mut self, _height: u64, _state: &str, _receipts: &str) {}
}

/// A companion that does not look.
#[derive(Default)]
pub(crate) struct Alone(NoObserver);

impl Companion for Alone {
    fn observer(&mut self) -> &mut dyn Observer {
        &mut self.0
    }

    fn step_is_over(
        &mut self,
        _place: StepPlace,
        _step: &Step,
        _outcome: &Result<Report, InvalidTransaction>,
    ) {
    }
}
