//! Operators that neither branch nor call: variables, arithmetic, memory.

use wasmparser::{MemArg, Operator};

use super::analyser::Halt;
use super::answer::{Quantity, Source};
use super::arithmetic::{binary, select, unary};
use super::code::{Step, width};
use super::cost::{Cost, Units};
use super::range::{Range, Width};
use super::state::Growing;
use super::trips::access;
use super::value::{Symbols, Value};
use super::walk::{Walk, unreached};
use crate::operator::Class;
use crate::prepared::InternalError;

/// Bytes of a page of memory.
pub(super) const PAGE_BYTES: u64 = 65_536;

impl<'a> Walk<'_, '_, 'a> {
    /// One operator that goes on to the next.
    pub(super) fn plain(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        match step.class {
            Class::Nop | Class::DataDrop => {}
            Class::Drop | Class::GlobalSet => {
                self.pop()?;
            }
            Class::Constant
            | Class::LocalGet
            | Class::LocalSet
            | Class::LocalTee
            | Class::GlobalGet => self.variable(step)?,
            Class::Unary | Class::Bits => {
                let operand = self.pop()?;
                let (state, symbols) = (self.state.as_ref(), &mut self.analyser.symbols);
                let state = state.ok_or_else(unreached)?;
                let result = unary(&step.operator, operand, state, symbols);
                self.here()?.stack.push(result);
            }
            Class::Binary | Class::Multiply | Class::Divide => {
                let (right, left) = (self.pop()?, self.pop()?);
                let (state, symbols) = (self.state.as_ref(), &mut self.analyser.symbols);
                let state = state.ok_or_else(unreached)?;
                let result = binary(&step.operator, left, right, state, symbols);
                self.here()?.stack.push(result);
            }
            Class::Select => {
                let (chosen, second, first) = (self.pop()?, self.pop()?, self.pop()?);
                let (state, symbols) = (self.state.as_ref(), &mut self.analyser.symbols);
                let state = state.ok_or_else(unreached)?;
                let result = select(first, second, chosen, state, symbols);
                self.here()?.stack.push(result);
            }
            Class::Load | Class::Store => self.memory_access(step)?,
            Class::MemorySize => {
                let range = self.analyser.memory_pages();
                let size = self
                    .analyser
                    .symbols
                    .fresh(range, Width::W32, Source::Computed);
                self.here()?.stack.push(size);
            }
            Class::MemoryGrow => self.grow(step)?,
            Class::Bulk => self.bulk(step)?,
            _ => return Err(InternalError::new("an operator of an unknown kind").into()),
        }
        Ok(())
    }

    /// Constants, locals and globals.
    fn variable(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        let missing = || InternalError::new("a local is missing");
        let position = |index: u32| usize::try_from(index).unwrap_or(usize::MAX);
        match &step.operator {
            Operator::I32Const { value } => {
                let number = u64::from(value.cast_unsigned());
                self.here()?.stack.push(Value::constant(number, Width::W32));
            }
            Operator::I64Const { value } => {
                let number = value.cast_unsigned();
                self.here()?.stack.push(Value::constant(number, Width::W64));
            }
            Operator::LocalGet { local_index } => {
                let state = self.here()?;
                let value = state.locals.get(position(*local_index)).copied();
                state.stack.push(value.ok_or_else(missing)?);
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                let value = self.pop()?;
                let state = self.here()?;
                let local = state.locals.get_mut(position(*local_index));
                *local.ok_or_else(missing)? = value;
                if step.class == Class::LocalTee {
                    state.stack.push(value);
                }
            }
            Operator::GlobalGet { global_index } => {
                let globals = &self.analyser.module.facts.globals;
                let global = globals.get(position(*global_index)).copied().flatten();
                let global = global.ok_or_else(|| InternalError::new("a global is missing"))?;
                let source = Source::Global {
                    index: *global_index,
                };
                let symbols = &mut self.analyser.symbols;
                let value = symbols.unknown(width(global.value_type), source);
                self.here()?.stack.push(value);
            }
            _ => return Err(InternalError::new("a variable of an unknown kind").into()),
        }
        Ok(())
    }

    /// A load or a store. An address outside the memory traps, so behind it the address is known
    /// to be inside.
    fn memory_access(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        if step.class == Class::Store {
            self.pop()?;
        }
        let address = self.pop()?;
        if step.class == Class::Load {
            let value = loaded(
                &step.operator,
                step.place.offset,
                &mut self.analyser.symbols,
            );
            self.here()?.stack.push(value);
        }
        let (memarg, bytes) = size(&step.operator)?;
        let above = memarg.offset.saturating_add(bytes);
        let state = self.state.take().ok_or_else(unreached)?;
        let Some(fact) = access(address, self.analyser.memory_bytes(), above) else {
            return Ok(());
        };
        let symbols = &self.analyser.symbols;
        let outermost = self.frames.iter().find_map(|frame| frame.any());
        let changes = outermost.is_some_and(|any| {
            let mut of_address = address.symbols();
            of_address.any(|symbol| symbol >= any.first)
        });
        self.state = match state.sides(fact, symbols) {
            None => None,
            Some(_) if changes => state.assume(fact, symbols),
            Some((range, _)) => {
                let mut state = state;
                state.narrow(address, range, symbols);
                Some(state)
            }
        };
        Ok(())
    }

