//! The only clock of the command: what calibration and the searches read.
//!
//! Work is timed with the CPU time of the calling thread where the system offers it, so that
//! other programs on the machine cost accuracy and not correctness. Elsewhere the wall clock
//! stands in. How long a search may take is a promise to a person and is kept by the wall clock.
//! Nothing that a clock says reaches consensus code.

#![expect(
    clippy::disallowed_types,
    reason = "measuring time is what this module is for; nothing here runs in a transaction"
)]

use std::time::{Duration, Instant};

/// The CPU time that the calling thread has used so far, in nanoseconds.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn now_ns() -> f64 {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// The time since the first call, in nanoseconds.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn now_ns() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e9
}

/// Runs `work` and returns what it gave and the nanoseconds that it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = now_ns();
    let value = std::hint::black_box(work());
    (value, now_ns() - start)
}

/// A moment of the wall clock after which to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    end: Instant,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(duration: Duration) -> Deadline {
        Deadline {
            end: Instant::now() + duration,
        }
    }

    /// Whether the moment is over.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }
}

/// The wall clock's time since a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    start: Instant,
}

impl Stopwatch {
    /// From now on.
    pub(crate) fn start() -> Stopwatch {
        Stopwatch {
            start: Instant::now(),
        }
    }

    /// The time since then.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadline, Stopwatch, timed};
    use std::time::Duration;

    #[test]
    fn work_takes_time_and_deadlines_end() {
        let work = |rounds: u64| timed(|| (0..rounds).fold(1_u64, |a, b| a.rotate_left(5) ^ b)).1;
        let (short, long) = (work(10), work(20_000_000));
        assert!(long > short && short >= 0.0, "{short} {long}");
        assert!(Deadline::after(Duration::ZERO).is_over());
        let watch = Stopwatch::start();
        assert!(watch.elapsed() <= watch.elapsed());
        assert!(!Deadline::after(Duration::from_secs(3600)).is_over());
    }
}
