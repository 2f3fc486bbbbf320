//! Typed arguments as SCALE bytes: made from a type, taken apart by one (`split`), and made simple
//! and short (`shorten`).
//!
//! Integers come from the ends of their range and from what is usual, identifiers mostly from those
//! that the scenario has, lists and text short with a long one now and then. None is larger than a
//! call can be given (`size`).

mod shorten;
mod size;
mod split;

use lockstep_abi::{Field, Type, Variant};
use parity_scale_codec::{Compact, Encode};

use crate::random::Random;
pub(super) use shorten::{shorten, shorten_bytes};
pub(super) use size::can_be_given;
use size::{Size, least, least_of};
pub(super) use split::split;

/// How deep lists, options and the like may nest in a generated value.
const DEPTH_MAX: u32 = 6;

/// The SCALE encoding of some value of a type, of which there is one that can be given to a call.
/// `ids` are the identifiers to use.
pub(super) fn generate(ty: &Type, random: &mut Random, ids: &[[u8; 32]]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut source = Source::new(random, ids);
    if source.takes(least(ty)) {
        write(ty, &mut source, 0, &mut out);
    }
    out
}

/// Bytes of which nothing is known: none, a few values of the usual types in a row, or anything.
pub(super) fn some_bytes(random: &mut Random, ids: &[[u8; 32]]) -> Vec<u8> {
    const TYPES: [Type; 6] = [
        Type::U8,
        Type::U32,
        Type::U64,
        Type::U128,
        Type::AccountId,
        Type::Bytes,
    ];
    if random.chance(20) {
        let length = Source::new(random, ids).length();
        return random.bytes(length);
    }
    let count = random.below(5);
    let parts = (0..count).map(|_| generate(random.pick(&TYPES), random, ids));
    parts.collect::<Vec<Vec<u8>>>().concat()
}

/// The encoding of the simplest value of a type: zeros, nothing, the first variant. Nothing when that
/// is larger than a call can be given.
pub(super) fn simplest(ty: &Type) -> Option<Vec<u8>> {
    Size::MAX.without(least(ty))?;
    let mut out = Vec::new();
    write_simplest(ty, &mut out);
    Some(out)
}

fn write_simplest(ty: &Type, out: &mut Vec<u8>) {
    match ty {
        Type::Unit => {}
        Type::Array(item, count) => (0..*count).for_each(|_| write_simplest(item, out)),
        Type::Tuple(types) => types.iter().for_each(|ty| write_simplest(ty, out)),
        Type::Struct { fields, .. } => write_simplest_fields(fields, out),
        Type::Enum { variants, .. } => {
            if let Some(variant) = variants.first() {
                out.push(variant.index);
                write_simplest_fields(&variant.fields, out);
            }
        }
        _ => {
            let bytes = integer_bytes(ty).unwrap_or_else(|| fixed_bytes(ty));
            out.resize(out.len() + bytes, 0);
        }
    }
}

fn write_simplest_fields(fields: &[Field], out: &mut Vec<u8>) {
    fields
        .iter()
        .for_each(|field| write_simplest(&field.ty, out));
}

/// The width of an integer type in bytes.
fn integer_bytes(ty: &Type) -> Option<usize> {
    Some(match ty {
        Type::U8 | Type::I8 => 1,
        Type::U16 | Type::I16 => 2,
        Type::U32 | Type::I32 => 4,
        Type::U64 | Type::I64 => 8,
        Type::U128 | Type::I128 => 16,
        _ => return None,
    })
}

/// The bytes of a type's simplest value that is no integer and has no parts: an identifier, or one
/// byte that says false, none or empty.
fn fixed_bytes(ty: &Type) -> usize {
    match ty {
        Type::AccountId | Type::CodeHash | Type::Hash => 32,
        _ => 1,
    }
}

/// Where values come from.
struct Source<'a> {
    random: &'a mut Random,
    ids: &'a [[u8; 32]],
    /// How much the value may have besides the simplest values of all that is to be written for sure.
    room: Size,
}

