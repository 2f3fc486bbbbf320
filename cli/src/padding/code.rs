//! Code: the bodies of functions, and expressions that are constant.

use super::numbers::Copier;
use super::sections::value_type;

/// The operator that ends blocks, functions and expressions.
const END: u8 = 0x0b;

/// Pads a function's body.
pub(super) fn body(content: &mut Copier<'_>) -> Option<()> {
    content.items(|content| {
        content.number()?;
        value_type(content)
    })?;
    while !content.is_over() {
        operator(content)?;
    }
    Some(())
}

/// Pads an expression without blocks, up to its end.
pub(super) fn expression(content: &mut Copier<'_>) -> Option<()> {
    while operator(content)? != END {}
    Some(())
}

/// Pads an operator, and says which one it was.
fn operator(content: &mut Copier<'_>) -> Option<u8> {
    let code = content.byte()?;
    match code {
        0x02..=0x04 => block_type(content)?,
        // Branches, calls, variables, elements of tables, and `ref.func`.
        0x0c | 0x0d | 0x10 | 0x20..=0x26 | 0xd2 => content.numbers(1)?,
        // `br_table`, whose default is not counted.
        0x0e => {
            let count = content.number()?;
            content.numbers(count.checked_add(1)?)?;
        }
        // `call_indirect`: the type and the table.
        0x11 => content.numbers(2)?,
        // `select` with types.
        0x1c => content.items(value_type)?,
        0x28..=0x3e => memory_operand(content)?,
        // `memory.size` and `memory.grow`, and the type of `ref.null`.
        0x3f | 0x40 | 0xd0 => content.bytes(1)?,
        0x41 => content.signed_32()?,
        0x42 => content.signed_64()?,
        0x43 => content.bytes(4)?,
        0x44 => content.bytes(8)?,
        0xfc => prefixed(content)?,
        0x00 | 0x01 | 0x05 | END | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => {}
        _ => return None,
    }
    Some(code)
}

/// The index of a type, or a single byte.
fn block_type(content: &mut Copier<'_>) -> Option<()> {
    match content.peek()? {
        0x40..=0x7f => content.bytes(1),
        _ => content.signed_33(),
    }
}

/// The alignment, in which a bit says that the index of a memory follows, and the offset.
fn memory_operand(content: &mut Copier<'_>) -> Option<()> {
    const HAS_INDEX: u32 = 1 << 6;
    let alignment = content.number()?;
    content.numbers(1 + u32::from(alignment & HAS_INDEX != 0))
}

/// Operators with a number of their own behind the byte 0xFC.
fn prefixed(content: &mut Copier<'_>) -> Option<()> {
    match content.number()? {
        0..=7 => Some(()),
        // `memory.init`: the segment and the memory.
        8 => {
            content.numbers(1)?;
            content.bytes(1)
        }
        // `memory.copy` and `memory.fill`.
        10 => content.bytes(2),
        11 => content.bytes(1),
        // `data.drop`, and operators of tables.
        9 | 13 | 15..=17 => content.numbers(1),
        12 | 14 => content.numbers(2),
        _ => None,
    }
}
