//! How many slots of the metered stack a transaction needs.
//!
//! The stack is counted inside the guest, which gives slots back when a function returns, so the
//! peak cannot be read off afterwards. But nothing else depends on the number of slots: with
//! enough of them a run is always the same, and with fewer some message ends with a stack
//! overflow. The smallest number without an overflow is the peak; it is found by doubling and
//! halving.

use super::trials::{Attempt, Trials};
use crate::fatal::Fatal;
use crate::ledger::Ledger;

/// The number that the search begins with; most calls need a few hundred.
const FIRST_SLOTS: u32 = 256;

impl<L: Ledger> Trials<'_, L> {
    /// The slots that the transaction needs; all there are when one of its messages overflowed.
    pub(super) fn stack_slots_needed(&mut self, own: &Attempt) -> Result<u32, Fatal> {
        let max = self.stack_slots_max();
        if !own.ran_code {
            return Ok(0);
        }
        if own.overflowed {
            return Ok(max);
        }
        let (mut overflows, mut suffices) = (0_u32, FIRST_SLOTS.min(max));
        while suffices < max && self.with_stack_slots(suffices)?.overflowed {
            overflows = suffices;
            suffices = suffices.saturating_mul(2).min(max);
        }
        loop {
            let next = overflows.midpoint(suffices);
            if next == overflows {
                // A message without a frame needs none at all.
                let none = overflows == 0 && !self.with_stack_slots(0)?.overflowed;
                return Ok(if none { 0 } else { suffices });
            }
            match self.with_stack_slots(next)?.overflowed {
                true => overflows = next,
                false => suffices = next,
            }
        }
    }
}
