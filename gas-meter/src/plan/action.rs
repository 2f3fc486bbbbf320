//! What a plan inserts, and where. What each action becomes is in `rewrite`.

use crate::analysis::Callee;

/// What to insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Take so much gas.
    Charge {
        /// How much. Below 0, gas is given back.
        cost: i64,
        /// The least that may be in the counter then: with less, the function is left.
        floor: Option<i64>,
    },
    /// In place of the `br_if` with which a loop goes back: if it does, take the gas of the next
    /// run, and leave the function when the counter is below 0 then.
    GoBack {
        /// How much.
        cost: i64,
        /// The offset behind the `br_if`.
        behind: usize,
    },
    /// In place of a `memory.grow`: a call of the function that grows the memory (`rewrite::growth`).
    Grow {
        /// The offset behind the `memory.grow`.
        behind: usize,
    },
    /// In place of a call whose indices take more bytes than they need: the same call, shorter.
    /// Linkers leave room in front of what they fill in.
    Call {
        /// Who is called.
        callee: Callee,
        /// The offset behind the call.
        behind: usize,
    },
    /// Take so much gas for each unit of the number on top of the operand stack (unsigned, 32
    /// bits), leave the function when the counter is below 0 then, and leave the number there.
    ChargePerUnit(u64),
    /// Load the local counter from the global.
    Load,
    /// Store the local counter in the global.
    Store,
    /// Take slots, which is what every recursive call in a function takes as many of.
    TakeSlots {
        /// How many.
        slots: u32,
        /// Whether to leave the function when there were less. Where all ways here have taken as many
        /// and given them back, there are enough.
        looks: bool,
    },
    /// Give this many slots back.
    GiveSlots(u32),
    /// In front of a counted loop: a copy of it that pays for all runs at once.
    PayLoop {
        /// The loop's position in [`Analysis::loops`](crate::analysis::Analysis::loops).
        straight: u32,
        /// What each run costs.
        cost: u64,
    },
    /// In front of a loop with [`Action::ChargePair`]: a block around it.
    OpenBlock,
    /// At the head of a straight loop: a copy of the body, which is a run that is paid already;
    /// then take the gas of two runs, and leave the function when there was not enough for one.
    ChargePair {
        /// The loop's position in [`Analysis::loops`](crate::analysis::Analysis::loops).
        straight: u32,
        /// What each run costs.
        cost: u64,
    },
    /// Behind a loop: the end of what [`Action::PayLoop`] or [`Action::OpenBlock`] opened.
    EndBlock,
    /// Insert an empty block, which does nothing. wasmi 2.0.0 joins some operators wrongly with what
    /// is in front of them, and an empty block keeps the two apart; `analysis::top` says which.
    /// Needed until the pinned engine is one that does not do that.
    Separate,
    /// Report to the machine that the code got here: the probe of this number. Only in modules for
    /// profiling; see `probe`. Leaves the operand stack as it is.
    Report(u32),
    /// The same in front of an operator whose price depends on the number on top of the operand
    /// stack, which is reported along and left there. Behind an operator, for its `i32` result.
    ReportOperand(u32),
    /// Behind an operator with an `i64` result: its lower half is reported to the probe of this
    /// number and its upper one to the next, and it is left there.
    ReportWideResult(u32),
}

impl Action {
    /// The offset behind the operator whose place this takes, if it takes one's.
    pub(crate) const fn replaces(self) -> Option<usize> {
        match self {
            Action::GoBack { behind, .. }
            | Action::Grow { behind }
            | Action::Call { behind, .. } => Some(behind),
            _ => None,
        }
    }
}

/// One insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Insertion {
    /// The offset in the file of the operator in front of which it goes.
    pub(crate) at: usize,
    /// How many blocks of the function are open there.
    pub(crate) depth: u32,
    /// What to insert.
    pub(crate) action: Action,
}
