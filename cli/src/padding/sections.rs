//! What the sections of a module hold, apart from code.

use super::code::{body, expression};
use super::numbers::Copier;

/// Pads the content of the section with this id. What is not known is copied as it is.
pub(super) fn section(id: u8, content: &mut Copier<'_>) -> Option<()> {
    match id {
        0 => {
            name(content)?;
            content.remainder();
            Some(())
        }
        1 => content.items(function_type),
        2 => content.items(import),
        3 => content.items(index),
        4 => content.items(table),
        5 => content.items(limits),
        6 => content.items(|content| {
            global_type(content)?;
            expression(content)
        }),
        7 => content.items(|content| {
            name(content)?;
            content.byte()?;
            index(content)
        }),
        // The start function, and the number of data segments.
        8 | 12 => index(content),
        9 => content.items(element_segment),
        10 => content.items(|content| content.sized(body)),
        11 => content.items(data_segment),
        _ => {
            content.remainder();
            Some(())
        }
    }
}

fn index(content: &mut Copier<'_>) -> Option<()> {
    content.numbers(1)
}

fn name(content: &mut Copier<'_>) -> Option<()> {
    let length = content.number()?;
    content.bytes(length)
}

/// A type of a value, or of what a table holds, that is a single byte.
pub(super) fn value_type(content: &mut Copier<'_>) -> Option<()> {
    let byte = content.byte()?;
    matches!(byte, 0x7b..=0x7f | 0x6f | 0x70).then_some(())
}

fn function_type(content: &mut Copier<'_>) -> Option<()> {
    (content.byte()? == 0x60).then_some(())?;
    content.items(value_type)?;
    content.items(value_type)
}

fn global_type(content: &mut Copier<'_>) -> Option<()> {
    value_type(content)?;
    content.byte().map(drop)
}

/// The least size, and the greatest one if the flags say that there is one. Sizes of 64 bits and
/// sizes of pages are in no accepted module.
fn limits(content: &mut Copier<'_>) -> Option<()> {
    let flags = content.byte()?;
    (flags < 4).then_some(())?;
    content.numbers(1 + u32::from(flags & 1))
}

fn table(content: &mut Copier<'_>) -> Option<()> {
    value_type(content)?;
    limits(content)
}

fn import(content: &mut Copier<'_>) -> Option<()> {
    name(content)?;
    name(content)?;
    match content.byte()? {
        0 => index(content),
        1 => table(content),
        2 => limits(content),
        3 => global_type(content),
        _ => None,
    }
}

fn element_segment(content: &mut Copier<'_>) -> Option<()> {
    let flags = content.number()?;
    (flags < 8).then_some(())?;
    let (is_active, is_named) = (flags & 1 == 0, flags & 2 != 0);
    if is_active {
        if is_named {
            index(content)?;
        }
        expression(content)?;
    }
    let has_expressions = flags & 4 != 0;
    if !is_active || is_named {
        match has_expressions {
            true => value_type(content)?,
            false => content.bytes(1)?,
        }
    }
    match has_expressions {
        true => content.items(expression),
        false => content.items(index),
    }
}

fn data_segment(content: &mut Copier<'_>) -> Option<()> {
    let flags = content.number()?;
    (flags < 3).then_some(())?;
    if flags == 2 {
        index(content)?;
    }
    if flags != 1 {
        expression(content)?;
    }
    name(content)
}
