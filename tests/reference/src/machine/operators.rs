//! The operators that only compute: constants, variables, arithmetic, memory and data segments.
//!
//! Those that cost by their operand (growth and bulk memory) charge and count that first, before
//! they look at bounds.

use super::Machine;
use crate::meter::ChargeKind;
use crate::op::Op;
use crate::stop::Stop;

/// The longest length that metered code pays without a look when a constant says it; `docs/gas.md`.
const KNOWN_BYTES_MAX: u32 = 4_096;

impl Machine<'_, '_> {
    /// Constants, variables and arithmetic.
    pub(super) fn plain(&mut self, op: &Op) -> Result<(), Stop> {
        match op {
            Op::Nop => {}
            Op::Drop => drop(self.pop()),
            Op::Select => {
                let condition = self.pop_32();
                let (first, second) = self.pop_two();
                self.push(if condition != 0 { first } else { second });
            }
            Op::Const(value) => self.push(*value),
            Op::LocalGet(index) => {
                let value = *self.local(*index);
                self.push(value);
            }
            Op::LocalSet(index) => *self.local(*index) = self.pop(),
            Op::LocalTee(index) => {
                let value = self.pop();
                *self.local(*index) = value;
                self.push(value);
            }
            Op::GlobalGet(index) => self.push(self.instance.globals[*index as usize]),
            Op::GlobalSet(index) => self.instance.globals[*index as usize] = self.pop(),
            Op::Unary32(operation) => {
                let result = operation(self.pop_32());
                self.push(u64::from(result));
            }
            Op::Unary64(operation) => {
                let result = operation(self.pop());
                self.push(result);
            }
            Op::Binary32(operation) => {
                let (a, b) = self.pop_two();
                self.push(u64::from(operation(a as u32, b as u32)?));
            }
            Op::Binary64(operation) => {
                let (a, b) = self.pop_two();
                self.push(operation(a, b)?);
            }
            Op::Compare32(operation) => {
                let (a, b) = self.pop_two();
                self.push(u64::from(operation(a as u32, b as u32)));
            }
            Op::Compare64(operation) => {
                let (a, b) = self.pop_two();
                self.push(u64::from(operation(a, b)));
            }
            _ => self.access(op)?,
        }
        Ok(())
    }

    /// Memory and data segments.
    fn access(&mut self, op: &Op) -> Result<(), Stop> {
        let prices = self.module.dynamic;
        match op {
            Op::Load(load) => {
                let address = self.pop_32();
                let memory = &self.instance.memory;
                let raw = memory.load(address, load.offset, load.bytes)?;
                self.push((load.extend)(raw));
            }
            Op::Store(store) => {
                let (address, value) = self.pop_two();
                let memory = &mut self.instance.memory;
                memory.store(address as u32, store.offset, store.bytes, value)?;
            }
            Op::MemorySize => self.push(u64::from(self.instance.memory.pages())),
            Op::MemoryGrow => {
                let pages = self.pop_32();
                self.charge_operand(pages, prices.grow_per_page)?;
                let old = self.instance.memory.grow(pages);
                self.push(u64::from(old));
            }
            Op::MemoryFill => {
                let (to, value, length) = self.pop_three();
                self.charge_bytes(length, prices.bulk_per_byte)?;
                self.instance.memory.fill(to, value as u8, length)?;
            }
            Op::MemoryCopy => {
                let (to, from, length) = self.pop_three();
                self.charge_bytes(length, prices.bulk_per_byte)?;
                self.instance.memory.copy(to, from, length)?;
            }
            Op::MemoryInit(segment) => {
                let (to, from, length) = self.pop_three();
                self.charge_bytes(length, prices.bulk_per_byte)?;
                let data = match self.instance.dropped[*segment as usize] {
                    true => &[],
                    false => self.module.data[*segment as usize].bytes.as_slice(),
                };
                self.instance.memory.init(to, data, from, length)?;
            }
            Op::DataDrop(segment) => self.instance.dropped[*segment as usize] = true,
            _ => unreachable!("control is handled before"),
        }
        Ok(())
    }

    /// The charge of a bulk operator. Metered code looks at the counter in front of it, unless a
    /// constant right in front says that the length is at most [`KNOWN_BYTES_MAX`].
    fn charge_bytes(&mut self, length: u32, price: u64) -> Result<(), Stop> {
        let frame = self.frame();
        let before = frame.next.checked_sub(2);
        let before = before.and_then(|before| frame.function.steps.get(before));
        let is_known = before.is_some_and(|step| matches!(step.op, Op::Const(_)));
        match is_known && length <= KNOWN_BYTES_MAX {
            true => self.charge_units(length, price),
            false => self.charge_operand(length, price),
        }
    }

    /// A charge that depends on an operand, taken as unsigned, and is looked at.
    fn charge_operand(&mut self, operand: u32, price: u64) -> Result<(), Stop> {
        self.charge_units(operand, price)?;
        self.meter.paid()
    }

    fn charge_units(&mut self, units: u32, price: u64) -> Result<(), Stop> {
        let amount = u64::from(units) * price;
        let frame = self.frame();
        let place = (frame.position, frame.next - 1);
        self.meter.charge(ChargeKind::Operand, amount, place)?;
        self.meter.count(amount);
        self.meter.operand_gas += amount;
        Ok(())
    }
}
