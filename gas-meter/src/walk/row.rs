//! What is known about each opcode: what kind of operator it is, what it takes and leaves, and what
//! it costs.
//!
//! An opcode that has no row of its own is refused; the test below holds the rows against the
//! decisions in `operator`.

use super::values::{I32, I64, UNKNOWN};
use crate::analysis::Top;
use crate::operator::Class;
use crate::schedule::WasmPrices;

/// How an operator goes on behind its opcode, and what is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing follows, and the row says all.
    Plain,
    /// A number, whose type is the result.
    Constant,
    /// An index, by which the type of the local or global is found.
    Variable,
    /// Alignment and offset.
    Memory,
    /// A type.
    Block,
    Loop,
    If,
    Else,
    End,
    /// A label.
    Branch,
    BranchIf,
    /// Labels.
    BranchTable,
    Return,
    Unreachable,
    /// The index of a function.
    Call,
    /// Indices of a type and of a table.
    CallIndirect,
    Select,
    Nop,
    /// The index of a memory, in one byte.
    MemorySize,
    MemoryGrow,
    /// A second opcode, of the operators on bulk memory.
    Prefixed,
    Refused,
}

impl Kind {
    /// Whether the operator only exchanges operands.
    pub(super) const fn is_exchange(self) -> bool {
        matches!(
            self,
            Kind::Plain | Kind::Constant | Kind::Variable | Kind::Memory
        )
    }

    /// Whether there has to be a memory.
    const fn needs_memory(self) -> bool {
        matches!(self, Kind::Memory | Kind::MemorySize | Kind::MemoryGrow)
    }
}

/// An opcode's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) price: u64,
    /// What a plain operator leaves on top.
    pub(super) top: Top,
    /// How many operands it takes.
    pub(super) takes: u8,
    /// Their types, the last one in the lowest bits; see `values`.
    pub(super) wants: u8,
    /// How many results it leaves: one or none.
    pub(super) leaves: u8,
    /// The result's type.
    pub(super) gives: u8,
    /// The part of `Variables` that the byte behind the opcode is looked up in.
    pub(super) part: u8,
    /// The largest alignment of an operator that reads or writes memory, as a power of two.
    pub(super) alignment_max: u8,
}

/// The rows of all opcodes.
pub(super) struct Rows {
    rows: [Row; 256],
    kinds: [Kind; 256],
}

impl Rows {
    /// All rows, under these prices.
    pub(super) fn new(prices: &WasmPrices, has_memory: bool) -> Rows {
        let mut all = Rows {
            rows: [NONE; 256],
            kinds: [Kind::Refused; 256],
        };
        let entries = all.rows.iter_mut().zip(&mut all.kinds);
        for (opcode, (entry, entry_kind)) in (0..=u8::MAX).zip(entries) {
            let (class, (kind, row)) = row(opcode);
            if kind.needs_memory() && !has_memory {
                continue;
            }
            *entry = Row {
                price: prices.of(class),
                top: Top::behind(class, opcode),
                ..row
            };
            *entry_kind = kind;
        }
        all
    }

    /// The kind of an opcode.
    #[inline(always)]
    pub(super) fn kind(&self, opcode: u8) -> Kind {
        let kind = self.kinds.get(usize::from(opcode));
        kind.copied().unwrap_or(Kind::Refused)
    }

    /// The row of an opcode.
    #[inline(always)]
    pub(super) fn of(&self, opcode: u8) -> &Row {
        let [first, ..] = &self.rows;
        self.rows.get(usize::from(opcode)).unwrap_or(first)
    }
}

/// The parts of `Variables`.
pub(super) const LOCALS: u8 = 0;
pub(super) const GLOBALS: u8 = 1;
pub(super) const MUTABLE_GLOBALS: u8 = 2;

/// The row of an operator that takes and leaves nothing, or of which more is to be known.
const NONE: Row = Row {
    price: 0,
    top: Top::Unknown,
    takes: 0,
    wants: 0,
    leaves: 0,
    gives: 0,
    part: LOCALS,
    alignment_max: 0,
};

/// A row that takes operands of these types and leaves a result, or none.
const fn exchanging((takes, wants): (u8, u8), gives: u8) -> Row {
    Row {
        takes,
        wants,
        leaves: if gives == 0 { 0 } else { 1 },
        gives,
        ..NONE
    }
}

/// A row of an operator on a variable, whose type is that of the operand and of the result.
const fn variable(part: u8, takes: bool, leaves: bool) -> (Kind, Row) {
    let operand = if takes { (1, UNKNOWN) } else { (0, 0) };
    let row = exchanging(operand, if leaves { UNKNOWN } else { 0 });
    (Kind::Variable, Row { part, ..row })
}

/// A plain row that takes one operand of type `from`.
const fn unary(from: u8, to: u8) -> (Kind, Row) {
    (Kind::Plain, exchanging((1, from), to))
}

/// A plain row that takes two operands of type `from`.
const fn binary(from: u8, to: u8) -> (Kind, Row) {
    (Kind::Plain, exchanging((2, from << 2 | from), to))
}

/// A row of an operator that leaves the number behind it.
const fn constant(gives: u8) -> (Kind, Row) {
    (Kind::Constant, exchanging((0, 0), gives))
}

/// A row of an operator that reads memory.
const fn load(alignment_max: u8, gives: u8) -> (Kind, Row) {
    let row = exchanging((1, I32), gives);
    (
        Kind::Memory,
        Row {
            alignment_max,
            ..row
        },
    )
}

