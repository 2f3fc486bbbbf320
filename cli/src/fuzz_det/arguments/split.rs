//! Taking encoded arguments apart.

use lockstep_abi::{Field, Type};
use parity_scale_codec::{Compact, Decode};

use super::{fixed_bytes, integer_bytes};

/// How deep a value may nest.
const DEPTH_MAX: u32 = 64;
/// The most items of a list.
const ITEMS_MAX: u32 = 100_000;

/// The encoding of each field, if the bytes are exactly that.
pub(in crate::fuzz_det) fn split(fields: &[Field], bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = bytes;
    let mut parts = Vec::with_capacity(fields.len());
    for field in fields {
        let before = rest;
        skip(&field.ty, &mut rest, 0)?;
        let taken = before.len() - rest.len();
        parts.push(before[..taken].to_vec());
    }
    rest.is_empty().then_some(parts)
}

/// A value taken apart.
pub(super) struct Parts {
    /// What stands before the items.
    pub(super) head: Vec<u8>,
    /// The types of the items, which repeat. None when the items are bytes or letters.
    pub(super) types: Vec<Type>,
    /// The encoded items.
    pub(super) items: Vec<Vec<u8>>,
}

/// The parts of a value; nothing when its type has none or the bytes are no value of it.
pub(super) fn parts(ty: &Type, bytes: &[u8]) -> Option<Parts> {
    let mut rest = bytes;
    let of_fields = |fields: &[Field]| fields.iter().map(|field| field.ty.clone()).collect();
    let (types, count): (Vec<Type>, u32) = match ty {
        Type::Bytes => {
            let content = Vec::<u8>::decode(&mut rest).ok()?;
            let items = content.into_iter().map(|byte| vec![byte]).collect();
            return letters(rest, items);
        }
        Type::String => {
            let content = String::decode(&mut rest).ok()?;
            let items = content
                .chars()
                .map(|letter| letter.to_string().into_bytes());
            return letters(rest, items.collect());
        }
        Type::List(item) => (vec![item.as_ref().clone()], items(&mut rest)?),
        Type::Map(key, value) => {
            let entry = Type::Tuple(vec![key.as_ref().clone(), value.as_ref().clone()]);
            (vec![entry], items(&mut rest)?)
        }
        Type::Option(some) => {
            let is_some = u8::decode(&mut rest).ok()? != 0;
            (vec![some.as_ref().clone()], u32::from(is_some))
        }
        Type::Array(item, count) => (vec![item.as_ref().clone()], *count),
        Type::Tuple(types) => (types.clone(), u32::try_from(types.len()).ok()?),
        Type::Struct { fields, .. } => (of_fields(fields), u32::try_from(fields.len()).ok()?),
        Type::Enum { variants, .. } => {
            let index = u8::decode(&mut rest).ok()?;
            let variant = variants.iter().find(|variant| variant.index == index)?;
            let count = u32::try_from(variant.fields.len()).ok()?;
            (of_fields(&variant.fields), count)
        }
        _ => return None,
    };
    let head = bytes[..bytes.len() - rest.len()].to_vec();
    let mut items = Vec::new();
    for ty in types.iter().cycle().take(usize::try_from(count).ok()?) {
        let before = rest;
        skip(ty, &mut rest, 0)?;
        items.push(before[..before.len() - rest.len()].to_vec());
    }
    rest.is_empty().then_some(Parts { head, types, items })
}

fn letters(rest: &[u8], items: Vec<Vec<u8>>) -> Option<Parts> {
    rest.is_empty().then_some(Parts {
        head: Vec::new(),
        types: Vec::new(),
        items,
    })
}

/// Moves past one value; nothing when the bytes are none of the type.
fn skip(ty: &Type, rest: &mut &[u8], depth: u32) -> Option<()> {
    if depth > DEPTH_MAX {
        return None;
    }
    match ty {
        Type::Unit => Some(()),
        Type::Bool => take(rest, 1),
        Type::String | Type::Bytes => {
            let length = items(rest)?;
            take(rest, usize::try_from(length).ok()?)
        }
        Type::Option(some) => match u8::decode(rest).ok()? {
            0 => Some(()),
            _ => skip(some, rest, depth + 1),
        },
        Type::List(item) => {
            let length = items(rest)?;
            (0..length).try_for_each(|_| skip(item, rest, depth + 1))
        }
        Type::Array(item, count) => (0..*count).try_for_each(|_| skip(item, rest, depth + 1)),
        Type::Map(key, value) => {
            let length = items(rest)?;
            (0..length).try_for_each(|_| {
                skip(key, rest, depth + 1)?;
                skip(value, rest, depth + 1)
            })
        }
        Type::Tuple(types) => types.iter().try_for_each(|ty| skip(ty, rest, depth + 1)),
        Type::Struct { fields, .. } => skip_fields(fields, rest, depth),
        Type::Enum { variants, .. } => {
            let index = u8::decode(rest).ok()?;
            let variant = variants.iter().find(|variant| variant.index == index)?;
            skip_fields(&variant.fields, rest, depth)
        }
        other => take(
            rest,
            integer_bytes(other).unwrap_or_else(|| fixed_bytes(other)),
        ),
    }
}

fn skip_fields(fields: &[Field], rest: &mut &[u8], depth: u32) -> Option<()> {
    fields
        .iter()
        .try_for_each(|field| skip(&field.ty, rest, depth + 1))
}

fn items(rest: &mut &[u8]) -> Option<u32> {
    let count = Compact::<u32>::decode(rest).ok()?.0;
    (count <= ITEMS_MAX).then_some(count)
}

fn take(rest: &mut &[u8], count: usize) -> Option<()> {
    *rest = rest.get(count..)?;
    Some(())
}
