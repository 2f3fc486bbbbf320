//! Whether work stays within a time that is in proportion to its input.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::oracles::Finding;

/// How often work is repeated that took too long: other programs cost caches and memory, but not each
/// time.
const TRIES: usize = 4;

/// The CPU time that this thread has used.
fn used() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

/// Does the work, and again if it took more CPU time of this thread than it may.
///
/// # Errors
/// It took more each time.
pub(crate) fn within<T>(longest: Duration, mut work: impl FnMut() -> T) -> Result<T, Finding> {
    let mut least = Duration::MAX;
    for _ in 0..TRIES {
        let start = used();
        let made = work();
        let taken = used().saturating_sub(start);
        if taken <= longest {
            return Ok(made);
        }
        least = least.min(taken);
    }
    Err(format!(
        "it took {least:?} of CPU time, and at most {longest:?} is in proportion"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Duration, within};

    #[test]
    fn work_that_takes_too_long_each_time_is_a_finding() {
        let mut often = 0_u64;
        let done = within(Duration::from_secs(3_600), || often += 1);
        assert_eq!((done, often), (Ok(()), 1));
        let work = || {
            often += 1;
            (0..2_000_u64).fold(often, |a, b| std::hint::black_box(a.rotate_left(5) ^ b))
        };
        let found = within(Duration::ZERO, work).expect_err("it takes some time");
        assert!(found.starts_with("it took"), "{found}");
        assert_eq!(often, 5);
    }
}
