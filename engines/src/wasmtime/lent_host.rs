//! The host, lent to a store for the length of one run.
//!
//! A Wasmtime store owns data without lifetimes, and the host of a run is a borrow. This file
//! erases the borrow's lifetime and guards it by scope in its place; it is one of the two places
//! in the crate that need `unsafe`.

use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;

use lockstep_vm::HostCalls;

/// Where the host is, for as long as the loan lasts.
type Slot = Rc<Cell<Option<NonNull<dyn HostCalls>>>>;

/// The right to use the host until [`lend`] returns. It cannot be copied.
pub(super) struct LentHost {
    slot: Slot,
}

impl LentHost {
    /// Lets `act` use the host; `None` when the loan is over.
    pub(super) fn with<R>(&mut self, act: impl FnOnce(&mut dyn HostCalls) -> R) -> Option<R> {
        let mut pointer = self.slot.get()?;
        // SAFETY: The slot is full, so `lend` has not returned and the `&mut` it was given is
        // still borrowed by it: the host is alive. `lend` does not touch the host itself, there is
        // one `LentHost` to a loan, and this borrows it mutably for as long as `act` runs, so the
        // reference is the only one. `act` cannot keep it: its lifetime is that of the call.
        // `LentHost` is not `Send`, so no other thread is here.
        let host = unsafe { pointer.as_mut() };
        Some(act(host))
    }
}

/// Takes the host back, also when a panic comes through.
struct TakeBack(Slot);

impl Drop for TakeBack {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

/// Lends the host for as long as `run` lasts. What is left of the loan afterwards is empty.
pub(super) fn lend<R>(host: &mut dyn HostCalls, run: impl FnOnce(LentHost) -> R) -> R {
    let pointer = NonNull::from(host);
    // SAFETY: Only the lifetime bound of the trait object changes; both types are the same wide
    // pointer. Nothing follows the pointer once this function has returned, because the guard has
    // emptied the slot, so the host is used within its true lifetime only.
    let pointer: NonNull<dyn HostCalls> = unsafe { std::mem::transmute(pointer) };
    let slot = Rc::new(Cell::new(Some(pointer)));
    let _guard = TakeBack(Rc::clone(&slot));
    run(LentHost { slot })
}

#[cfg(test)]
mod tests {
    use lockstep_abi::HostFunction;
    use lockstep_vm::{HostCalls, Meter, Unwind};

    use super::lend;

    struct Counter<'c>(&'c mut u32);

    impl HostCalls for Counter<'_> {
        fn call(
            &mut self,
            _function: HostFunction,
            _args: &[u64],
            _memory: &mut [u8],
            _meter: &mut Meter,
        ) -> Result<Option<u64>, Unwind> {
            Ok(None)
        }

        fn probe(&mut self, _number: u32, _operand: u32) {
            *self.0 += 1;
        }
    }

    #[test]
    fn a_loan_is_over_when_its_scope_is() {
        let mut probes = 0;
        let mut kept = lend(&mut Counter(&mut probes), |mut lent| {
            assert!(lent.with(|host| host.probe(0, 0)).is_some());
            lent
        });
        assert!(kept.with(|host| host.probe(0, 0)).is_none());
        assert_eq!(probes, 1);
    }

    #[test]
    fn a_panic_ends_a_loan() {
        let mut probes = 0;
        let mut kept = None;
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lend(&mut Counter(&mut probes), |lent| {
                kept = Some(lent);
                panic!("in the run");
            })
        }));
        assert!(panicked.is_err());
        assert!(kept.expect("it was kept").with(|_| ()).is_none());
    }
}
