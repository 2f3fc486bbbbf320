//! Loops that run as often each time are paid in front.
//!
//! Such a loop is straight code and a branch back, so whoever comes to it goes through all its runs
//! unless one traps. Its body counts as if it stood there that many times:
//!
//! ```text
//! i32.const 0   local.set 1                      one group: 2 + 24 runs of 12 = 290,
//! loop  ... local.tee 1  i32.const 24            and nothing is inserted in the loop
//!       i32.ne  br_if 0  end
//! ```

use super::super::copies::pays_once;
use super::Groups;
use crate::analysis::StraightLoop;

/// What all runs of a loop may cost for that. A group looks when it comes to more than may run
/// unpaid, and one that does not is bounded by that (see `unpaid`).
const ALL_RUNS_MAX: u64 = 1 << 16;

impl Groups {
    /// What the loop whose head is at an offset costs there: all its runs, if they belong to the
    /// group in front, or else the one at hand, `cost`.
    pub(super) fn all_runs(&mut self, loops: &[StraightLoop], head: usize, cost: u64) -> u64 {
        let rest = loops.iter().skip(self.loops);
        let passed = rest.take_while(|straight| straight.head < head).count();
        self.loops = self.loops.saturating_add(passed);
        let straight = loops.get(self.loops);
        let straight = straight.filter(|straight| straight.head == head);
        self.pays_once = straight.is_some_and(pays_once);
        let runs = straight.and_then(|straight| straight.runs);
        let all = runs.and_then(|runs| cost.checked_mul(runs));
        let Some(all) = all.filter(|all| *all <= ALL_RUNS_MAX) else {
            return cost;
        };
        self.in_fixed = true;
        all
    }
}
