//! What is done about each opcode: the one place that looks at it in most of all code.

use super::Stop;
use super::body::{BodyWalk, Place};
use super::operands::Operands;
use super::row::{GLOBALS, Kind, LOCALS, MUTABLE_GLOBALS, Row};
use super::usual::{ANY, I32_BELOW_I64, ONE_I32, ONE_I64, Run, TWO_I32, TWO_I64};
use super::values::{I32, I64};

/// What became of an operator.
pub(super) enum Step {
    /// It has exchanged operands in the run.
    Usual,
    /// It has left these operands, and the next one is at this offset. The analysis knows of it.
    Control(Operands, usize),
    /// Nothing: it is none of the usual ones.
    Unusual,
}

impl BodyWalk<'_, '_> {
    /// Takes an operator, unless it is unusual. If it is no exchange of operands, the analysis is
    /// first told of those in front of it: `before` is the sum of their prices, and the row of the
    /// last one, if there are any.
    #[inline(always)]
    pub(super) fn step(
        &mut self,
        opcode: u8,
        row: &Row,
        place: impl Fn(&[u8]) -> Place,
        run: &mut Run<'_>,
        before: (u64, Option<&Row>),
    ) -> Result<Step, Stop> {
        let (variables, has_memory, first) = (self.variables, self.code.has_memory, run.first());
        let is_usual = match opcode {
            0x00 => return self.directs(Kind::Unreachable, row, place(run.rest), run, before),
            0x02 => return self.directs(Kind::Block, row, place(run.rest), run, before),
            0x03 => return self.directs(Kind::Loop, row, place(run.rest), run, before),
            0x04 => return self.directs(Kind::If, row, place(run.rest), run, before),
            0x0b => return self.directs(Kind::End, row, place(run.rest), run, before),
            0x0c => return self.directs(Kind::Branch, row, place(run.rest), run, before),
            0x0d => return self.directs(Kind::BranchIf, row, place(run.rest), run, before),
            0x0f => return self.directs(Kind::Return, row, place(run.rest), run, before),
            0x10 => return self.directs(Kind::Call, row, place(run.rest), run, before),
            0x1b => return self.directs(Kind::Select, row, place(run.rest), run, before),
            0x1a => run.exchange(1, (1, ANY), 0),
            0x20 => run.get(variables.short(LOCALS, first)),
            0x21 => run.set(variables.short(LOCALS, first)),
            0x22 => run.tee(variables.short(LOCALS, first)),
            0x23 => run.get(variables.short(GLOBALS, first)),
            0x24 => run.set(variables.short(MUTABLE_GLOBALS, first)),
            0x28 => has_memory && run.load(2, I32),
            0x29 => has_memory && run.load(3, I64),
            0x2c | 0x2d => has_memory && run.load(0, I32),
            0x2e | 0x2f => has_memory && run.load(1, I32),
            0x30 | 0x31 => has_memory && run.load(0, I64),
            0x32 | 0x33 => has_memory && run.load(1, I64),
            0x34 | 0x35 => has_memory && run.load(2, I64),
            0x36 => has_memory && run.store(2, TWO_I32),
            0x37 => has_memory && run.store(3, I32_BELOW_I64),
            0x3a => has_memory && run.store(0, TWO_I32),
            0x3b => has_memory && run.store(1, TWO_I32),
            0x3c => has_memory && run.store(0, I32_BELOW_I64),
            0x3d => has_memory && run.store(1, I32_BELOW_I64),
            0x3e => has_memory && run.store(2, I32_BELOW_I64),
            0x41 => run.constant(4, I32),
            0x42 => run.constant(7, I64),
            0x45 | 0x67..=0x69 | 0xc0 | 0xc1 => run.exchange(1, (1, ONE_I32), I32),
            0x46..=0x4f | 0x6a..=0x78 => run.exchange(1, (2, TWO_I32), I32),
            0x50 | 0xa7 => run.exchange(1, (1, ONE_I64), I32),
            0x51..=0x5a => run.exchange(1, (2, TWO_I64), I32),
            0x79..=0x7b | 0xc2..=0xc4 => run.exchange(1, (1, ONE_I64), I64),
            0x7c..=0x8a => run.exchange(1, (2, TWO_I64), I64),
            0xac | 0xad => run.exchange(1, (1, ONE_I32), I64),
            _ => false,
        };
        Ok(match is_usual {
            true => Step::Usual,
            false => Step::Unusual,
        })
    }

    /// Takes an operator that is no exchange of operands.
    #[inline(always)]
    fn directs(
        &mut self,
        kind: Kind,
        row: &Row,
        place: Place,
        run: &Run<'_>,
        before: (u64, Option<&Row>),
    ) -> Result<Step, Stop> {
        self.tell(before);
        let (operands, next) = self.control(kind, row, place, run.operands())?;
        Ok(Step::Control(operands, next))
    }
}
