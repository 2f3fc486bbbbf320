//! What stands in front of the branch back to the head of a loop that counts.

use wasmparser::{BinaryReader, Operator};

use super::{Condition, Count, Number};
use crate::prepared::InternalError;

/// How many operators the longest latch has, its branch apart.
const LATCH_LENGTH: usize = 6;

/// What ends a loop that counts: a local grows by a number that does not change, and is compared
/// with another such number.
pub(super) struct Latch {
    /// The local that counts.
    pub(super) counter: u32,
    /// What is added to it each time.
    pub(super) step: Number,
    /// What it is compared with.
    pub(super) bound: Number,
    /// When the loop goes on.
    pub(super) condition: Condition,
    /// Whether all that has 64 bits, and not 32.
    pub(super) is_long: bool,
}

/// What a latch is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Number(Number),
    /// `i32.add` or, if true, `i64.add`.
    Add(bool),
    Tee(u32),
    Differs,
    Below,
    Other,
}

impl Latch {
    /// Reads the body of a straight loop up to its branch. `None` if it does not count.
    ///
    /// # Errors
    /// The body cannot be read, although it was before.
    pub(super) fn read(mut body: BinaryReader<'_>) -> Result<Option<Latch>, InternalError> {
        let mut set = Vec::new();
        let mut latest = [Part::Other; LATCH_LENGTH];
        while !body.eof() {
            let operator = body.read_operator().map_err(InternalError::parse)?;
            if let Operator::LocalSet { local_index } | Operator::LocalTee { local_index } =
                operator
            {
                set.push(local_index);
            }
            latest.rotate_left(1);
            if let Some(last) = latest.last_mut() {
                *last = part(&operator);
            }
        }
        let sets = |local: u32| set.iter().filter(|set| **set == local).count();
        let unchanged = |number: Number| match number {
            Number::Constant(_) | Number::Long(_) => true,
            Number::Local(local) => sets(local) == 0,
        };
        let latch = shape(latest).filter(|latch| {
            sets(latch.counter) == 1 && unchanged(latch.step) && unchanged(latch.bound)
        });
        Ok(latch)
    }

    /// How the loop counts, if code in front of it can compute how often it runs (see `rewrite`).
    pub(super) fn count(&self) -> Option<Count> {
        let step_fits = match (self.step, self.condition) {
            (Number::Constant(step), Condition::Differs) => step.unsigned_abs().is_power_of_two(),
            (Number::Constant(step), Condition::Below) => step > 0,
            (Number::Local(_), condition) => condition == Condition::Below,
            (Number::Long(_), _) => false,
        };
        (step_fits && !self.is_long).then_some(Count {
            counter: self.counter,
            step: self.step,
            bound: self.bound,
            condition: self.condition,
        })
    }
}

/// Reads the latch that the latest operators are.
fn shape(latest: [Part; LATCH_LENGTH]) -> Option<Latch> {
    use Part::{Add, Below, Differs, Number as Of, Tee};
    let (counter, target, step, bound, condition, is_long) = match latest {
        [
            Of(bound),
            Of(Number::Local(i)),
            Of(step),
            Add(is_long),
            Tee(to),
            Differs,
        ]
        | [
            Of(Number::Local(i)),
            Of(step),
            Add(is_long),
            Tee(to),
            Of(bound),
            Differs,
        ] => (i, to, step, bound, Condition::Differs, is_long),
        [
            Of(Number::Local(i)),
            Of(step),
            Add(is_long),
            Tee(to),
            Of(bound),
            Below,
        ] => (i, to, step, bound, Condition::Below, is_long),
        [_, _, Of(Number::Local(i)), Of(step), Add(false), Tee(to)] => {
            let bound = Number::Constant(0);
            (i, to, step, bound, Condition::Differs, false)
        }
        _ => return None,
    };
    (counter == target).then_some(Latch {
        counter,
        step,
        bound,
        condition,
        is_long,
    })
}

/// What an operator is to a latch.
const fn part(operator: &Operator<'_>) -> Part {
    match operator {
        Operator::LocalGet { local_index } => Part::Number(Number::Local(*local_index)),
        Operator::I32Const { value } => Part::Number(Number::Constant(*value)),
        Operator::I64Const { value } => Part::Number(Number::Long(*value)),
        Operator::I32Add => Part::Add(false),
        Operator::I64Add => Part::Add(true),
        Operator::LocalTee { local_index } => Part::Tee(*local_index),
        Operator::I32Ne | Operator::I64Ne => Part::Differs,
        Operator::I32LtU | Operator::I64LtU => Part::Below,
        _ => Part::Other,
    }
}
