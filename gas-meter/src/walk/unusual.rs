//! Operators that are seldom met, and others in forms that are seldom met: by their rows.

use super::Stop;
use super::body::{BodyWalk, Place};
use super::operands::Operands;
use super::row::{Kind, Row};
use super::values::{BITS, I64, UNKNOWN};
use crate::analysis::Control;

impl BodyWalk<'_, '_> {
    /// An operator that is seldom met, or one in an unusual form. The analysis was told of those in
    /// front of it.
    #[inline(never)]
    pub(super) fn unusual(
        &mut self,
        opcode: u8,
        place: Place,
        operands: Operands,
    ) -> Result<(Operands, usize), Stop> {
        let (kind, row) = (self.code.rows.kind(opcode), self.code.rows.of(opcode));
        if !kind.is_exchange() {
            return self.control(kind, row, place, operands);
        }
        let (operands, next, is_far_store) = self.exchange(kind, row, place, operands)?;
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
    fn exchange(
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
