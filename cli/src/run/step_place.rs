//! Where a transaction of a run stands.

use std::fmt;

/// A transaction's place: the height of its block, and its number in the block, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepPlace {
    pub(crate) height: u64,
    pub(crate) number: u64,
}

impl fmt::Display for StepPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StepPlace { height, number } = self;
        write!(f, "block {height}, transaction {number}")
    }
}
