//! SCALE bytes to values, by an ABI type.
//!
//! The bytes and the type both come from a contract, so nothing about them is trusted: a value
//! that does not decode, or has more parts than [`PARTS_MAX`], is shown as bytes instead. The names
//! of fields and variants stand in each value of their type; an ABI section whose names are long is
//! not read.

use lockstep_abi::{Field, Type, Variant};
use parity_scale_codec::{Compact, Decode};

use super::decoded::{Decoded, Identifier};
use super::lookup::Lookup;

/// The largest number of parts of one value. A list of units has no bytes, so the number of
/// bytes alone does not bound the work.
pub(crate) const PARTS_MAX: u32 = 200_000;

/// Decodes a value that takes up all of `bytes`; `None` when it does not decode.
pub(crate) fn decode(ty: &Type, bytes: &[u8], names: &dyn Lookup) -> Option<Decoded> {
    let mut decoder = Decoder {
        bytes,
        parts_left: PARTS_MAX,
        names,
    };
    let value = decoder.value(ty)?;
    decoder.bytes.is_empty().then_some(value)
}

/// Decodes fields that take up all of `bytes`; `None` when they do not decode.
pub(crate) fn decode_fields(
    fields: &[Field],
    bytes: &[u8],
    names: &dyn Lookup,
) -> Option<Vec<(String, Decoded)>> {
    decode_fields_within(&mut { PARTS_MAX }, fields, bytes, names)
}

/// As [`decode_fields`], with no more parts than `parts_left`, from which they are taken: the events
/// of a transaction share [`PARTS_MAX`].
pub(crate) fn decode_fields_within(
    parts_left: &mut u32,
    fields: &[Field],
    bytes: &[u8],
    names: &dyn Lookup,
) -> Option<Vec<(String, Decoded)>> {
    let mut decoder = Decoder {
        bytes,
        parts_left: *parts_left,
        names,
    };
    let values = decoder.fields(fields);
    *parts_left = decoder.parts_left;
    values.filter(|_| decoder.bytes.is_empty())
}

struct Decoder<'a> {
    bytes: &'a [u8],
    parts_left: u32,
    names: &'a dyn Lookup,
}

impl Decoder<'_> {
    fn value(&mut self, ty: &Type) -> Option<Decoded> {
        self.parts_left = self.parts_left.checked_sub(1)?;
        Some(match ty {
            Type::Unit => Decoded::Unit,
            Type::Bool => Decoded::Bool(self.scale()?),
            Type::U8 => Decoded::Unsigned(self.scale::<u8>()?.into(), false),
            Type::U16 => Decoded::Unsigned(self.scale::<u16>()?.into(), false),
            Type::U32 => Decoded::Unsigned(self.scale::<u32>()?.into(), false),
            Type::U64 => Decoded::Unsigned(self.scale::<u64>()?.into(), true),
            Type::U128 => Decoded::Unsigned(self.scale()?, true),
            Type::I8 => Decoded::Signed(self.scale::<i8>()?.into(), false),
            Type::I16 => Decoded::Signed(self.scale::<i16>()?.into(), false),
            Type::I32 => Decoded::Signed(self.scale::<i32>()?.into(), false),
            Type::I64 => Decoded::Signed(self.scale::<i64>()?.into(), true),
            Type::I128 => Decoded::Signed(self.scale()?, true),
            Type::String => Decoded::Text(self.scale()?),
            Type::Bytes => Decoded::Bytes(self.scale()?),
            Type::AccountId => self.identifier(Identifier::Account)?,
            Type::CodeHash => self.identifier(Identifier::Code)?,
            Type::Hash => self.identifier(Identifier::Hash)?,
            Type::Option(some) => self.option(some)?,
            Type::List(item) => {
                let count = self.count()?;
                self.items(item, count)?
            }
            Type::Array(item, count) => self.items(item, *count)?,
            Type::Map(key, value) => self.map(key, value)?,
            Type::Tuple(types) => Decoded::Tuple(
                types
                    .iter()
                    .map(|ty| self.value(ty))
                    .collect::<Option<_>>()?,
            ),
            Type::Struct { fields, .. } => Decoded::Struct(self.fields(fields)?),
            Type::Enum { variants, .. } => self.variant(variants)?,
        })
    }

    fn scale<T: Decode>(&mut self) -> Option<T> {
        T::decode(&mut self.bytes).ok()
    }

    fn count(&mut self) -> Option<u32> {
        self.scale::<Compact<u32>>().map(|count| count.0)
    }

    fn identifier(&mut self, kind: Identifier) -> Option<Decoded> {
        let bytes = self.scale::<[u8; 32]>()?;
        Some(Decoded::Identifier(bytes, self.names.shown(kind, &bytes)))
    }

    fn option(&mut self, some: &Type) -> Option<Decoded> {
        match self.scale::<u8>()? {
            0 => Some(Decoded::Option(None)),
            1 => Some(Decoded::Option(Some(Box::new(self.value(some)?)))),
            _ => None,
        }
    }

    fn items(&mut self, item: &Type, count: u32) -> Option<Decoded> {
        if *item == Type::U8 {
            let (taken, rest) = self.bytes.split_at_checked(usize::try_from(count).ok()?)?;
            self.bytes = rest;
            return Some(Decoded::Bytes(taken.to_vec()));
        }
        let items: Option<Vec<Decoded>> = (0..count).map(|_| self.value(item)).collect();
        items.map(Decoded::List)
    }

    fn map(&mut self, key: &Type, value: &Type) -> Option<Decoded> {
        let count = self.count()?;
        let entries: Option<Vec<(Decoded, Decoded)>> = (0..count)
            .map(|_| Some((self.value(key)?, self.value(value)?)))
            .collect();
        entries.map(Decoded::Map)
    }

    fn fields(&mut self, fields: &[Field]) -> Option<Vec<(String, Decoded)>> {
        fields
            .iter()
            .map(|field| Some((field.name.clone(), self.value(&field.ty)?)))
            .collect()
    }

    fn variant(&mut self, variants: &[Variant]) -> Option<Decoded> {
        let index = self.scale::<u8>()?;
        let variant = variants.iter().find(|variant| variant.index == index)?;
        let fields = self.fields(&variant.fields)?;
        Some(Decoded::Variant(index, variant.name.clone(), fields))
    }
}
