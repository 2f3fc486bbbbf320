//! Loops of which the output has a copy, so that they run with fewer charges.
//!
//! A short counted loop is copied to pay for all its runs at once (`rewrite::counted`). A short
//! loop that goes on until the data says so is copied to pay for two runs at a time
//! (`rewrite::pairs`), all but the first, which is paid in front (`groups::turns`).

use super::groups::{AHEAD_GAS_MAX, Groups};
use crate::analysis::StraightLoop;

/// The length in bytes of the longest loop that is copied to be paid at once. In a longer one the
/// charge for each run is a small part of it, and the copy a large one of the module.
const ALL_RUNS_MAX: usize = 64;

/// The same for the loops that are paid two runs at a time, which gain less.
const PAIR_MAX: usize = 40;

/// The largest price of one run of a loop that is paid at once: 2^32 runs stay below 2^62.
const RUN_MAX: u64 = 1 << 29;

/// What a loop is copied for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To pay for all runs at once.
    AllRuns,
    /// To pay for two runs at a time.
    Pairs,
}

/// A loop of which there is a copy.
pub(super) struct CopiedLoop {
    pub(super) straight: StraightLoop,
    /// Its position in [`Analysis::loops`](crate::analysis::Analysis::loops).
    pub(super) position: u32,
    /// The group at its head, which is that of each run.
    pub(super) group: usize,
    pub(super) purpose: Purpose,
}

/// The straight loops of which copies are made, in the order of their groups: they are reached, and
/// charge something.
pub(super) fn copied_loops(loops: &[StraightLoop], groups: &Groups) -> Vec<CopiedLoop> {
    let mut loops = (0..).zip(loops).peekable();
    let mut copied = Vec::new();
    if loops.peek().is_none() {
        return copied;
    }
    for (position, group) in groups.groups.iter().enumerate() {
        while loops
            .next_if(|(_, straight)| straight.head < group.at)
            .is_some()
        {}
        if let Some((number, straight)) = loops.next_if(|(_, straight)| straight.head == group.at)
            && let Some(purpose) = purpose(straight, group.cost)
            && (purpose == Purpose::AllRuns || groups.turns_at(position))
        {
            copied.push(CopiedLoop {
                straight: *straight,
                position: number,
                group: position,
                purpose,
            });
        }
    }
    copied
}

/// Whether a loop is copied to be paid for all its runs at once.
pub(super) fn pays_once(straight: &StraightLoop) -> bool {
    straight.count.is_some() && straight.length() <= ALL_RUNS_MAX
}

/// What a loop is copied for, each of whose runs costs this. Of two runs that are paid at a time the
/// first may run unpaid (see `unpaid`), so it must not cost much, whatever the prices are.
fn purpose(straight: &StraightLoop, cost: u64) -> Option<Purpose> {
    match straight.count {
        _ if cost == 0 || cost > RUN_MAX => None,
        _ if pays_once(straight) => Some(Purpose::AllRuns),
        None if straight.length() <= PAIR_MAX && cost <= AHEAD_GAS_MAX => Some(Purpose::Pairs),
        _ => None,
    }
}
