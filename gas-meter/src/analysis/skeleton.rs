//! What the analysis has written down so far.

use super::{Callee, Event, Point};
use crate::prepared::InternalError;

/// The points, the targets of `br_table`s and the calls.
#[derive(Default)]
pub(super) struct Skeleton {
    pub(super) points: Vec<Point>,
    pub(super) targets: Vec<u32>,
    pub(super) calls: Vec<Callee>,
}

impl Skeleton {
    /// Adds a price to the segment at this position; in dead code there is none.
    pub(super) fn charge(
        &mut self,
        segment: Option<usize>,
        price: u64,
    ) -> Result<(), InternalError> {
        let Some(position) = segment else {
            return Ok(());
        };
        match self.points.get_mut(position).map(|point| &mut point.event) {
            Some(Event::Segment { cost, .. }) => {
                *cost = cost
                    .checked_add(price)
                    .ok_or_else(|| InternalError::new("a segment's cost overflows"))?;
                Ok(())
            }
            _ => Err(InternalError::new("a segment is missing")),
        }
    }
}
