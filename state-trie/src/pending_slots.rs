//! The nodes of a page that a walk has still to visit, by their slots.
//!
//! A walk that takes one off and puts its two children on never has more than one waiting per
//! level, and one. So they stand in an array, and a walk asks for no memory.

use crate::slots::PLACES;

/// How many can wait.
const COUNT_MAX: usize = PLACES + 2;

/// See the module's description. Each node carries something along.
#[derive(Debug)]
pub(crate) struct PendingSlots<T> {
    nodes: [Option<(u32, T)>; COUNT_MAX],
    count: usize,
}

impl<T> PendingSlots<T> {
    /// None are waiting.
    pub(crate) fn new() -> Self {
        Self {
            nodes: [const { None }; COUNT_MAX],
            count: 0,
        }
    }

    /// Adds the node over some slots. There is room: see the module's description.
    pub(crate) fn push(&mut self, slots: u32, with: T) {
        if let Some(place) = self.nodes.get_mut(self.count) {
            *place = Some((slots, with));
            self.count = self.count.saturating_add(1);
        }
    }

    /// Takes the node that was added last.
    pub(crate) fn pop(&mut self) -> Option<(u32, T)> {
        self.count = self.count.checked_sub(1)?;
        self.nodes.get_mut(self.count)?.take()
    }
}
