//! The clock, and taking turns.

use rustix::time::{ClockId, clock_gettime};

/// Something that computes a number, over and over.
pub struct Case<'a> {
    /// The column in which its time stands.
    pub column: &'static str,
    /// One run. Everything that is not to be measured was done before.
    pub run: Box<dyn FnMut() -> u64 + 'a>,
}

impl<'a> Case<'a> {
    /// A case that `run` computes.
    pub fn new(column: &'static str, run: impl FnMut() -> u64 + 'a) -> Case<'a> {
        let run = Box::new(run);
        Case { column, run }
    }
}

/// The fastest round of a case.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// The case's column.
    pub column: &'static str,
    /// Thread CPU time of the fastest round, in nanoseconds.
    pub nanoseconds: f64,
}

/// The CPU time of this thread so far, in nanoseconds.
pub fn thread_cpu_nanoseconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Runs all cases in turn, `rounds` times, after one round that is not counted.
///
/// # Panics
/// When two cases compute different numbers.
pub fn take_turns(what: &str, rounds: u32, cases: &mut [Case<'_>]) -> Vec<Time> {
    let mut times: Vec<Time> = Vec::new();
    let mut expected = None;
    for case in &mut *cases {
        let result = (case.run)();
        let expected = *expected.get_or_insert(result);
        let column = case.column;
        assert_eq!(result, expected, "{what}: {column} computes something else");
        let nanoseconds = f64::INFINITY;
        times.push(Time {
            column,
            nanoseconds,
        });
    }
    for _ in 0..rounds {
        for (case, time) in cases.iter_mut().zip(&mut times) {
            let start = thread_cpu_nanoseconds();
            let result = (case.run)();
            let nanoseconds = thread_cpu_nanoseconds() - start;
            time.nanoseconds = time.nanoseconds.min(nanoseconds);
            assert_eq!(Some(result), expected, "{what}: {}", case.column);
        }
    }
    times
}
