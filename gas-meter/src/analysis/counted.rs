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
//! When step, bound and the value that the counter starts with are all constants, of `i32` or
//! `i64`, the number of runs is known here, and the loop is *fixed* (see `fixed`).
//!
//! Few loops are straight code with one branch at the end. They are found by the operators that
//! are not plain, and only their bodies are read again, for the latch and the locals they set, and
//! the straight code in front of them, for the counter's first value.

mod fixed;
mod latch;

use wasmparser::{BinaryReader, BlockType, FunctionBody, Operator};

use crate::prepared::InternalError;

use latch::Latch;

/// A number that does not change while a loop runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Constant(i32),
    /// A constant of 64 bits.
    Long(i64),
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

/// A loop that runs as often each time it is entered, unless it traps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// The offset behind its `loop`, where its segment begins.
    pub(crate) head: usize,
    /// How often it runs: once at least.
    pub(crate) runs: u64,
}

/// What a straight loop was found to be.
#[derive(Default)]
pub(super) struct Found {
    pub(super) counted: Option<Counted>,
    pub(super) fixed: Option<Fixed>,
}

/// The loop that the code is in, as long as it can be a counted one.
#[derive(Default)]
pub(super) struct LoopWatch {
    open: Option<Candidate>,
    /// The offset behind the last operator that is not plain.
    straight_from: usize,
}

/// A loop of which nothing but straight code was seen so far, and then its latch's branch.
#[derive(Clone, Copy)]
struct Candidate {
    /// Where the straight code in front of it begins.
    from: usize,
    at: usize,
    head: usize,
    /// Where the branch back to the head stands, and where it ends.
    branch: Option<(usize, usize)>,
}

impl LoopWatch {
    /// Forgets the loop it is in: at `next`, other code begins.
    pub(super) fn reset(&mut self, next: usize) {
        self.open = None;
        self.straight_from = next;
    }

    /// Takes an operator that is not plain, from `at` to `next` in `body`. Returns what the loop
    /// is that it ends.
    ///
    /// # Errors
    /// The body cannot be read, although it was before.
    pub(super) fn control(
        &mut self,
        operator: &Operator<'_>,
        body: &FunctionBody<'_>,
        at: usize,
        next: usize,
    ) -> Result<Found, InternalError> {
        let open = self.open.take();
        let from = std::mem::replace(&mut self.straight_from, next);
        match operator {
            Operator::Loop {
                blockty: BlockType::Empty,
            } => {
                self.open = Some(Candidate {
                    from,
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
                    return straight_loop(candidate, branch, body, next);
                }
            }
            _ => {}
        }
        Ok(Found::default())
    }
}

/// The code of a body from one offset in the file to another.
fn code_between<'a>(
    body: &FunctionBody<'a>,
    from: usize,
    to: usize,
) -> Result<BinaryReader<'a>, InternalError> {
    let start = body.range().start;
    let code = from.checked_sub(start).zip(to.checked_sub(start));
    let code = code.and_then(|(from, to)| body.as_bytes().get(from..to));
    let code = code.ok_or_else(|| InternalError::new("a loop lies outside its function"))?;
    Ok(BinaryReader::new(code, from))
}

/// The loop that ends at `end`, by the code in front of its branch.
fn straight_loop(
    candidate: Candidate,
    branch: usize,
    body: &FunctionBody<'_>,
    end: usize,
) -> Result<Found, InternalError> {
    let Some(latch) = Latch::read(code_between(body, candidate.head, branch)?)? else {
        return Ok(Found::default());
    };
    let runs = fixed::runs(&latch, code_between(body, candidate.from, candidate.at)?)?;
    Ok(Found {
        counted: latch.is_counted().then_some(Counted {
            at: candidate.at,
            end,
            head: candidate.head,
            counter: latch.counter,
            step: latch.step,
            bound: latch.bound,
            condition: latch.condition,
        }),
        fixed: runs.map(|runs| Fixed {
            head: candidate.head,
            runs,
        }),
    })
}
