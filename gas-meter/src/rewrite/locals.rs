//! The locals that are appended to a function.

use wasm_encoder::ValType;

use crate::analysis::FrameFacts;
use crate::plan::Needs;
use crate::prepared::InternalError;

/// Which locals are appended, behind the function's own, in this order.
pub(super) struct AppendedLocals {
    /// Keeps the gas counter; an `i64`.
    counter: Place,
    /// Keeps what all runs of a loop cost; an `i64`.
    need: Place,
    /// Keeps an operand on which a charge depends; an `i32`.
    operand: Place,
    /// Keeps the result of an operator, in modules that report results; an `i64`.
    result: Place,
    /// Keep the stack counter as it is while the function runs, and as it is while a recursive call
    /// of it does; two `i32`s.
    slots: Place,
}

/// One of them: its index, if it is appended.
type Place = Option<u32>;

impl AppendedLocals {
    /// Those that a function needs, one for the counter among them if it is kept in a local, behind
    /// the parameters and locals of its frame.
    pub(super) fn new(
        local_counter: bool,
        needs: Needs,
        frame: &FrameFacts,
    ) -> Result<AppendedLocals, InternalError> {
        let overflows = || InternalError::new("more than 2^32 locals");
        let first = frame.params.checked_add(frame.declared_locals);
        let mut next = first.ok_or_else(overflows)?;
        let mut place = |is_needed: bool| -> Result<Place, InternalError> {
            let index = next;
            if is_needed {
                next = next.checked_add(1).ok_or_else(overflows)?;
            }
            Ok(is_needed.then_some(index))
        };
        Ok(AppendedLocals {
            counter: place(local_counter)?,
            need: place(needs.need)?,
            operand: place(needs.operand)?,
            result: place(needs.result)?,
            slots: place(needs.takes >= TAKES_KEPT_MIN)?,
        })
    }

    /// How many of which type are appended, in order.
    pub(super) fn groups(&self) -> impl Iterator<Item = (u32, ValType)> + Clone {
        let all = [
            (self.counter, (1, ValType::I64)),
            (self.need, (1, ValType::I64)),
            (self.operand, (1, ValType::I32)),
            (self.result, (1, ValType::I64)),
            (self.slots, (2, ValType::I32)),
        ];
        let appended = all.into_iter().filter(|(place, _)| place.is_some());
        appended.map(|(_, group)| group)
    }

    /// The local of the gas counter.
    pub(super) fn counter(&self) -> Result<u32, InternalError> {
        appended(self.counter)
    }

    /// The local of what all runs of a loop cost.
    pub(super) fn need(&self) -> Result<u32, InternalError> {
        appended(self.need)
    }

    /// The local of an operand.
    pub(super) fn operand(&self) -> Result<u32, InternalError> {
        appended(self.operand)
    }

    /// The local of a result.
    pub(super) fn result(&self) -> Result<u32, InternalError> {
        appended(self.result)
    }

    /// The locals of the stack counter, if it is kept in some: as it is while the function runs, and
    /// as it is while a recursive call of it does.
    pub(super) fn slots(&self) -> Option<(u32, u32)> {
        self.slots
            .zip(self.slots.and_then(|first| first.checked_add(1)))
    }
}

/// From how many places on that take slots it is worth keeping the stack counter in locals.
const TAKES_KEPT_MIN: usize = 3;

/// The index of a local that is used, so it is appended.
fn appended(place: Place) -> Result<u32, InternalError> {
    place.ok_or_else(|| InternalError::new("a local is not appended"))
}
