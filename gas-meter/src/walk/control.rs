//! Operators that shape the code or call, and those that need a look at more than their row.

use wasmparser::BlockType;

use super::Stop;
use super::body::{Block, BlockKind, BodyWalk, Place};
use super::code::SignatureAt;
use super::operands::Operands;
use super::row::{Kind, Row};
use super::usual::GOES_ON;
use super::values::{BITS, I32, Values};
use crate::analysis::{Callee, Control};

/// What the analysis is told of an operator, the operands that it left, and the offset behind it.
type Taken = (Control<'static>, Operands, usize);

/// Stops the walk unless something holds.
pub(super) fn only_if(holds: bool) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Refused) }
}

impl<'w, 'a> BodyWalk<'w, 'a> {
    /// Takes an operator that is no plain exchange of operands. Yields the operands, and the offset
    /// behind it.
    #[inline(always)]
    pub(super) fn control(
        &mut self,
        kind: Kind,
        row: &Row,
        place: Place,
        operands: Operands,
    ) -> Result<(Operands, usize), Stop> {
        let behind = place.at.wrapping_add(1);
        let (control, operands, next) = match kind {
            Kind::Block | Kind::Loop | Kind::If => self.block(kind, place, operands)?,
            Kind::Else => (Control::Else, self.second_arm(operands)?, behind),
            Kind::End => {
                let operands = self.end(operands)?;
                only_if(!self.scratch.blocks.is_empty() || behind == place.end)?;
                (Control::End, operands, behind)
            }
            Kind::Branch | Kind::BranchIf => self.branch(kind, place, operands)?,
            Kind::BranchTable => return self.branch_table(row, place, operands),
            Kind::Return => {
                let operands = self.jump(self.results()?, operands)?;
                (Control::Return, operands, behind)
            }
            Kind::Unreachable => {
                let operands = self.scratch.older.leave();
                (Control::Unreachable, operands, behind)
            }
            Kind::Call | Kind::CallIndirect => self.call(kind, place, operands)?,
            Kind::Select => (Control::Select, self.select(operands)?, behind),
            Kind::Nop => (Control::Nop, operands, behind),
            Kind::MemorySize => {
                only_if(place.first == 0)?;
                let operands = self.scratch.older.push_one(operands, I32);
                self.analyser.plain(row.price, row.top);
                return Ok((operands, behind.wrapping_add(1)));
            }
            Kind::MemoryGrow => {
                only_if(place.first == 0)?;
                let operands = self.take_i32(operands)?;
                let operands = self.scratch.older.push_one(operands, I32);
                (Control::MemoryGrow, operands, behind.wrapping_add(1))
            }
            Kind::Prefixed => return self.prefixed(row, place, operands),
            _ => return Err(Stop::Refused),
        };
        only_if(next <= place.end)?;
        let places = (place.at, next);
        self.analyser
            .control(control, row.price, self.body, places)?;
        Ok((operands, next))
    }

    /// `block`, `loop` or `if`.
    #[inline(always)]
    fn block(&mut self, kind: Kind, place: Place, operands: Operands) -> Result<Taken, Stop> {
        let (of, block_type, next) = self.block_type(place)?;
        let of = (of, block_type);
        Ok(match kind {
            Kind::Block => {
                let operands = self.open(BlockKind::Plain, of, operands)?;
                (Control::Block, operands, next)
            }
            Kind::Loop => {
                let operands = self.open(BlockKind::Loop, of, operands)?;
                (Control::Loop(block_type), operands, next)
            }
            _ => {
                let operands = self.take_i32(operands)?;
                let operands = self.open(BlockKind::If, of, operands)?;
                (Control::If, operands, next)
            }
        })
    }

