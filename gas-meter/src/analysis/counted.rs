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
//!
//! Few loops are straight code with one branch at the end. They are found by the operators that
//! are not plain, and only their bodies are read again, for the latch and the locals they set.

use wasmparser::{BinaryReader, BlockType, FunctionBody, Operator};

use crate::prepared::InternalError;

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
}

/// A loop of which nothing but straight code was seen so far, and then its latch's branch.
#[derive(Clone, Copy)]
struct Candidate {
    at: usize,
    head: usize,
    /// Where the branch back to the head stands, and where it ends.
    branch: Option<(usize, usize)>,
}

/// What ends a counted loop.
struct Latch {
    counter: u32,
    step: Number,
    bound: Number,
    condition: Condition,
}

impl LoopWatch {
    /// Forgets the loop it is in: another function begins.
    pub(super) fn reset(&mut self) {
        self.open = None;
    }

    /// Takes an operator that is not plain, from `at` to `next` in `body`. Returns the loop that
    /// it ends, if it is counted.
    ///
    /// # Errors
    /// The body cannot be read, although it was before.
    pub(super) fn control(
        &mut self,
        operator: &Operator<'_>,
        body: &FunctionBody<'_>,
        at: usize,
        next: usize,
    ) -> Result<Option<Counted>, InternalError> {
        let open = self.open.take();
        match operator {
            Operator::Loop {
                blockty: BlockType::Empty,
            } => {
                self.open = Some(Candidate {
                    at,
                    head: next,
                    branch: None,
                });
            }
            Operator::BrIf { relative_depth: 0 } => {
                self.open = open.filter(|candidate| candidate.branch.is_none());
                if let Some(candidate) = &mut self.open {
                    candidate.branch = Some((at, next));
                }
            }
            Operator::End => {
                if let Some(candidate) = open
                    && let Some((branch, behind)) = candidate.branch
                    && behind == at
                {
                    return counted(candidate, branch, body, next);
                }
            }
            _ => {}
        }
        Ok(None)
    }
}

/// The loop that ends at `end`, if the code in front of its branch is the latch of a counted one.
fn counted(
    candidate: Candidate,
    branch: usize,
    body: &FunctionBody<'_>,
    end: usize,
) -> Result<Option<Counted>, InternalError> {
    let start = body.range().start;
    let code = candidate
        .head
        .checked_sub(start)
        .zip(branch.checked_sub(start));
    let code = code.and_then(|(from, to)| body.as_bytes().get(from..to));
    let code = code.ok_or_else(|| InternalError::new("a loop lies outside its function"))?;
    let mut set = Vec::new();
    let mut latest = [Part::Other; LATCH_LENGTH];
    let mut reader = BinaryReader::new(code, candidate.head);
    while !reader.eof() {
        let operator = reader.read_operator().map_err(InternalError::parse)?;
        if let Operator::LocalSet { local_index } | Operator::LocalTee { local_index } = operator {
            set.push(local_index);
        }
        latest.rotate_left(1);
        if let Some(last) = latest.last_mut() {
            *last = part(&operator);
        }
    }
    Ok(latch(latest, &set).map(|latch| Counted {
        at: candidate.at,
        end,
        head: candidate.head,
        counter: latch.counter,
        step: latch.step,
        bound: latch.bound,
        condition: latch.condition,
    }))
}

/// Reads the latch that the latest operators are, in a loop that sets these locals.
fn latch(latest: [Part; LATCH_LENGTH], set: &[u32]) -> Option<Latch> {
    use Part::{Add, Below, Differs, Number as Of, Tee};
    let (counter, target, step, bound, condition) = match latest {
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
    let sets = |local: u32| set.iter().filter(|set| **set == local).count();
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
    (fits && step_fits).then_some(Latch {
        counter,
        step,
        bound,
        condition,
    })
}

/// What an operator is to a latch.
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
