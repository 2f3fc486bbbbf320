//! Branches: where they go, and that something arrives there.

use super::{Flow, Kind};
use crate::analysis::{Block, Event};
use crate::prepared::InternalError;

impl Flow {
    /// `br`. Branches mark their targets, unless they are dead.
    pub(super) fn branch(
        &mut self,
        relative_depth: u32,
        places: (usize, usize),
    ) -> Result<(), InternalError> {
        if self.segment.is_some() {
            let target = self.target(relative_depth)?;
            self.leave(Event::Branch(target), places);
        }
        Ok(())
    }

    /// `br_if`, behind which the code goes on.
    pub(super) fn branch_if(
        &mut self,
        relative_depth: u32,
        places: (usize, usize),
    ) -> Result<(), InternalError> {
        if self.segment.is_some() {
            let target = self.target(relative_depth)?;
            self.push(Event::BranchIf(target), places);
            self.begin();
        }
        Ok(())
    }

    /// `br_table`, whose targets are kept.
    pub(super) fn branch_table(
        &mut self,
        labels: &[u32],
        places: (usize, usize),
    ) -> Result<(), InternalError> {
        if self.segment.is_none() {
            return Ok(());
        }
        let before = self.found.targets.len();
        for label in labels {
            let target = self.target(*label)?;
            self.found.targets.push(target);
        }
        let first = before.saturating_sub(self.targets_before);
        let count = self.found.targets.len().saturating_sub(before);
        match (u32::try_from(first), u32::try_from(count)) {
            (Ok(first), Ok(count)) => self.leave(Event::BranchTable { first, count }, places),
            _ => return Err(InternalError::new("more than 2^32 targets")),
        }
        Ok(())
    }

    /// Marks that a branch arrives at this label, and yields the block that it belongs to.
    fn target(&mut self, relative_depth: u32) -> Result<u32, InternalError> {
        let missing = || InternalError::new("a label is missing");
        let target = usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.len().checked_sub(depth)?.checked_sub(1))
            .ok_or_else(missing)?;
        let frame = self.frames.get_mut(target).ok_or_else(missing)?;
        frame.end_reached = true;
        if let Kind::Loop(opening) = frame.kind
            && let Some(point) = self.found.points.get_mut(opening)
            && let Event::Open(Block::Loop { repeats, .. }) = &mut point.event
        {
            *repeats = true;
        }
        u32::try_from(target).map_err(|_| missing())
    }
}
