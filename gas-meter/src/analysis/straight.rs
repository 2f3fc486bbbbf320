//! Loops of straight code, and those of them that know how often they run.
//!
//! A loop is *straight* when its body is straight code that ends in the one branch back to its
//! head. It is *counted*, too, when the branch compares a local that grows by the same step each
//! time with something that does not change. Compilers write such a latch in a few ways; these are
//! recognised, with `i` the local that counts, `n` a constant or another local, and `s` the step:
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

use wasmparser::{BinaryReader, BlockType, FunctionBody};

use super::Control;
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

/// How a loop counts its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    /// The local that counts.
    pub(crate) counter: u32,
    /// What is added to it each time: not 0 when constant.
    pub(crate) step: Number,
    /// What it is compared with.
    pub(crate) bound: Number,
    /// When the loop goes on.
    pub(crate) condition: Condition,
}

/// A loop of straight code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StraightLoop {
    /// The offset of its `loop`.
    pub(crate) at: usize,
    /// The offset behind its `loop`, where its segment begins.
    pub(crate) head: usize,
    /// The offset of its `end`, right behind the branch back to the head.
    pub(crate) end: usize,
    /// The offset behind its `end`.
    pub(crate) behind: usize,
    /// How it counts, if code in front of it can compute how often it runs.
    pub(crate) count: Option<Count>,
    /// How often it runs each time it is entered, unless it traps, if that is known.
    pub(crate) runs: Option<u64>,
}

impl StraightLoop {
    /// Its length in bytes.
    pub(crate) fn length(&self) -> usize {
        self.behind.saturating_sub(self.at)
    }
}

/// Finds the straight loops of a function while its code goes by.
#[derive(Default)]
pub(super) struct LoopWatch {
    /// The loop that the code is in, as long as it can be a straight one.
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
    /// The offset of the branch back to the head, and the one behind it.
    branch: Option<(usize, usize)>,
}

impl LoopWatch {
    /// Forgets the loop that the code is in: it is no straight one, or the function begins.
    /// Straight code begins behind, at `next`.
    pub(super) fn interrupt(&mut self, next: usize) {
        self.open = None;
        self.straight_from = next;
    }

    /// Takes an operator that opens or ends a block or branches, from `at` to `next` in `body`.
    /// Yields the straight loop that ends with it, if one does.
    ///
    /// # Errors
    /// The body cannot be read, although it was before.
    #[inline(always)]
    pub(super) fn control(
        &mut self,
        control: Control<'_>,
        body: &FunctionBody<'_>,
        at: usize,
        next: usize,
    ) -> Result<Option<StraightLoop>, InternalError> {
        let open = self.open.take();
        let from = std::mem::replace(&mut self.straight_from, next);
        match control {
            Control::Loop(BlockType::Empty) => {
                self.open = Some(Candidate {
                    from,
                    at,
                    head: next,
                    branch: None,
                });
            }
            Control::BranchIf(0) => {
                self.open = open.filter(|candidate| candidate.branch.is_none());
                if let Some(candidate) = &mut self.open {
                    candidate.branch = Some((at, next));
                }
            }
            Control::End => {
                if let Some(candidate) = open
                    && let Some((branch, behind)) = candidate.branch
                    && behind == at
                {
                    return straight_loop(candidate, branch, body, (at, next)).map(Some);
                }
            }
            _ => {}
        }
        Ok(None)
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

/// The loop whose `end` goes from `end` to `behind`, by the code in front of its branch.
#[inline(never)]
fn straight_loop(
    candidate: Candidate,
    branch: usize,
    body: &FunctionBody<'_>,
    (end, behind): (usize, usize),
) -> Result<StraightLoop, InternalError> {
    let Candidate { from, at, head, .. } = candidate;
    let latch = Latch::read(code_between(body, head, branch)?)?;
    let runs = match &latch {
        Some(latch) => fixed::runs(latch, code_between(body, from, at)?)?,
        None => None,
    };
    Ok(StraightLoop {
        at,
        head,
        end,
        behind,
        count: latch.and_then(|latch| latch.count()),
        runs,
    })
}
