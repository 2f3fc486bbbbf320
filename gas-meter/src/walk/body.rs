//! The code of one function: its operators in turn.
//!
//! Where the time goes is the one branch on each opcode, which a processor guesses wrong as often
//! as code is hard to foresee, and what it takes to get from one operator to the next. So each
//! opcode is looked at once; an operator that only exchanges operands takes a few operations in the
//! registers that hold the [`Run`]; and what is rare about it, such as long numbers or operands
//! that are missing, is left to `rest`, which goes by the opcode's row.

use wasmparser::FunctionBody;

use super::Stop;
use super::code::{Code, SignatureAt};
use super::operands::{Floor, Older, Operands};
use super::row::{GLOBALS, Kind, LOCALS, MUTABLE_GLOBALS, Row};
use super::usual::{ANY, I32_BELOW_I64, ONE_I32, ONE_I64, Run, TWO_I32, TWO_I64};
use super::values::{BITS, I32, I64, UNKNOWN};
use super::variables::Variables;
use crate::analysis::{Analyser, Control, Top};
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;

/// A byte of at least this is not the last one of a number.
pub(super) const GOES_ON: u8 = 0x80;

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
        let (bytes, code, variables) = (self.bytes, self.code, self.variables);
        let mut run = Run::new(bytes.get(at..).unwrap_or_default());
        let (mut prices, mut top) = (0_u64, Top::default());
        loop {
            let (opcode, first, is_near_end) = match *run.rest {
                [opcode, first, _, _, _, _, _, _, ..] => (opcode, first, false),
                [opcode, ..] => (opcode, run.first(), true),
                [] => return Err(Stop::Refused),
            };
            let row = code.rows.of(opcode);
            let mut passed = None;
            let place = |rest: &[u8]| Place {
                at: bytes.len().wrapping_sub(rest.len()),
                end,
                first,
            };
            let is_usual = match opcode {
                _ if is_near_end => false,
                0x1a => run.exchange(1, (1, ANY), 0),
                0x20 => run.get(variables.short(LOCALS, first)),
                0x21 => run.set(variables.short(LOCALS, first)),
                0x22 => run.tee(variables.short(LOCALS, first)),
                0x23 => run.get(variables.short(GLOBALS, first)),
                0x24 => run.set(variables.short(MUTABLE_GLOBALS, first)),
                0x28 => code.has_memory && run.load(2, I32),
                0x29 => code.has_memory && run.load(3, I64),
                0x2c | 0x2d => code.has_memory && run.load(0, I32),
                0x2e | 0x2f => code.has_memory && run.load(1, I32),
                0x30 | 0x31 => code.has_memory && run.load(0, I64),
                0x32 | 0x33 => code.has_memory && run.load(1, I64),
                0x34 | 0x35 => code.has_memory && run.load(2, I64),
                0x36 => code.has_memory && run.store(2, TWO_I32),
                0x37 => code.has_memory && run.store(3, I32_BELOW_I64),
                0x3a => code.has_memory && run.store(0, TWO_I32),
                0x3b => code.has_memory && run.store(1, TWO_I32),
                0x3c => code.has_memory && run.store(0, I32_BELOW_I64),
                0x3d => code.has_memory && run.store(1, I32_BELOW_I64),
                0x3e => code.has_memory && run.store(2, I32_BELOW_I64),
                0x41 => run.constant(4, I32),
                0x42 => run.constant(7, I64),
                0x45 | 0x67..=0x69 | 0xc0 | 0xc1 => run.exchange(1, (1, ONE_I32), I32),
                0x46..=0x4f | 0x6a..=0x78 => run.exchange(1, (2, TWO_I32), I32),
                0x50 | 0xa7 => run.exchange(1, (1, ONE_I64), I32),
                0x51..=0x5a => run.exchange(1, (2, TWO_I64), I32),
                0x79..=0x7b | 0xc2..=0xc4 => run.exchange(1, (1, ONE_I64), I64),
                0x7c..=0x8a => run.exchange(1, (2, TWO_I64), I64),
                0xac | 0xad => run.exchange(1, (1, ONE_I32), I64),
                0x02 => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::Block, row, place(run.rest), run.operands())?);
                    false
                }
                0x03 => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::Loop, row, place(run.rest), run.operands())?);
                    false
                }
                0x04 => {
                    self.analyser.plain(prices, top);
                    passed = Some(self.control(Kind::If, row, place(run.rest), run.operands())?);
                    false
                }
                0x0b => {
                    self.analyser.plain(prices, top);
                    passed = Some(self.control(Kind::End, row, place(run.rest), run.operands())?);
                    false
                }
                0x0c => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::Branch, row, place(run.rest), run.operands())?);
                    false
                }
                0x0d => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::BranchIf, row, place(run.rest), run.operands())?);
                    false
                }
                0x0f => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::Return, row, place(run.rest), run.operands())?);
                    false
                }
                0x10 => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::Call, row, place(run.rest), run.operands())?);
                    false
                }
                0x1b => {
                    self.analyser.plain(prices, top);
                    passed =
                        Some(self.control(Kind::Select, row, place(run.rest), run.operands())?);
                    false
                }
                0x00 => {
                    self.analyser.plain(prices, top);
                    passed = Some(self.control(
                        Kind::Unreachable,
                        row,
                        place(run.rest),
                        run.operands(),
                    )?);
                    false
                }
                _ => false,
            };
            if is_usual {
                prices = prices.wrapping_add(row.price);
                top = row.top;
                continue;
            }
            let (operands, next) = match passed {
                Some(passed) => passed,
                None => {
                    std::hint::cold_path();
                    self.analyser.plain(prices, top);
                    self.rest(opcode, place(run.rest), run.operands())?
                }
            };
            (prices, top) = (0, self.analyser.top());
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

    /// An operator that is seldom met, or one in an unusual form. The analysis was told of those in
    /// front of it.
    #[inline(never)]
    fn rest(
        &mut self,
        opcode: u8,
        place: Place,
        operands: Operands,
    ) -> Result<(Operands, usize), Stop> {
        let (kind, row) = (self.code.rows.kind(opcode), self.code.rows.of(opcode));
        if !kind.is_exchange() {
            return self.control(kind, row, place, operands);
        }
        let (operands, next, is_far_store) = self.unusual(kind, row, place, operands)?;
        if is_far_store {
            let (control, places) = (Control::FarStore, (place.at, next));
            self.analyser
                .control(control, row.price, self.body, places)?;
        } else {
            self.analyser.plain(row.price, row.top);
        }
        Ok((operands, next))
    }

    /// An operator that exchanges operands, in any form. Yields the operands, the offset behind it,
    /// and whether it is a store whose static offset does not fit in 16 bits.
    #[cold]
    #[inline(never)]
    fn unusual(
        &mut self,
        kind: Kind,
        row: &Row,
        place: Place,
        mut operands: Operands,
    ) -> Result<(Operands, usize, bool), Stop> {
        let mut reader = self.reader(place.at.wrapping_add(1), place.end)?;
        let (mut of, mut is_far_store) = (UNKNOWN, false);
        match kind {
            Kind::Variable => {
                let index = reader.read_var_u32()?;
                let variable = self.variables.at(row.part, index);
                of = variable.ok_or(Stop::Refused)?;
            }
            Kind::Constant if row.gives == I64 => {
                reader.read_var_i64()?;
            }
            Kind::Constant => {
                reader.read_var_i32()?;
            }
            Kind::Memory => {
                if reader.read_var_u32()? > u32::from(row.alignment_max) {
                    return Err(Stop::Refused);
                }
                let offset = reader.read_var_u32()?;
                is_far_store = row.leaves == 0 && offset > u32::from(u16::MAX);
            }
            _ => {}
        }
        let wants = [row.wants & UNKNOWN, row.wants >> BITS];
        for wants in wants.into_iter().take(usize::from(row.takes)) {
            let older = &mut self.scratch.older;
            let found = older.wanted_at(operands, 0, wants & of);
            found.ok_or(Stop::Refused)?;
            operands = older.drop_one(operands);
        }
        if row.leaves > 0 {
            operands = self.scratch.older.push_one(operands, row.gives & of);
        }
        Ok((operands, reader.original_position(), is_far_store))
    }
}
