//! The frames of a message that are under way, as an observer is told of them.

use std::cell::RefCell;
use std::rc::Rc;

use lockstep_abi::{AccountId, CodeHash};

/// The frames under way; whoever shares them sees the same.
#[derive(Clone, Default)]
pub struct Frames(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    /// The contracts, that of the frame that runs last.
    under_way: Vec<AccountId>,
    /// Frames that began and were not taken since: whose, and of which code.
    begun: Vec<(AccountId, CodeHash)>,
}

impl Frames {
    /// The contract of the frame that runs; `None` when none does.
    pub fn running(&self) -> Option<AccountId> {
        self.0.borrow().under_way.last().copied()
    }

    /// The contract of the frame that waits for the one that runs.
    pub fn caller(&self) -> Option<AccountId> {
        self.0.borrow().under_way.iter().rev().nth(1).copied()
    }

    pub(super) fn begin(&self, contract: AccountId, code: CodeHash) {
        let mut inner = self.0.borrow_mut();
        inner.under_way.push(contract);
        inner.begun.push((contract, code));
    }

    pub(super) fn end(&self) {
        self.0.borrow_mut().under_way.pop();
    }

    /// The frames that began since this was last asked.
    pub(super) fn take_begun(&self) -> Vec<(AccountId, CodeHash)> {
        std::mem::take(&mut self.0.borrow_mut().begun)
    }
}
