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
    /// Frames that began and were not taken since.
    begun: Vec<Begun>,
}

/// A frame that began.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    /// The contract whose frame waits for it; `None` for a message of the sender.
    pub(super) caller: Option<AccountId>,
    /// Whose storage it uses.
    pub(super) contract: AccountId,
    /// The code that runs.
    pub(super) code: CodeHash,
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
        let caller = self.running();
        let mut inner = self.0.borrow_mut();
        inner.under_way.push(contract);
        inner.begun.push(Begun {
            caller,
            contract,
            code,
        });
    }

    pub(super) fn end(&self) {
        self.0.borrow_mut().under_way.pop();
    }

    /// The frames that began since this was last asked.
    pub(super) fn take_begun(&self) -> Vec<Begun> {
        std::mem::take(&mut self.0.borrow_mut().begun)
    }
}