/// A row of an operator that writes memory: the address lies below the value.
const fn store(alignment_max: u8, of: u8) -> (Kind, Row) {
    let row = exchanging((2, I32 << 2 | of), 0);
    (
        Kind::Memory,
        Row {
            alignment_max,
            ..row
        },
    )
}

/// The class and kind of an opcode, and its row but for the price and the top.
#[rustfmt::skip]
const fn row(opcode: u8) -> (Class, (Kind, Row)) {
    match opcode {
        0x00 => (Class::Unreachable, (Kind::Unreachable, NONE)),
        0x01 => (Class::Nop, (Kind::Nop, NONE)),
        0x02 => (Class::Structure, (Kind::Block, NONE)),
        0x03 => (Class::Structure, (Kind::Loop, NONE)),
        0x04 => (Class::Conditional, (Kind::If, NONE)),
        0x05 => (Class::Structure, (Kind::Else, NONE)),
        0x0b => (Class::Structure, (Kind::End, NONE)),
        0x0c => (Class::Branch, (Kind::Branch, NONE)),
        0x0d => (Class::BranchIf, (Kind::BranchIf, NONE)),
        0x0e => (Class::BranchTable, (Kind::BranchTable, NONE)),
        0x0f => (Class::Return, (Kind::Return, NONE)),
        0x10 => (Class::Call, (Kind::Call, NONE)),
        0x11 => (Class::CallIndirect, (Kind::CallIndirect, NONE)),
        0x1a => (Class::Drop, (Kind::Plain, exchanging((1, 0), 0))),
        0x1b => (Class::Select, (Kind::Select, NONE)),
        0x20 => (Class::LocalGet, variable(LOCALS, false, true)),
        0x21 => (Class::LocalSet, variable(LOCALS, true, false)),
        0x22 => (Class::LocalTee, variable(LOCALS, true, true)),
        0x23 => (Class::GlobalGet, variable(GLOBALS, false, true)),
        0x24 => (Class::GlobalSet, variable(MUTABLE_GLOBALS, true, false)),
        0x28 | 0x2c..=0x2f => (Class::Load, load(alignment(opcode), I32)),
        0x29 | 0x30..=0x35 => (Class::Load, load(alignment(opcode), I64)),
        0x36 | 0x3a | 0x3b => (Class::Store, store(alignment(opcode), I32)),
        0x37 | 0x3c..=0x3e => (Class::Store, store(alignment(opcode), I64)),
        0x3f => (Class::MemorySize, (Kind::MemorySize, NONE)),
        0x40 => (Class::MemoryGrow, (Kind::MemoryGrow, NONE)),
        0x41 => (Class::Constant, constant(I32)),
        0x42 => (Class::Constant, constant(I64)),
        0x45 => (Class::Unary, unary(I32, I32)),
        0x46..=0x4f => (Class::Binary, binary(I32, I32)),
        0x50 => (Class::Unary, unary(I64, I32)),
        0x51..=0x5a => (Class::Binary, binary(I64, I32)),
        0x67..=0x69 => (Class::Bits, unary(I32, I32)),
        0x6c => (Class::Multiply, binary(I32, I32)),
        0x6d..=0x70 => (Class::Divide, binary(I32, I32)),
        0x6a..=0x78 => (Class::Binary, binary(I32, I32)),
        0x79..=0x7b => (Class::Bits, unary(I64, I64)),
        0x7e => (Class::Multiply, binary(I64, I64)),
        0x7f..=0x82 => (Class::Divide, binary(I64, I64)),
        0x7c..=0x8a => (Class::Binary, binary(I64, I64)),
        0xa7 => (Class::Unary, unary(I64, I32)),
        0xac | 0xad => (Class::Unary, unary(I32, I64)),
        0xc0 | 0xc1 => (Class::Bits, unary(I32, I32)),
        0xc2..=0xc4 => (Class::Bits, unary(I64, I64)),
        0xfc => (Class::Bulk, (Kind::Prefixed, NONE)),
        _ => (Class::Nop, (Kind::Refused, NONE)),
    }
}

/// The natural alignment of an operator that reads or writes memory, as a power of two.
const fn alignment(opcode: u8) -> u8 {
    match opcode {
        0x2c | 0x2d | 0x30 | 0x31 | 0x3a | 0x3c => 0,
        0x2e | 0x2f | 0x32 | 0x33 | 0x3b | 0x3d => 1,
        0x28 | 0x34 | 0x35 | 0x36 | 0x3e => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::BinaryReader;

    use super::{Kind, row};
    use crate::features::accepted_features;
    use crate::operator::{Class, Decision, decide};

    /// The opcode decides alone about all operators but those behind a prefix.
    #[test]
    fn rows_agree_with_the_decisions_about_operators() {
        for opcode in (0..=u8::MAX).filter(|opcode| *opcode != 0xfc) {
            let code = [opcode, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            let mut reader = BinaryReader::new_features(&code, 0, accepted_features());
            let decision = reader.read_operator().map(|operator| decide(&operator));
            let (class, (kind, _)) = row(opcode);
            let is_plain = kind.is_exchange() || kind == Kind::MemorySize;
            match decision {
                Ok(Decision::Accepted(decided)) => {
                    assert_eq!(decided, class, "{opcode:#x}");
                    assert_ne!(kind, Kind::Refused, "{opcode:#x}");
                    let nop = class == Class::Nop;
                    assert_eq!(is_plain, class.is_plain() && !nop, "{opcode:#x}");
                }
                _ => assert_eq!(kind, Kind::Refused, "{opcode:#x}"),
            }
        }
    }
}