    /// `br` or `br_if`.
    #[inline(always)]
    fn branch(&mut self, kind: Kind, place: Place, operands: Operands) -> Result<Taken, Stop> {
        let (label, next) = self.index(place)?;
        if kind == Kind::Branch {
            let operands = self.jump(self.label(label)?, operands)?;
            return Ok((Control::Branch(label), operands, next));
        }
        let operands = self.take_i32(operands)?;
        let values = self.label(label)?;
        // What was of an unknown type has the label's behind it.
        let older = &mut self.scratch.older;
        let operands = match values.count {
            0 => operands,
            _ => {
                let popped = older.pop(operands, values).ok_or(Stop::Refused)?;
                older.push(popped, values)
            }
        };
        Ok((Control::BranchIf(label), operands, next))
    }

    /// `call` or `call_indirect`.
    #[inline(always)]
    fn call(&mut self, kind: Kind, place: Place, operands: Operands) -> Result<Taken, Stop> {
        let (index, next) = self.index(place)?;
        if kind == Kind::Call {
            let at = usize::try_from(index).map_err(|_| Stop::Refused)?;
            let of = *self.facts.function_types.get(at).ok_or(Stop::Refused)?;
            let callee = Callee::Function(index);
            return Ok((Control::Call(callee), self.call_of(of, operands)?, next));
        }
        let mut reader = self.reader(next, place.end)?;
        only_if(reader.read_var_u32()? == 0 && self.code.has_table)?;
        let operands = self.take_i32(operands)?;
        let operands = self.call_of(index, operands)?;
        let callee = Callee::Type(index);
        Ok((Control::Call(callee), operands, reader.original_position()))
    }

    /// The index behind an opcode, and the offset behind it.
    #[inline(always)]
    fn index(&self, place: Place) -> Result<(u32, usize), Stop> {
        if place.first < GOES_ON {
            return Ok((u32::from(place.first), place.at.wrapping_add(2)));
        }
        let mut reader = self.reader(place.at.wrapping_add(1), place.end)?;
        Ok((reader.read_var_u32()?, reader.original_position()))
    }

    /// The type of a block, and the offset behind it.
    #[inline(always)]
    fn block_type(&self, place: Place) -> Result<(SignatureAt, BlockType, usize), Stop> {
        if place.first < GOES_ON {
            let (of, block_type) = self.code.of_block(place.first).ok_or(Stop::Refused)?;
            return Ok((of, block_type, place.at.wrapping_add(2)));
        }
        let mut reader = self.reader(place.at.wrapping_add(1), place.end)?;
        let index = u32::try_from(reader.read_var_s33()?).map_err(|_| Stop::Refused)?;
        let of = self.code.of_type(index).ok_or(Stop::Refused)?;
        let next = reader.original_position();
        Ok((of, BlockType::FuncType(index), next))
    }

