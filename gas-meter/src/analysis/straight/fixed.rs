//! How often a loop runs whose counter starts with a constant.
//!
//! The start is looked for in the straight code in front of the loop: whoever comes to the loop has
//! come through all of it, so the last value that is put into the counter there is the one.
//!
//! With the start `i`, the step `s` and the bound `n`, and without going round the end of the
//! numbers on the way, a loop runs
//!
//! ```text
//! while i + s differs from n     (n - i) / s times, if s divides n - i
//! while i + s is below n         (n - i) / s times, rounded up; once if n is not above i
//! ```

use wasmparser::{BinaryReader, Operator};

use super::latch::Latch;
use super::{Condition, Number};
use crate::prepared::InternalError;

/// How often a loop runs that ends in this latch and has this straight code in front. `None` if
/// that is not fixed, or the counter goes round the end of its numbers.
///
/// # Errors
/// The code cannot be read, although it was before.
pub(super) fn runs(latch: &Latch, before: BinaryReader<'_>) -> Result<Option<u64>, InternalError> {
    let (Some(step), Some(bound)) = (constant(latch.step), constant(latch.bound)) else {
        return Ok(None);
    };
    let start = last_value(latch.counter, before)?;
    Ok(
        start.and_then(|start| match (latch.condition, latch.is_long) {
            (Condition::Differs, _) => runs_until(start, step, bound),
            (Condition::Below, true) => {
                let (start, bound) = (start.cast_unsigned(), bound.cast_unsigned());
                runs_below(start, step, bound, u64::MAX)
            }
            (Condition::Below, false) => {
                let (start, bound) = (low_half(start), low_half(bound));
                runs_below(start, step, bound, u64::from(u32::MAX))
            }
        }),
    )
}

/// The value of a constant.
fn constant(number: Number) -> Option<i64> {
    match number {
        Number::Constant(value) => Some(i64::from(value)),
        Number::Long(value) => Some(value),
        Number::Local(_) => None,
    }
}

/// A value of 32 bits, read without a sign.
fn low_half(value: i64) -> u64 {
    value.cast_unsigned() & u64::from(u32::MAX)
}

/// The constant that the last operator which sets a local puts there; `None` if none does, or it
/// is not a constant.
fn last_value(local: u32, mut code: BinaryReader<'_>) -> Result<Option<i64>, InternalError> {
    let (mut value, mut on_top) = (None, None);
    while !code.eof() {
        on_top = match code.read_operator().map_err(InternalError::parse)? {
            Operator::I32Const { value } => Some(i64::from(value)),
            Operator::I64Const { value } => Some(value),
            Operator::LocalSet { local_index } if local_index == local => {
                value = on_top;
                None
            }
            Operator::LocalTee { local_index } if local_index == local => {
                value = on_top;
                on_top
            }
            _ => None,
        };
    }
    Ok(value)
}

/// The runs of a loop that goes on while the counter differs from the bound.
fn runs_until(start: i64, step: i64, bound: i64) -> Option<u64> {
    let way = i128::from(bound).checked_sub(i128::from(start))?;
    let runs = way.checked_div(i128::from(step))?;
    let arrives = runs.checked_mul(i128::from(step)) == Some(way);
    u64::try_from(runs).ok().filter(|runs| arrives && *runs > 0)
}

/// The runs of a loop that goes on while the counter is below the bound, without a sign.
fn runs_below(start: u64, step: i64, bound: u64, number_max: u64) -> Option<u64> {
    let step = u64::try_from(step).ok().filter(|step| *step > 0)?;
    let runs = bound.saturating_sub(start).div_ceil(step).max(1);
    let end = runs.checked_mul(step)?.checked_add(start)?;
    (end <= number_max).then_some(runs)
}

#[cfg(test)]
mod tests {
    use super::{low_half, runs_below, runs_until};

    /// How often a loop of 32 bits runs, found by running it; `None` if that is over a thousand.
    fn simulated(start: i32, step: i32, goes_on: impl Fn(i32) -> bool) -> Option<u64> {
        let mut counter = start;
        (1..=1_000).find(|_| {
            counter = counter.wrapping_add(step);
            !goes_on(counter)
        })
    }

    #[test]
    fn runs_are_those_of_the_loop() {
        let ends = [
            i32::MIN,
            i32::MIN + 6,
            -7,
            -1,
            0,
            1,
            5,
            12,
            i32::MAX - 6,
            i32::MAX,
        ];
        let mut known = 0;
        for start in ends {
            for bound in ends.iter().flat_map(|end| [*end, end.wrapping_add(3)]) {
                for step in [-8, -3, -1, 0, 1, 2, 3, 8] {
                    let (start, step, bound) = (start, step, bound);
                    let until = runs_until(start.into(), step.into(), bound.into());
                    let below = runs_below(
                        low_half(start.into()),
                        step.into(),
                        low_half(bound.into()),
                        u64::from(u32::MAX),
                    );
                    let found = [
                        (until, simulated(start, step, |counter| counter != bound)),
                        (
                            below,
                            simulated(start, step, |counter| {
                                counter.cast_unsigned() < bound.cast_unsigned()
                            }),
                        ),
                    ];
                    for (told, simulated) in found {
                        if let Some(told) = told.filter(|told| *told <= 1_000) {
                            assert_eq!(Some(told), simulated, "{start} {step} {bound}");
                            known += 1;
                        }
                    }
                }
            }
        }
        assert!(known > 300, "{known} loops had known runs");
    }

    #[test]
    fn a_counter_that_goes_round_has_no_known_runs() {
        // 2 is reached from 1 in steps of 3 only the long way round, from 10 upwards not at all.
        assert_eq!(runs_until(1, 3, 2), None);
        assert_eq!(runs_until(10, 1, 2), None);
        assert_eq!(runs_until(7, 1, 7), None);
        assert_eq!(runs_below(0, 2, u64::MAX, u64::MAX), None);
        assert_eq!(runs_below(0, 2, u64::MAX - 1, u64::MAX), Some(u64::MAX / 2));
        assert_eq!(runs_below(9, 1, 3, u64::MAX), Some(1));
    }
}
