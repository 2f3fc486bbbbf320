//! Taking encoded arguments apart.
//!
//! How many parts are looked at is bounded ([`PARTS_MAX`]): some have no bytes, so their number is not
//! bounded by that of the bytes. Bytes and letters are no parts of their own.

use std::borrow::Cow;

use lockstep_abi::{Field, Type};
use parity_scale_codec::{Compact, Decode};

use super::{fixed_bytes, integer_bytes};
use crate::value::PARTS_MAX;

/// How deep a value may nest.
const DEPTH_MAX: u32 = 64;

/// The encoding of each field, if the bytes are exactly that.
pub(in crate::fuzz_det) fn split(fields: &[Field], bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = bytes;
    let lengths = lengths(fields, bytes)?.into_iter();
    let parts = lengths.map(|length| {
        let (part, behind) = rest.split_at(length);
        rest = behind;
        part.to_vec()
    });
    Some(parts.collect())
}

/// How long the encoding of each field is, if the bytes are exactly that.
pub(super) fn lengths(fields: &[Field], bytes: &[u8]) -> Option<Vec<usize>> {
    let mut rest = Rest::new(bytes);
    let mut lengths = Vec::with_capacity(fields.len());
    for field in fields {
        lengths.push(rest.length(&field.ty)?);
    }
    rest.bytes.is_empty().then_some(lengths)
}

/// A value taken apart.
pub(super) struct Parts<'t> {
    /// The bytes that stand before the items.
    pub(super) head: usize,
    /// The types of the items, which repeat. None when the items are bytes or letters.
    pub(super) types: Vec<Cow<'t, Type>>,
    /// How long each encoded item is.
    pub(super) lengths: Vec<usize>,
}

/// The parts of a value; nothing when its type has none or the bytes are no value of it.
pub(super) fn parts<'t>(ty: &'t Type, bytes: &[u8]) -> Option<Parts<'t>> {
    let mut rest = Rest::new(bytes);
    let (types, count): (Vec<Cow<'t, Type>>, u32) = match ty {
        Type::Bytes => {
            let content = Vec::<u8>::decode(&mut rest.bytes).ok()?;
            return letters(bytes, &rest, vec![1; content.len()]);
        }
        Type::String => {
            let content = String::decode(&mut rest.bytes).ok()?;
            let lengths = content.chars().map(char::len_utf8).collect();
            return letters(bytes, &rest, lengths);
        }
        Type::List(item) => (vec![Cow::Borrowed(&**item)], rest.count()?),
        Type::Map(key, value) => {
            let entry = Type::Tuple(vec![key.as_ref().clone(), value.as_ref().clone()]);
            (vec![Cow::Owned(entry)], rest.count()?)
        }
        Type::Option(some) => {
            let is_some = u8::decode(&mut rest.bytes).ok()? != 0;
            (vec![Cow::Borrowed(&**some)], u32::from(is_some))
        }
        Type::Array(item, count) => (vec![Cow::Borrowed(&**item)], *count),
        Type::Tuple(types) => (types.iter().map(Cow::Borrowed).collect(), count(types)?),
        Type::Struct { fields, .. } => (types_of(fields), count(fields)?),
        Type::Enum { variants, .. } => {
            let index = u8::decode(&mut rest.bytes).ok()?;
            let variant = variants.iter().find(|variant| variant.index == index)?;
            (types_of(&variant.fields), count(&variant.fields)?)
        }
        _ => return None,
    };
    let head = bytes.len() - rest.bytes.len();
    let mut lengths = Vec::new();
    for ty in types.iter().cycle().take(usize::try_from(count).ok()?) {
        lengths.push(rest.length(ty)?);
    }
    rest.bytes.is_empty().then_some(Parts {
        head,
        types,
        lengths,
    })
}

fn types_of(fields: &[Field]) -> Vec<Cow<'_, Type>> {
    fields
        .iter()
        .map(|field| Cow::Borrowed(&field.ty))
        .collect()
}

fn count<T>(items: &[T]) -> Option<u32> {
    u32::try_from(items.len()).ok()
}

fn letters<'t>(bytes: &[u8], rest: &Rest<'_>, lengths: Vec<usize>) -> Option<Parts<'t>> {
    rest.bytes.is_empty().then(|| Parts {
        head: bytes.len() - lengths.iter().sum::<usize>(),
        types: Vec::new(),
        lengths,
    })
}

/// The bytes that are not looked at yet, and how many more parts are.
struct Rest<'b> {
    bytes: &'b [u8],
    parts_left: u32,
}

impl<'b> Rest<'b> {
    fn new(bytes: &'b [u8]) -> Rest<'b> {
        Rest {
            bytes,
            parts_left: PARTS_MAX,
        }
    }

    /// Moves past one value, and says how long it was.
    fn length(&mut self, ty: &Type) -> Option<usize> {
        let before = self.bytes.len();
        self.skip(ty, 0)?;
        Some(before - self.bytes.len())
    }

    /// Moves past one value; nothing when the bytes are none of the type.
    fn skip(&mut self, ty: &Type, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.parts_left = self.parts_left.checked_sub(1)?;
        match ty {
            Type::Unit => Some(()),
            Type::Bool => self.take(1),
            Type::String | Type::Bytes => {
                let length = self.count()?;
                self.take(usize::try_from(length).ok()?)
            }
            Type::Option(some) => match u8::decode(&mut self.bytes).ok()? {
                0 => Some(()),
                _ => self.skip(some, depth + 1),
            },
            Type::List(item) => {
                let length = self.count()?;
                self.items(item, length, depth)
            }
            Type::Array(item, count) => self.items(item, *count, depth),
            Type::Map(key, value) => {
                let length = self.count()?;
                (0..length).try_for_each(|_| {
                    self.skip(key, depth + 1)?;
                    self.skip(value, depth + 1)
                })
            }
            Type::Tuple(types) => types.iter().try_for_each(|ty| self.skip(ty, depth + 1)),
            Type::Struct { fields, .. } => self.skip_fields(fields, depth),
            Type::Enum { variants, .. } => {
                let index = u8::decode(&mut self.bytes).ok()?;
                let variant = variants.iter().find(|variant| variant.index == index)?;
                self.skip_fields(&variant.fields, depth)
            }
            other => self.take(integer_bytes(other).unwrap_or_else(|| fixed_bytes(other))),
        }
    }

    fn items(&mut self, item: &Type, count: u32, depth: u32) -> Option<()> {
        match item {
            Type::U8 => self.take(usize::try_from(count).ok()?),
            _ => (0..count).try_for_each(|_| self.skip(item, depth + 1)),
        }
    }

    fn skip_fields(&mut self, fields: &[Field], depth: u32) -> Option<()> {
        fields
            .iter()
            .try_for_each(|field| self.skip(&field.ty, depth + 1))
    }

    fn count(&mut self) -> Option<u32> {
        Some(Compact::<u32>::decode(&mut self.bytes).ok()?.0)
    }

    fn take(&mut self, count: usize) -> Option<()> {
        self.bytes = self.bytes.get(count..)?;
        Some(())
    }
}
