//! Running many cases in turn, and keeping the least time of each.
//!
//! A machine is rarely quiet. Cases take turns, so that a busy moment hits all of them alike, and
//! the minimum over the rounds counts: noise only ever adds. How far the median lies above the
//! minimum says how noisy it was.

use super::fit::median;
use crate::problem::Failure;

/// Something that can be run again and again; each run returns the nanoseconds that count.
pub(crate) type Case<'c> = Box<dyn FnMut() -> Result<f64, Failure> + 'c>;

/// What the rounds of one case came to, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Times {
    /// The fastest round.
    pub(crate) minimum: f64,
    /// The round in the middle.
    pub(crate) median: f64,
}

/// Runs every case once without counting, then `rounds` times, all cases in turn.
pub(crate) fn interleaved(cases: &mut [Case<'_>], rounds: u32) -> Result<Vec<Times>, Failure> {
    let mut samples = vec![Vec::new(); cases.len()];
    for case in cases.iter_mut() {
        case()?;
    }
    for _ in 0..rounds.max(1) {
        for (case, samples) in cases.iter_mut().zip(&mut samples) {
            samples.push(case()?);
        }
    }
    Ok(samples.iter().map(|samples| summary(samples)).collect())
}

fn summary(samples: &[f64]) -> Times {
    Times {
        minimum: samples.iter().copied().fold(f64::INFINITY, f64::min),
        median: median(samples),
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, interleaved};
    use std::cell::RefCell;

    #[test]
    fn cases_take_turns_and_the_first_run_does_not_count() {
        let order = RefCell::new(String::new());
        let order = &order;
        let case = |name: char| {
            let mut run = 0.0;
            let case: Case<'_> = Box::new(move || {
                order.borrow_mut().push(name);
                run += 1.0;
                Ok(if run == 1.0 { -100.0 } else { 10.0 - run })
            });
            case
        };
        let times = interleaved(&mut [case('a'), case('b')], 3).expect("no case fails");
        assert_eq!(*order.borrow(), "abababab");
        assert_eq!((times[0].minimum, times[1].median), (6.0, 7.0));
    }
}