impl Source<'_> {
    fn new<'a>(random: &'a mut Random, ids: &'a [[u8; 32]]) -> Source<'a> {
        let room = Size::MAX;
        Source { random, ids, room }
    }

    /// Takes the room for something, if there is so much.
    fn takes(&mut self, size: Size) -> bool {
        let left = self.room.without(size);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    /// How many items of this size there are in a list, fewer the deeper it lies.
    fn count(&mut self, item: Size, depth: u32) -> usize {
        let length = self.length() >> depth;
        self.room.take(item, length)
    }

    fn integer(&mut self, bytes: usize) -> Vec<u8> {
        let bits = 8 * u32::try_from(bytes).unwrap_or(16);
        let top = 1_u128 << (bits - 1);
        let small = u128::from(self.random.bits() % 300);
        let value = match self.random.below(9) {
            0 => 0,
            1 => 1,
            2 => u128::MAX,
            3 => top,
            4 => top - 1,
            5 => u128::MAX - small,
            6 => small,
            7 => 1_u128 << (self.random.bits() % u64::from(bits)),
            _ => u128::from(self.random.bits()) << (self.random.bits() % 64),
        };
        value.to_le_bytes()[..bytes].to_vec()
    }

    fn text(&mut self) -> String {
        let letters = [
            'a',
            'Z',
            '0',
            ' ',
            '"',
            '\n',
            '\u{e9}',
            '\u{4e16}',
            '\u{1f600}',
        ];
        let length = self.length();
        (0..length).map(|_| *self.random.pick(&letters)).collect()
    }

    fn length(&mut self) -> usize {
        match self.random.below(20) {
            0..=4 => 0,
            5..=9 => 1,
            10..=17 => self.random.below(9),
            18 => 32,
            _ => self.random.below(700),
        }
    }
}

/// Writes a value, for whose simplest there is room.
fn write(ty: &Type, source: &mut Source<'_>, depth: u32, out: &mut Vec<u8>) {
    if depth > DEPTH_MAX {
        write_simplest(ty, out);
        return;
    }
    match ty {
        Type::Bool => out.push(u8::from(source.random.chance(50))),
        Type::String => {
            let text = source.text();
            let bytes = source.room.take(Size::BYTE, text.len());
            text[..text.floor_char_boundary(bytes)].encode_to(out);
        }
        Type::Bytes => {
            let length = source.count(Size::BYTE, 0);
            source.random.bytes(length).encode_to(out);
        }
        Type::AccountId | Type::CodeHash | Type::Hash => {
            let known = !source.ids.is_empty() && source.random.chance(90);
            let id = match known {
                true => *source.random.pick(source.ids),
                false => source.random.id(),
            };
            out.extend(id);
        }
        Type::Option(some) => {
            let is_some = source.random.chance(60) && source.takes(least(some));
            out.push(u8::from(is_some));
            if is_some {
                write(some, source, depth + 1, out);
            }
        }
        Type::List(item) => {
            let length = source.count(least(item), depth);
            compact(length).encode_to(out);
            (0..length).for_each(|_| write(item, source, depth + 1, out));
        }
        Type::Array(item, count) => {
            (0..*count).for_each(|_| write(item, source, depth + 1, out));
        }
        Type::Map(key, value) => {
            // One entry at most, so that the order of keys is right.
            let is_one = source.random.chance(60);
            let is_one = is_one && source.takes(least(key)) && source.takes(least(value));
            compact(usize::from(is_one)).encode_to(out);
            if is_one {
                write(key, source, depth + 1, out);
                write(value, source, depth + 1, out);
            }
        }
        Type::Tuple(types) => types
            .iter()
            .for_each(|ty| write(ty, source, depth + 1, out)),
        Type::Struct { fields, .. } => write_fields(fields, source, depth, out),
        Type::Enum { variants, .. } if !variants.is_empty() => {
            let variant: &Variant = source.random.pick(variants);
            if !source.takes(least_of(&variant.fields)) {
                return write_simplest(ty, out);
            }
            out.push(variant.index);
            write_fields(&variant.fields, source, depth, out);
        }
        integer => {
            let bytes = integer_bytes(integer).unwrap_or_default();
            if bytes > 0 {
                out.extend(source.integer(bytes));
            }
        }
    }
}

fn write_fields(fields: &[Field], source: &mut Source<'_>, depth: u32, out: &mut Vec<u8>) {
    fields
        .iter()
        .for_each(|field| write(&field.ty, source, depth + 1, out));
}

fn compact(length: usize) -> Compact<u32> {
    Compact(u32::try_from(length).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
