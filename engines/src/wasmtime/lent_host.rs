//! The host, lent to the guests of a thread for the length of one run.
//!
//! What a Wasmtime store owns has no lifetimes and outlives a run, and the host of a run is a
//! borrow. So the store does not hold it: each thread has a stack of the hosts of the runs that are
//! under way on it, and a host call goes to the topmost, because only the innermost run executes.
//! This file erases the borrow's lifetime and guards it by scope in its place; it is one of the two
//! places in the crate that need `unsafe`.

use std::cell::RefCell;
use std::ptr::NonNull;

use lockstep_vm::HostCalls;

thread_local! {
    /// The hosts that are lent, the innermost last. `None` while a host is in use.
    static LENT: RefCell<Vec<Option<NonNull<dyn HostCalls>>>> = const { RefCell::new(Vec::new()) };
}

/// Puts a host that was in use back in its place, also when a panic comes through.
struct PutBack {
    place: usize,
    host: NonNull<dyn HostCalls>,
}

impl Drop for PutBack {
    fn drop(&mut self) {
        LENT.with_borrow_mut(|lent| {
            if let Some(slot) = lent.get_mut(self.place) {
                *slot = Some(self.host);
            }
        });
    }
}

/// Lets `act` use the host of the innermost run on this thread; `None` when no run is under way or
/// its host is in use already.
pub(super) fn with_host<R>(act: impl FnOnce(&mut dyn HostCalls) -> R) -> Option<R> {
    let (place, mut host) = LENT.with_borrow_mut(|lent| {
        let place = lent.len().checked_sub(1)?;
        Some((place, lent.get_mut(place)?.take()?))
    })?;
    let _guard = PutBack { place, host };
    // SAFETY: The slot was full, so the `lend` that filled it has not returned, on this thread, and
    // the `&mut` it was given is still borrowed by it: the host is alive. `lend` does not touch the
    // host itself, and the slot is empty until the guard fills it again, after `act`: the reference
    // is the only one. `act` cannot keep it: its lifetime is that of the call.
    Some(act(unsafe { host.as_mut() }))
}

/// Ends a loan, also when a panic comes through.
struct TakeBack {
    depth: usize,
}

impl Drop for TakeBack {
    fn drop(&mut self) {
        LENT.with_borrow_mut(|lent| lent.truncate(self.depth));
    }
}

/// Lends the host to the guests of this thread for as long as `run` lasts.
pub(super) fn lend<R>(host: &mut dyn HostCalls, run: impl FnOnce() -> R) -> R {
    let pointer = NonNull::from(host);
    // SAFETY: Only the lifetime bound of the trait object changes; both types are the same wide
    // pointer. Nothing follows the pointer once this function has returned, because the guard has
    // taken it off the stack, so the host is used within its true lifetime only.
    let pointer: NonNull<dyn HostCalls> = unsafe { std::mem::transmute(pointer) };
    let depth = LENT.with_borrow_mut(|lent| {
        lent.push(Some(pointer));
        lent.len().saturating_sub(1)
    });
    let _guard = TakeBack { depth };
    run()
}

#[cfg(test)]
mod tests {
    use lockstep_abi::HostFunction;
    use lockstep_vm::{HostCalls, Meter, Unwind};

    use super::{lend, with_host};

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

    fn probe() -> bool {
        with_host(|host| host.probe(0, 0)).is_some()
    }

    #[test]
    fn a_loan_is_over_when_its_scope_is() {
        let mut probes = 0;
        assert!(!probe());
        lend(&mut Counter(&mut probes), || assert!(probe()));
        assert!(!probe());
        assert_eq!(probes, 1);
    }

    #[test]
    fn the_innermost_host_answers_and_none_is_used_twice_at_a_time() {
        let (mut outer, mut inner) = (0, 0);
        lend(&mut Counter(&mut outer), || {
            let nested = with_host(|_| {
                assert!(!probe(), "the outer host is in use");
                lend(&mut Counter(&mut inner), || assert!(probe()));
                assert!(!probe(), "the inner loan is over");
            });
            assert!(nested.is_some());
            assert!(probe(), "the outer host is free again");
        });
        assert_eq!((outer, inner), (1, 1));
    }

    #[test]
    fn another_thread_has_its_own_hosts() {
        let mut probes = 0;
        lend(&mut Counter(&mut probes), || {
            let there = std::thread::spawn(probe).join();
            assert!(!there.expect("it does not panic"));
        });
        assert_eq!(probes, 0);
    }

    #[test]
    fn a_panic_ends_a_loan_and_a_use() {
        let mut probes = 0;
        lend(&mut Counter(&mut probes), || {
            let used = std::panic::catch_unwind(|| with_host(|_| panic!("in the host")));
            assert!(used.is_err());
            let run = std::panic::catch_unwind(|| {
                let mut other = 0;
                lend(&mut Counter(&mut other), || panic!("in the run"));
            });
            assert!(run.is_err());
            assert!(probe(), "the outer loan is as it was");
        });
        assert!(!probe());
        assert_eq!(probes, 1);
    }
}
