//! What a search asks between its steps, and tells of them.

use super::report::Statistics;

/// Says when to stop, and shows how far it is.
pub trait Control {
    /// Whether to stop before the next candidate. Told of everything that was counted so far.
    fn is_over(&mut self, statistics: &Statistics) -> bool;

    /// Whether the user wants the report now. Cutting down, which `is_over` does not end, then
    /// stops at the best so far.
    fn is_interrupted(&self) -> bool {
        false
    }

    /// Whether to stop between two worlds of the candidate that is under way. The others do not
    /// execute it then.
    fn is_cut_short(&mut self, _statistics: &Statistics) -> bool {
        self.is_interrupted()
    }

    /// A sentence about what is going on now.
    fn tell(&mut self, _what: &str) {}

    /// So many tries of cutting down have been made, and so many transactions are left.
    fn tried(&self, _tries: usize, _transactions: usize) {}
}
