//! The blocks that are open while the analysis goes through a function, and where ways lead.

use std::collections::BTreeMap;

use super::answer::Place;
use super::cost::Cost;
use super::state::State;
use super::value::{Symbol, Symbols, Value};

/// Where a way leads that leaves the straight line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The end of an open block, or the head of a loop, by its position among the open blocks.
    Frame(usize),
    /// The end of the whole run, by a host function.
    Ended,
}

/// A local that a loop sets, in a repeat of which nothing is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changing {
    pub(super) local: usize,
    /// What it is at the head in that repeat.
    pub(super) symbol: Symbol,
    pub(super) value: Value,
    /// What it is when the loop is entered.
    pub(super) start: Value,
}

/// The analysis of any repeat of a loop at once.
#[derive(Clone, Debug)]
pub(super) struct AnyRepeat {
    /// Symbols from this one on may change from repeat to repeat.
    pub(super) first: Symbol,
    pub(super) changing: Vec<Changing>,
    /// What holds when the loop is entered.
    pub(super) entry: State,
}

/// A loop on its way.
#[derive(Clone, Debug)]
pub(super) struct Repeat {
    pub(super) place: Place,
    /// The position of its first operator.
    pub(super) body: usize,
    /// What holds at the head in this repeat.
    pub(super) head: State,
    /// The ways back to the head.
    pub(super) back: Option<State>,
    /// The ways out of this repeat, which wait until it is known how often there is one.
    pub(super) out: BTreeMap<Target, State>,
    /// The cost of the ways that ended the run in repeats that were gone through one by one.
    pub(super) ended: Option<Cost>,
    /// How many repeats were gone through one by one.
    pub(super) repeats: u64,
    /// Set when any repeat is analysed at once.
    pub(super) any: Option<AnyRepeat>,
}

/// An open block.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// The operands below it.
    pub(super) height: usize,
    /// How many values a branch to it takes.
    pub(super) arity: usize,
    /// The position that a branch to it goes to.
    pub(super) target: usize,
    /// The ways that branched to its end.
    pub(super) pending: Option<State>,
    /// The way into the `else` of an `if`.
    pub(super) otherwise: Option<State>,
    /// What is known of its repeats, if it is a loop: branches go to the head of one.
    pub(super) repeat: Option<Repeat>,
}

impl Frame {
    /// A block that branches leave forwards.
    pub(super) const fn forward(height: usize, arity: usize, target: usize) -> Frame {
        Frame {
            height,
            arity,
            target,
            pending: None,
            otherwise: None,
            repeat: None,
        }
    }

    /// Drops the operands that a branch to this block leaves behind.
    pub(super) fn trim(&self, state: &mut State) {
        let top = state.stack.len().saturating_sub(self.arity);
        if top > self.height {
            state.stack.drain(self.height..top);
        }
    }

    /// Whether any repeat of this loop is analysed at once.
    pub(super) fn is_any_repeat(&self) -> bool {
        self.any().is_some()
    }

    /// The analysis of any repeat.
    pub(super) fn any(&self) -> Option<&AnyRepeat> {
        self.repeat.as_ref().and_then(|repeat| repeat.any.as_ref())
    }
}

/// Adds a way to those that lead to the same place.
pub(super) fn merge(ways: &mut Option<State>, way: State, symbols: &mut Symbols) {
    *ways = Some(match ways.take() {
        Some(others) => others.join(way, symbols),
        None => way,
    });
}

/// Adds the cost of a way to those that end the run.
pub(super) fn merge_cost(ways: &mut Option<Cost>, way: &Cost) {
    match ways {
        Some(others) => others.join(way),
        None => *ways = Some(way.clone()),
    }
}
