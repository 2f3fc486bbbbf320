//! What can be observed of a call, and what it means for two of them to agree.

use lockstep_reference::Stop;
use thiserror::Error;

/// A call of a host function, as the host saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEvent {
    /// The function's name.
    pub name: String,
    /// Its arguments as raw 64-bit words; 32-bit ones are zero-extended.
    pub arguments: Vec<u64>,
    /// The gas left when the host was entered.
    pub gas_left: i64,
    /// The stack slots left when the host was entered.
    pub stack_left: i64,
}

/// What can be observed of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The results as raw 64-bit words, or why there are none.
    pub result: Result<Vec<u64>, Stop>,
    /// The gas left. A trap consumes what was given, so there it is not observed: `None`.
    pub gas_left: Option<i64>,
    /// The stack slots left; `None` after a trap.
    pub stack_left: Option<i64>,
    /// The host calls in order.
    pub events: Vec<HostEvent>,
}

impl Outcome {
    /// Keeps of the meter what can be observed after `result`.
    pub(crate) fn new(
        result: Result<Vec<u64>, Stop>,
        gas_left: i64,
        stack_left: i64,
        events: Vec<HostEvent>,
    ) -> Outcome {
        let observed = matches!(result, Ok(_) | Err(Stop::Host));
        Outcome {
            result,
            gas_left: observed.then_some(gas_left),
            stack_left: observed.then_some(stack_left),
            events,
        }
    }
}

/// The two sides saw different things.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Disagreement {
    /// The calls went differently.
    #[error("{call}: metered {metered:?}, reference {reference:?}")]
    Outcome {
        /// Which call.
        call: String,
        /// The instrumented module on wasmi.
        metered: Box<Outcome>,
        /// The original module on the reference interpreter.
        reference: Box<Outcome>,
    },
    /// The calls agreed, but they left different memory behind.
    #[error("{call}: memory differs from byte {offset} on")]
    Memory {
        /// Which call.
        call: String,
        /// The first byte that differs, or the length of the shorter memory.
        offset: usize,
    },
    /// The calls agreed, but they left different values in the mutable globals, or the sides have
    /// not the same ones.
    #[error("{call}: globals: metered {metered:?}, reference {reference:?}")]
    Globals {
        /// Which call.
        call: String,
        /// The index and the raw value of each in the instrumented module on wasmi.
        metered: Vec<(u32, u64)>,
        /// The same in the original module on the reference interpreter.
        reference: Vec<(u32, u64)>,
    },
}
