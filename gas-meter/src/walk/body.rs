//! The code of one function: its operators in turn.
//!
//! Where the time goes is the one branch on each opcode, which a processor guesses wrong as often
//! as code is hard to foresee, and what it takes to get from one operator to the next. So each
//! opcode is looked at once (`step`); an operator that only exchanges operands takes a few operations
//! in the registers that hold the [`Run`]; and what is rare about it, such as long numbers or operands
//! that are missing, is left to `unusual`, which goes by the opcode's row.

use wasmparser::{BinaryReader, FunctionBody};

use super::Stop;
use super::code::{Code, SignatureAt};
use super::operands::{Floor, Older, Operands};
use super::row::Row;
use super::step::Step;
use super::usual::Run;
use super::variables::Variables;
use crate::analysis::Analyser;
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;

/// What kind of block is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// A `block`, or the function itself, or an `if` in its second arm.
    Plain,
    Loop,
    /// An `if` in its first arm.
    If,
}

/// An open block.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) signature: SignatureAt,
    /// The operands below it.
    pub(super) outer: Operands,
    /// What the block around stands on.
    pub(super) around: Floor,
}

/// Buffers that are kept from one function to the next.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) blocks: Vec<Block>,
    pub(super) older: Older,
    /// The labels of a `br_table`.
    pub(super) labels: Vec<u32>,
}

/// The walk through one function's body.
pub(super) struct BodyWalk<'w, 'a> {
    pub(super) bytes: &'a [u8],
    pub(super) limits: &'w Limits,
    pub(super) facts: &'w ModuleFacts<'a>,
    pub(super) body: &'w FunctionBody<'a>,
    pub(super) code: &'w Code,
    pub(super) variables: &'w Variables,
    pub(super) analyser: &'w mut Analyser,
    pub(super) scratch: &'w mut Scratch,
}

/// An operator on its way, and what is behind it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Its offset in the file.
    pub(super) at: usize,
    /// The offset behind the body.
    pub(super) end: usize,
    /// The byte behind the opcode.
    pub(super) first: u8,
}

impl<'a> BodyWalk<'_, 'a> {
    /// Walks through the code of the body, of a function of this type. Yields the greatest height of
    /// the operand stack, and the offset of the first operator behind which it is.
    pub(super) fn walk(mut self, type_index: u32, code_start: usize) -> Result<(u32, usize), Stop> {
        let signature = self.code.of_type(type_index).ok_or(Stop::Refused)?;
        self.scratch.older.clear();
        self.scratch.blocks.clear();
        self.scratch.blocks.push(Block {
            kind: BlockKind::Plain,
            signature,
            outer: Operands::default(),
            around: Floor::default(),
        });
        self.operators(code_start, self.body.range().end)
    }

    /// All operators, from `at` to `end`.
    ///
    /// What is behind the function is looked at before it is noticed that it is.
    fn operators(&mut self, at: usize, end: usize) -> Result<(u32, usize), Stop> {
        let (bytes, code) = (self.bytes, self.code);
        let mut run = Run::new(bytes.get(at..).unwrap_or_default());
        let (mut prices, mut last) = (0_u64, None);
        loop {
            let (opcode, first, is_near_end) = match *run.rest {
                [opcode, first, _, _, _, _, _, _, ..] => (opcode, first, false),
                [opcode, ..] => (opcode, run.first(), true),
                [] => return Err(Stop::Refused),
            };
            let row = code.rows.of(opcode);
            let place = |rest: &[u8]| Place {
                at: bytes.len().wrapping_sub(rest.len()),
                end,
                first,
            };
            let before = (prices, last);
            let step = match is_near_end {
                true => Step::Unusual,
                false => self.step(opcode, row, place, &mut run, before)?,
            };
            let (operands, next) = match step {
                Step::Usual => {
                    prices = prices.wrapping_add(row.price);
                    last = Some(row);
                    continue;
                }
                Step::Control(operands, next) => (operands, next),
                Step::Unusual => {
                    std::hint::cold_path();
                    self.tell(before);
                    self.unusual(opcode, place(run.rest), run.operands())?
                }
            };
            (prices, last) = (0, None);
            run.resume(operands, self.scratch.older.below());
            run.rest = bytes.get(next..).unwrap_or_default();
            if next >= end {
                let is_complete = next == end && self.scratch.blocks.is_empty();
                let at_greatest = bytes.len().wrapping_sub(run.rest_at_most);
                return is_complete
                    .then_some((run.greatest(), at_greatest))
                    .ok_or(Stop::Refused);
            }
        }
    }

    /// Tells the analysis of operators that cost so much and of which this is the last one's row, if
    /// there are any.
    #[inline(always)]
    pub(super) fn tell(&mut self, (prices, last): (u64, Option<&Row>)) {
        if let Some(row) = last {
            self.analyser.plain(prices, row.top);
        }
    }

    /// A reader of the body from an offset on.
    pub(super) fn reader(&self, from: usize, end: usize) -> Result<BinaryReader<'a>, Stop> {
        let code = self.bytes.get(from..end).ok_or(Stop::Refused)?;
        Ok(BinaryReader::new(code, from))
    }
}