    /// `memory.grow`: it costs what it is asked for, whether it succeeds or not. All that succeed
    /// are together asked for no more than the memory can grow by.
    fn grow(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        let pages = self.pop()?;
        let price = self.analyser.schedule().wasm.memory_grow_per_page;
        let range = self.range_of(pages)?;
        let quantity = Quantity::Pages { place: step.place };
        let cost = self.cost_of_units(price, pages, range, quantity);
        let grown = if cost.terms().is_empty() {
            cost.clone()
        } else {
            Cost::of_growth(price, self.analyser.growth_pages())
        };
        let symbol = self.analyser.symbols.count();
        let before = self.analyser.symbols.unknown(Width::W32, Source::Computed);
        let state = self.here()?;
        state.charge_growing(Growing {
            symbol,
            cost,
            grown,
        });
        state.stack.push(before);
        Ok(())
    }

    /// `memory.copy`, `memory.fill`, `memory.init`: more bytes than the memory has trap.
    fn bulk(&mut self, step: &Step<'a>) -> Result<(), Halt> {
        let bytes = self.pop()?;
        self.pop()?;
        self.pop()?;
        let price = self.analyser.schedule().wasm.bulk_per_byte;
        let most = Range::up_to(self.analyser.memory_bytes());
        match self.range_of(bytes)?.meet(most) {
            Some(range) => {
                let quantity = Quantity::BulkBytes { place: step.place };
                self.charge_units(price, bytes, range, quantity)?;
            }
            None => self.state = None,
        }
        Ok(())
    }

    /// The numbers that a value can be here.
    pub(super) fn range_of(&self, value: Value) -> Result<Range, InternalError> {
        let state = self.state.as_ref().ok_or_else(unreached)?;
        Ok(state.range(value, &self.analyser.symbols))
    }

    /// Charges for a number of units: `range` is what is known of their number, `quantity` what they
    /// are called unless the number itself has a name.
    pub(super) fn charge_units(
        &mut self,
        price: u64,
        number: Value,
        range: Range,
        quantity: Quantity,
    ) -> Result<(), InternalError> {
        let cost = self.cost_of_units(price, number, range, quantity);
        self.here()?.charge(&cost);
        Ok(())
    }

    /// What `charge_units` charges.
    fn cost_of_units(&self, price: u64, number: Value, range: Range, quantity: Quantity) -> Cost {
        let symbols = &self.analyser.symbols;
        let named = number
            .bare()
            .and_then(|symbol| symbols.facts(symbol))
            .and_then(|facts| facts.quantity);
        let units = Units::counted(range, named.unwrap_or(quantity));
        Cost::of_units(price, units)
    }
}

/// The immediate of a load or store, and how many bytes it moves.
fn size<'o>(operator: &'o Operator<'_>) -> Result<(&'o MemArg, u64), InternalError> {
    match operator {
        Operator::I32Load8S { memarg }
        | Operator::I32Load8U { memarg }
        | Operator::I64Load8S { memarg }
        | Operator::I64Load8U { memarg }
        | Operator::I32Store8 { memarg }
        | Operator::I64Store8 { memarg } => Ok((memarg, 1)),
        Operator::I32Load16S { memarg }
        | Operator::I32Load16U { memarg }
        | Operator::I64Load16S { memarg }
        | Operator::I64Load16U { memarg }
        | Operator::I32Store16 { memarg }
        | Operator::I64Store16 { memarg } => Ok((memarg, 2)),
        Operator::I32Load { memarg }
        | Operator::I64Load32S { memarg }
        | Operator::I64Load32U { memarg }
        | Operator::I32Store { memarg }
        | Operator::I64Store32 { memarg } => Ok((memarg, 4)),
        Operator::I64Load { memarg } | Operator::I64Store { memarg } => Ok((memarg, 8)),
        _ => Err(InternalError::new("an access of an unknown size")),
    }
}

/// Where a load's result comes from, and its range by the load's size.
fn loaded(operator: &Operator<'_>, at: u64, symbols: &mut Symbols) -> Value {
    let source = Source::Memory { offset: at };
    let (width, range) = match operator {
        Operator::I32Load8U { .. } => (Width::W32, Range::up_to(0xff)),
        Operator::I32Load16U { .. } => (Width::W32, Range::up_to(0xffff)),
        Operator::I64Load8U { .. } => (Width::W64, Range::up_to(0xff)),
        Operator::I64Load16U { .. } => (Width::W64, Range::up_to(0xffff)),
        Operator::I64Load32U { .. } => (Width::W64, Range::up_to(0xffff_ffff)),
        Operator::I32Load { .. } | Operator::I32Load8S { .. } | Operator::I32Load16S { .. } => {
            (Width::W32, Range::up_to(Width::W32.most()))
        }
        _ => (Width::W64, Range::up_to(Width::W64.most())),
    };
    symbols.fresh(range, width, source)
}
