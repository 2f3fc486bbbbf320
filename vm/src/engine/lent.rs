//! The host, lent to the guests of a thread for the length of one run.
//!
//! An engine keeps instances for the next run (see [`reuse`](super::reuse)), so what a store owns
//! outlives a run, and the host of a run is a borrow. So no store holds it: the thread does, while
//! [`lend`] lasts, and a host call asks the thread for it with [`with_host`]. A run inside of a host
//! call lends another host, and only the innermost run executes, so a thread needs one place: what
//! was there before comes back when the loan or the use is over, also when a panic ends it.

use scoped_tls_hkt::scoped_thread_local;

use super::HostCalls;

scoped_thread_local!(static mut HOST: for<'h> &'h mut (dyn HostCalls + 'h));

/// Lends the host to the guests of this thread for as long as `run` lasts.
pub fn lend<R>(host: &mut dyn HostCalls, run: impl FnOnce() -> R) -> R {
    HOST.set(host, run)
}

/// Lets `act` use the host of the innermost run on this thread; `None` when no run is under way or
/// its host is in use already.
pub fn with_host<R>(act: impl FnOnce(&mut dyn HostCalls) -> R) -> Option<R> {
    match HOST.is_set() {
        true => Some(HOST.with(act)),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use lockstep_abi::HostFunction;

    use super::{lend, with_host};
    use crate::engine::{HostCalls, Meter, Unwind};

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
