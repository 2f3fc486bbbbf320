//! The frames of a message as guests asked for them: who must run, for whom, with how much, and
//! whether it may change anything. No word of the host's is in it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lockstep_abi::AccountId;

use crate::oracles::Finding;

/// What a frame is, and must be told about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Whose storage and balance it uses.
    pub(super) contract: AccountId,
    /// Who called.
    pub(super) caller: AccountId,
    /// What came with the call.
    pub(super) value: u128,
    /// Whether it must leave everything as it is.
    pub(super) read_only: bool,
}

/// The frames under way; whoever shares them sees the same.
#[derive(Clone, Default)]
pub(super) struct AskedFrames(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// A message that was asked for and whose frame has not begun.
    next: Option<Asked>,
    /// The frames, the one that runs last; `None` for one that nobody asked for.
    under_way: Vec<Option<Asked>>,
    finding: Option<Finding>,
}

impl AskedFrames {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message of this sender is all there is.
    pub(super) fn restart(&self, message: Asked) {
        *self.inner() = Inner {
            next: Some(message),
            ..Inner::default()
        };
    }

    /// A guest asks for a message, or, when its call is over, for nothing.
    pub(super) fn ask(&self, message: Option<Asked>) {
        self.inner().next = message;
    }

    /// A frame begins: that of the message that was asked for.
    pub(super) fn begin(&self) {
        let next = self.inner().next.take();
        if next.is_none() {
            self.find("context", "a frame begins that nobody asked for".into());
        }
        self.inner().under_way.push(next);
    }

    /// The frame that began last ends.
    pub(super) fn end(&self) {
        self.inner().under_way.pop();
    }

    /// The frame that runs; `None` when none does.
    pub(super) fn running(&self) -> Option<Asked> {
        self.inner().under_way.last().copied().flatten()
    }

    /// Whether nothing may change: in the frame that runs, or for a message that it asks for.
    pub(super) fn is_read_only(&self) -> bool {
        let next = self.inner().next;
        let acting = next.or_else(|| self.running());
        acting.is_some_and(|acting| acting.read_only)
    }

    /// Notes a finding of a kind; the first one counts.
    pub(super) fn find(&self, kind: &str, what: String) {
        let mut inner = self.inner();
        if inner.finding.is_none() {
            inner.finding = Some(format!("{kind}: {what}"));
        }
    }

    /// The first finding.
    pub(super) fn finding(&self) -> Option<Finding> {
        self.inner().finding.clone()
    }
}
