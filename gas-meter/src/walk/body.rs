//! The code of one function: its operators in turn.
//!
//! The loop here takes those that only exchange operands. The usual forms of them, with short
//! numbers and with operands that are all in the word, are decided with a few operations; for all
//! others `unusual` has the parser read the numbers and looks at each operand. What shapes the code
//! is in `control`.

use wasmparser::{FunctionBody, ValType};

use super::Stop;
use super::code::{Code, SignatureAt};
use super::operands::{Floor, Older, Operands};
use super::row::{Kind, Row};
use super::usual::usual;
use super::values::{BITS, I64, UNKNOWN};
use super::variables::Variables;
use crate::analysis::{Analyser, Control, FrameFacts, Top};
use crate::limits::Limits;
use crate::module_facts::ModuleFacts;
use lockstep_abi::ValueType;

/// More locals than this are never valid.
const LOCALS_MAX: usize = 50_000;

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
    pub(super) variables: &'w mut Variables,
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
    /// Walks through the body of the function at `index`, whose locals the policy accepts. Yields
    /// its frame, and where its operands were the most.
    pub(super) fn walk(mut self, index: u32) -> Result<(FrameFacts, usize), Stop> {
        let (params, declared_locals, code_start) = self.locals(index)?;
        let type_index = usize::try_from(index)
            .ok()
            .and_then(|index| self.facts.function_types.get(index))
            .ok_or(Stop::Refused)?;
        let signature = self.code.of_type(*type_index).ok_or(Stop::Refused)?;
        self.scratch.older.clear();
        self.scratch.blocks.clear();
        self.scratch.blocks.push(Block {
            kind: BlockKind::Plain,
            signature,
            outer: Operands::default(),
            around: Floor::default(),
        });
        self.analyser.enter(code_start);
        let (operand_height, at_greatest) = self.operators(code_start, self.body.range().end)?;
        let frame = FrameFacts {
            params,
            declared_locals,
            operand_height,
            code_start,
        };
        Ok((frame, at_greatest))
    }

    /// The locals. Yields how many are parameters, how many are declared, and where the code
    /// begins.
    fn locals(&mut self, index: u32) -> Result<(u32, u32, usize), Stop> {
        let function_type = self.facts.type_of_function(index).ok_or(Stop::Refused)?;
        let variables = &mut *self.variables;
        variables.enter(&function_type.params);
        let mut groups = self.body.get_locals_reader()?;
        for _ in 0..groups.get_count() {
            let (count, of) = groups.read()?;
            let of = match of {
                ValType::I32 => ValueType::I32,
                ValType::I64 => ValueType::I64,
                _ => return Err(Stop::Refused),
            };
            variables.declare(usize::try_from(count).map_err(|_| Stop::Refused)?, of);
        }
        let all = variables.declared();
        if all > LOCALS_MAX {
            return Err(Stop::Refused);
        }
        let count = |length| u32::try_from(length).map_err(|_| Stop::Refused);
        let params = count(function_type.params.len())?;
        let declared = count(all)?.saturating_sub(params);
        Ok((params, declared, groups.original_position()))
    }

    /// All operators, from `at` to `end`. Yields the greatest height of the operand stack, and the
    /// offset of the first operator behind which it is.
    fn operators(&mut self, at: usize, end: usize) -> Result<(u32, usize), Stop> {
        let mut state = State {
            at,
            operands: Operands::default(),
            prices: 0,
            top: Top::default(),
            greatest: 0,
            at_greatest: at,
        };
        while state.at < end {
            let below = self.scratch.older.below();
            usual(self.bytes, self.code, self.variables, below, &mut state);
            let at = state.at;
            let (Some(opcode), true) = (self.bytes.get(at), at < end) else {
                break;
            };
            let first = self.bytes.get(at.wrapping_add(1)).copied().unwrap_or(0);
            let place = Place { at, end, first };
            let code = self.code;
            let (kind, row) = (code.rows.kind(*opcode), code.rows.of(*opcode));
            if kind.is_exchange() {
                self.unusual(kind, row, place, &mut state)?;
            } else {
                self.analyser.plain(state.prices, state.top);
                self.control(kind, row, place, &mut state)?;
                (state.prices, state.top) = (0, self.analyser.top());
            }
            let height = self.scratch.older.height(state.operands);
            if height > state.greatest {
                std::hint::cold_path();
                (state.greatest, state.at_greatest) = (height, place.at);
            }
        }
        let is_complete = state.at == end && self.scratch.blocks.is_empty();
        is_complete
            .then_some((state.greatest, state.at_greatest))
            .ok_or(Stop::Refused)
    }

    /// An operator that exchanges operands, in any form.
    #[cold]
    #[inline(never)]
    fn unusual(&mut self, kind: Kind, row: &Row, place: Place, state: &mut State) -> Result<(), Stop> {
        let mut operands = state.operands;
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
                if reader.read_var_u32()? > u32::from(row.first_max) {
                    return Err(Stop::Refused);
                }
                let offset = reader.read_var_u32()?;
                is_far_store = row.leaves == 0 && offset > u32::from(u16::MAX);
            }
            _ => {}
        }
        let wants = [row.wants & UNKNOWN, row.wants >> BITS];
        for wants in wants.into_iter().take(usize::from(row.takes / 2)) {
            let older = &mut self.scratch.older;
            let found = older.wanted_at(operands, 0, wants & of);
            found.ok_or(Stop::Refused)?;
            operands = older.drop_one(operands);
        }
        if row.leaves > 0 {
            operands = self.scratch.older.push_one(operands, row.gives & of);
        }
        state.operands = operands;
        state.at = reader.original_position();
        if is_far_store {
            self.analyser.plain(state.prices, state.top);
            let places = (place.at, state.at);
            self.analyser
                .control(Control::FarStore, row.price, self.body, places)?;
            (state.prices, state.top) = (0, Top::Unknown);
        } else {
            state.prices = state.prices.wrapping_add(row.price);
            state.top = row.top;
        }
        Ok(())
    }
}

/// The state between two operators.
pub(super) struct State {
    /// The offset of the next one.
    pub(super) at: usize,
    pub(super) operands: Operands,
    /// The prices of the plain operators that the analysis was not told of.
    pub(super) prices: u64,
    /// What is on top of the operand stack.
    pub(super) top: Top,
    /// The greatest height of the operand stack so far, and behind which operator it is.
    pub(super) greatest: u32,
    pub(super) at_greatest: usize,
}
