//! Loops that know how often they run.
//!
//! A loop is *counted* when its body is straight code that ends in the one branch back to its
//! head, and the branch compares a local that grows by the same step each time with something
//! that does not change. Compilers write such a latch in a few ways; these are recognised, with
//! `i` the local that counts, `n` a constant or another local, and `s` the step:
//!
//! ```text
//! i + s != n     n, i, s, add, tee i, ne, br_if 0     or     i, s, add, tee i, n, ne, br_if 0
//! i + s != 0     i, s, add, tee i, br_if 0
//! i + s <  n     i, s, add, tee i, n, lt_u, br_if 0   (s may be a local here)
//! ```
//!
//! How often such a loop runs can be computed in front of it. All of this is about `i32`.

use wasmparser::{BlockType, Operator};

/// A number that does not change while a loop runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Constant(i32),
    Local(u32),
}

/// When a counted loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// While the counter differs from the bound.
    Differs,
    /// While the counter is below the bound, unsigned.
    Below,
}

/// A counted loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The offset of its `loop`.
    pub(crate) at: usize,
    /// The offset behind its `end`.
    pub(crate) end: usize,
    /// The offset behind its `loop`, where its segment begins.
    pub(crate) head: usize,
    /// The local that counts.
    pub(crate) counter: u32,
    /// What is added to it each time: not 0 when constant.
    pub(crate) step: Number,
    /// What it is compared with.
    pub(crate) bound: Number,
    /// When the loop goes on.
    pub(crate) condition: Condition,
}

/// What a latch is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Number(Number),
    Add,
    Tee(u32),
    Differs,
    Below,
    Other,
}

/// How many operators the longest latch has, its branch apart.
const LATCH_LENGTH: usize = 6;

/// The loop that the code is in, as long as it can be a counted one.
#[derive(Default)]
pub(super) struct LoopWatch {
    open: Option<Candidate>,
    /// The latest operators, the last one behind.
    latest: [Option<Part>; LATCH_LENGTH],
}

struct Candidate {
    at: usize,
    head: usize,
    /// The locals that the body sets.
    set: Vec<u32>,
    latch: Option<(u32, Number, Number, Condition)>,
}

impl LoopWatch {
    /// Forgets the loop it is in: another function begins.
    pub(super) fn reset(&mut self) {
        self.open = None;
    }

    /// Takes an operator that goes on to the next one.
    #[inline(always)]
    pub(super) fn plain(&mut self, operator: &Operator<'_>) {
        if self.open.is_some() {
            self.inside(part(operator), operator);
        }
    }

    /// Takes an operator in the body of the loop.
    fn inside(&mut self, part: Part, operator: &Operator<'_>) {
        let Some(candidate) = &mut self.open else {
            return;
        };
        if candidate.latch.is_some() {
            self.open = None;
            return;
        }
        if let Operator::LocalSet { local_index } | Operator::LocalTee { local_index } = operator {
            candidate.set.push(*local_index);
        }
        self.latest.rotate_left(1);
        if let Some(last) = self.latest.last_mut() {
            *last = Some(part);
        }
    }

    /// Takes one of the other operators, from `at` to `next`. Returns the loop that it ends, if it
    /// is counted.
    pub(super) fn control(
        &mut self,
        operator: &Operator<'_>,
        at: usize,
        next: usize,
    ) -> Option<Counted> {
        match operator {
            Operator::Loop {
                blockty: BlockType::Empty,
            } => {
                self.latest = [None; LATCH_LENGTH];
                self.open = Some(Candidate {
                    at,
                    head: next,
                    set: Vec::new(),
                    latch: None,
                });
                None
            }
            Operator::End => {
                let candidate = self.open.take()?;
                let (counter, step, bound, condition) = candidate.latch?;
                Some(Counted {
                    at: candidate.at,
                    end: next,
                    head: candidate.head,
                    counter,
                    step,
                    bound,
                    condition,
                })
            }
            Operator::BrIf { relative_depth: 0 } => {
                let latch = self.latch();
                match (&mut self.open, latch) {
                    (Some(candidate), Some(latch)) if candidate.latch.is_none() => {
                        candidate.latch = Some(latch);
                    }
                    _ => self.open = None,
                }
                None
            }
            _ => {
                self.open = None;
                None
            }
        }
    }

    /// Reads the latch that the latest operators are.
    fn latch(&self) -> Option<(u32, Number, Number, Condition)> {
        use Part::{Add, Below, Differs, Number as Of, Tee};
        let candidate = self.open.as_ref()?;
        let (counter, target, step, bound, condition) =
            match self.latest.map(|part| part.unwrap_or(Part::Other)) {
                [
                    Of(bound),
                    Of(Number::Local(i)),
                    Of(step),
                    Add,
                    Tee(to),
                    Differs,
                ]
                | [
                    Of(Number::Local(i)),
                    Of(step),
                    Add,
                    Tee(to),
                    Of(bound),
                    Differs,
                ] => (i, to, step, bound, Condition::Differs),
                [
                    Of(Number::Local(i)),
                    Of(step),
                    Add,
                    Tee(to),
                    Of(bound),
                    Below,
                ] => (i, to, step, bound, Condition::Below),
                [_, _, Of(Number::Local(i)), Of(step), Add, Tee(to)] => {
                    (i, to, step, Number::Constant(0), Condition::Differs)
                }
                _ => return None,
            };
        let sets = |local: u32| candidate.set.iter().filter(|set| **set == local).count();
        let unchanged = |number: Number| match number {
            Number::Constant(_) => true,
            Number::Local(local) => sets(local) == 0,
        };
        let step_fits = match (step, condition) {
            (Number::Constant(step), Condition::Differs) => step.unsigned_abs().is_power_of_two(),
            (Number::Constant(step), Condition::Below) => step > 0,
            (Number::Local(_), Condition::Below) => true,
            (Number::Local(_), Condition::Differs) => false,
        };
        let fits = counter == target && sets(counter) == 1 && unchanged(step) && unchanged(bound);
        (fits && step_fits).then_some((counter, step, bound, condition))
    }
}

/// What an operator is to a latch.
#[inline(always)]
const fn part(operator: &Operator<'_>) -> Part {
    match operator {
        Operator::LocalGet { local_index } => Part::Number(Number::Local(*local_index)),
        Operator::I32Const { value } => Part::Number(Number::Constant(*value)),
        Operator::I32Add => Part::Add,
        Operator::LocalTee { local_index } => Part::Tee(*local_index),
        Operator::I32Ne => Part::Differs,
        Operator::I32LtU => Part::Below,
        _ => Part::Other,
    }
}
