//! What all ways behind a fork cost is paid in front of it.
//!
//! When every way of a fork leads to a group that begins there and is reached from nowhere else,
//! the least of their costs is due whichever is taken. It moves to the group in front of the
//! fork; often that leaves one way without a charge. A doomed way takes part at no cost. Forks are
//! visited from the last to the first, so that what was moved once moves on.

use super::Groups;
use crate::prepared::InternalError;

impl Groups {
    /// Moves costs in front of forks, and forgets those of doomed groups.
    pub(super) fn hoist(&mut self) -> Result<(), InternalError> {
        for position in (0..self.forks.len()).rev() {
            let Some(fork) = self.forks.get(position) else {
                break;
            };
            if fork.covered == fork.ways {
                self.hoist_over(fork.parent, fork.child)?;
            }
        }
        for group in &mut self.groups {
            if group.doomed {
                group.cost = 0;
            }
        }
        Ok(())
    }

    /// Moves the least cost of the groups behind one fork into the group in front of it.
    fn hoist_over(&mut self, parent: usize, last: Option<usize>) -> Result<(), InternalError> {
        let mut least: Option<u64> = None;
        let mut next = last;
        while let Some(child) = next {
            let group = self.at(child)?;
            if !group.doomed {
                least = Some(least.map_or(group.cost, |least| least.min(group.cost)));
            }
            next = group.sibling;
        }
        let Some(least) = least.filter(|least| *least > 0) else {
            return Ok(());
        };
        let mut check = false;
        let mut next = last;
        while let Some(child) = next {
            let group = self.at(child)?;
            group.cost = group.cost.saturating_sub(least);
            if group.cost == 0 && !group.recursive {
                check |= std::mem::take(&mut group.check);
            }
            next = group.sibling;
        }
        self.at(parent)?.check |= check;
        self.add(parent, least)
    }
}