    /// What a branch to a label takes along.
    #[inline(always)]
    pub(super) fn label(&self, label: u32) -> Result<&'w Values, Stop> {
        let blocks = &self.scratch.blocks;
        let at = usize::try_from(label).ok();
        let at = at.and_then(|depth| blocks.len().checked_sub(depth)?.checked_sub(1));
        let block = at.and_then(|at| blocks.get(at)).ok_or(Stop::Refused)?;
        let signature = self.code.signature(block.signature).ok_or(Stop::Refused)?;
        Ok(match block.kind {
            BlockKind::Loop => &signature.params,
            BlockKind::Plain | BlockKind::If => &signature.results,
        })
    }

    /// What the function leaves.
    pub(super) fn results(&self) -> Result<&'w Values, Stop> {
        let function = self.scratch.blocks.first().ok_or(Stop::Refused)?;
        let signature = self.code.signature(function.signature);
        Ok(&signature.ok_or(Stop::Refused)?.results)
    }

    /// Takes an `i32`.
    #[inline(always)]
    pub(super) fn take_i32(&mut self, operands: Operands) -> Result<Operands, Stop> {
        if operands.held > 0 {
            only_if(operands.types & u64::from(I32) != 0)?;
            return Ok(Operands {
                types: operands.types.wrapping_shr(BITS),
                held: operands.held.wrapping_sub(BITS),
            });
        }
        std::hint::cold_path();
        let older = &mut self.scratch.older;
        only_if(older.wanted_at(operands, 0, I32).is_some())?;
        Ok(older.drop_one(operands))
    }

    /// Goes elsewhere with these values.
    #[inline(always)]
    pub(super) fn jump(&mut self, values: &Values, operands: Operands) -> Result<Operands, Stop> {
        let older = &mut self.scratch.older;
        only_if(values.count == 0 || older.has(operands, values))?;
        Ok(older.leave())
    }

    /// Opens a block of this type, whose number of values and depth the policy limits.
    #[inline(always)]
    fn open(
        &mut self,
        kind: BlockKind,
        (of, block_type): (SignatureAt, BlockType),
        mut outer: Operands,
    ) -> Result<Operands, Stop> {
        let signature = self.code.signature(of).ok_or(Stop::Refused)?;
        let older = &mut self.scratch.older;
        if let BlockType::FuncType(_) = block_type {
            only_if(signature.params.count <= self.limits.block_params_max)?;
            only_if(signature.results.count <= self.limits.block_results_max)?;
            outer = older.pop(outer, &signature.params).ok_or(Stop::Refused)?;
        }
        let around = older.open(outer);
        let blocks = &mut self.scratch.blocks;
        let deepest = usize::try_from(self.limits.nesting_max).unwrap_or(usize::MAX);
        only_if(blocks.len() <= deepest)?;
        blocks.push(Block {
            kind,
            signature: of,
            outer,
            around,
        });
        Ok(older.push(Operands::default(), &signature.params))
    }

    /// `else`: the first arm has ended.
    fn second_arm(&mut self, operands: Operands) -> Result<Operands, Stop> {
        let block = self.scratch.blocks.last_mut().ok_or(Stop::Refused)?;
        only_if(block.kind == BlockKind::If)?;
        block.kind = BlockKind::Plain;
        let signature = self.code.signature(block.signature).ok_or(Stop::Refused)?;
        let older = &mut self.scratch.older;
        only_if(older.ends_with(operands, &signature.results))?;
        older.restart();
        Ok(older.push(Operands::default(), &signature.params))
    }

    /// The end of a block.
    #[inline(always)]
    fn end(&mut self, operands: Operands) -> Result<Operands, Stop> {
        let block = self.scratch.blocks.pop().ok_or(Stop::Refused)?;
        let signature = self.code.signature(block.signature).ok_or(Stop::Refused)?;
        let older = &mut self.scratch.older;
        only_if(older.ends_with(operands, &signature.results))?;
        // An `if` without an `else` leaves what it takes when it is not entered.
        only_if(block.kind != BlockKind::If || signature.params.are(&signature.results))?;
        older.close(block.around);
        Ok(older.push(block.outer, &signature.results))
    }

    /// Calls a function of the type at an index.
    #[inline(always)]
    fn call_of(&mut self, of: u32, operands: Operands) -> Result<Operands, Stop> {
        let of = self.code.of_type(of).ok_or(Stop::Refused)?;
        let signature = self.code.signature(of).ok_or(Stop::Refused)?;
        let older = &mut self.scratch.older;
        let operands = older
            .pop(operands, &signature.params)
            .ok_or(Stop::Refused)?;
        Ok(older.push(operands, &signature.results))
    }

    /// `select`: what is chosen from has one type.
    #[inline(always)]
    fn select(&mut self, operands: Operands) -> Result<Operands, Stop> {
        let operands = self.take_i32(operands)?;
        let older = &mut self.scratch.older;
        let pair = [0, 1].map(|depth| older.wanted_at(operands, depth, 0));
        let [Some(one), Some(other)] = pair else {
            return Err(Stop::Refused);
        };
        // The bits of an unknown type are those of any.
        let of = one & other;
        only_if(of != 0)?;
        let operands = older.drop_one(operands);
        let operands = older.drop_one(operands);
        Ok(older.push_one(operands, of))
    }
}
