//! Doing two things at a time, with threads that are there already.
//!
//! Two threads of a store wait for work: a helper and a writer. To start a thread for each piece of work
//! costs some 50 us, and the system may let the thread that starts it go on first, which takes all that
//! working two at a time would save. There is one helper and no more: with two, the system may wake the
//! one whose processor is busy. Users who work through large batches of one store at the same time wait
//! for each other here.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::StoreError;

/// The threads of a store; none if they are not wanted or not to be had.
#[derive(Debug)]
pub(crate) struct Threads(Option<Pools>);

/// A pool of one thread each.
#[derive(Debug)]
struct Pools {
    helper: ThreadPool,
    writer: ThreadPool,
}

impl Threads {
    /// The threads, if they are wanted.
    pub(crate) fn new(are_wanted: bool) -> Threads {
        let pool = || {
            let builder = ThreadPoolBuilder::new().num_threads(1);
            let builder = builder.thread_name(|_| "lockstep-store".to_string());
            // Who waits for what panics there learns of it; the process need not end.
            builder.panic_handler(|_| {}).build().ok()
        };
        let pools = || {
            Some(Pools {
                helper: pool()?,
                writer: pool()?,
            })
        };
        Threads(are_wanted.then(pools).flatten())
    }

    /// Whether there are any.
    pub(crate) fn are_there(&self) -> bool {
        self.0.is_some()
    }

    /// Does one thing here and another in the thread that helps, and returns when both are done. Without
    /// threads they are done one after the other. So they are in a thread of a pool, be it this one or the
    /// caller's: to wait there could mean to begin something else of that pool.
    pub(crate) fn both<A, B: Send>(
        &self,
        here: impl FnOnce() -> A,
        mut beside: impl FnMut() -> B + Send,
    ) -> (A, B) {
        let is_in_pool = rayon::current_thread_index().is_some();
        let Some(pools) = self.0.as_ref().filter(|_| !is_in_pool) else {
            return (here(), beside());
        };
        let mut second = None;
        let first = pools.helper.in_place_scope(|scope| {
            scope.spawn(|_| second = Some(beside()));
            here()
        });
        (first, second.unwrap_or_else(beside))
    }

    /// As [`Threads::both`] if it is worth a thread, and one after the other if not.
    pub(crate) fn both_if<A, B: Send>(
        &self,
        is_worth_it: bool,
        here: impl FnOnce() -> A,
        mut beside: impl FnMut() -> B + Send,
    ) -> (A, B) {
        match is_worth_it {
            true => self.both(here, beside),
            false => (here(), beside()),
        }
    }

    /// Has the thread that helps do something. A store asks for it only where there are threads; without
    /// any it is done here.
    pub(crate) fn begin(&self, work: impl FnOnce() + Send + 'static) {
        match &self.0 {
            Some(pools) => pools.helper.spawn(work),
            None => work(),
        }
    }

    /// Has the thread that writes do something, as [`Threads::begin`] does, behind what it was given before.
    pub(crate) fn begin_writing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Coming<T> {
        let (give, take) = channel();
        let work = move || {
            // The store waits for it, also when it is dropped.
            let _ = give.send(work());
        };
        match &self.0 {
            Some(pools) => pools.writer.spawn_fifo(work),
            None => work(),
        }
        Coming(Mutex::new(take))
    }
}

/// What a piece of work of the thread that writes comes to.
#[derive(Debug)]
pub(crate) struct Coming<T>(Mutex<Receiver<Result<T, StoreError>>>);

impl<T> Coming<T> {
    /// Waits for it. It comes once.
    pub(crate) fn wait(&self) -> Result<T, StoreError> {
        let coming = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        coming.recv().unwrap_or_else(|_| {
            Err(StoreError::Failed {
                why: "the thread that writes has panicked".to_string(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::channel;

    use super::Threads;

    #[test]
    fn each_is_done_once_and_may_change_something() {
        for threads in [false, true].map(Threads::new) {
            let (mut here, mut beside) = (1, 10);
            let results = threads.both(
                || {
                    here += 1;
                    here
                },
                || {
                    beside += 10;
                    beside
                },
            );
            assert_eq!(results, (2, 20));
            assert_eq!((here, beside), (2, 20));
        }
    }

    #[test]
    fn what_a_thread_does_may_do_two_things_at_a_time() {
        for threads in [false, true].map(|wanted| std::sync::Arc::new(Threads::new(wanted))) {
            let (give, take) = channel();
            let same = std::sync::Arc::clone(&threads);
            threads.begin(move || {
                let both = same.both(|| 1, || 2);
                give.send(both).expect("somebody waits");
            });
            assert_eq!(take.recv(), Ok((1, 2)));
        }
    }

    #[test]
    fn in_a_pool_of_the_caller_nothing_waits_for_another_thread() {
        let threads = Threads::new(true);
        let index = rayon::current_thread_index;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
        pool.expect("a pool").install(|| {
            let (here, beside) = threads.both(index, index);
            assert!(here.is_some());
            assert_eq!(here, beside);
        });
        assert_eq!(threads.both(index, index), (None, Some(0)));
    }

    #[test]
    fn a_panic_reaches_whoever_waits_and_ends_no_thread() {
        let threads = Threads::new(true);
        let caught = catch_unwind(AssertUnwindSafe(|| threads.both(|| 1, || panic!("beside"))));
        assert!(caught.is_err());
        let (give, take) = channel::<u8>();
        threads.begin(move || {
            let _give = give;
            panic!("alone");
        });
        assert!(take.recv().is_err());
        assert_eq!(threads.both(|| 1, || 2), (1, 2));
    }
}
