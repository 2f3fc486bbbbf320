//! Doing two things at a time.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Does one thing here and another in a thread of its own, and returns when both are done. If that
/// is not wanted, or no thread is to be had, they are done one after the other.
pub(crate) fn both<A, B: Send>(
    wants_thread: bool,
    here: impl FnOnce() -> A,
    mut beside: impl FnMut() -> B + Send,
) -> (A, B) {
    if !wants_thread {
        return (here(), beside());
    }
    let (first, second) = scope(|scope| {
        let thread = Builder::new().name("lockstep-store".to_string());
        let thread = thread.spawn_scoped(scope, &mut beside);
        let first = here();
        let second = thread.ok().map(|thread| thread.join());
        (
            first,
            second.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic))),
        )
    });
    (first, second.unwrap_or_else(beside))
}

#[cfg(test)]
mod tests {
    use super::both;

    #[test]
    fn each_is_done_once_and_may_change_something() {
        for wants_thread in [false, true] {
            let (mut here, mut beside) = (1, 10);
            let results = both(
                wants_thread,
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
}
