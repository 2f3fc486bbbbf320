//! Typed arguments as SCALE bytes: made from a type, taken apart by one (`split`), and made simple
//! and short (`shorten`).
//!
//! Integers come from the ends of their range and from what is usual, identifiers mostly from those
//! that the scenario has, lists and text short with a long one now and then.

mod shorten;
mod split;

use lockstep_abi::{Field, Type, Variant};
use parity_scale_codec::{Compact, Encode};

use crate::random::Random;
pub(super) use shorten::{shorten, shorten_bytes};
pub(super) use split::split;

/// How deep lists, options and the like may nest in a generated value.
const DEPTH_MAX: u32 = 6;

/// The SCALE encoding of some value of a type. `ids` are the identifiers to use.
pub(super) fn generate(ty: &Type, random: &mut Random, ids: &[[u8; 32]], depth: u32) -> Vec<u8> {
    let mut out = Vec::new();
    write(ty, &mut Source { random, ids }, depth, &mut out);
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
        let length = Source { random, ids }.length();
        return random.bytes(length);
    }
    let count = random.below(5);
    let parts = (0..count).map(|_| generate(random.pick(&TYPES), random, ids, 0));
    parts.collect::<Vec<Vec<u8>>>().concat()
}

/// The encoding of the simplest value of a type: zeros, nothing, the first variant.
pub(super) fn simplest(ty: &Type) -> Vec<u8> {
    match ty {
        Type::Unit => Vec::new(),
        Type::Array(item, count) => {
            let item = simplest(item);
            (0..*count).flat_map(|_| item.clone()).collect()
        }
        Type::Tuple(types) => types.iter().flat_map(simplest).collect(),
        Type::Struct { fields, .. } => simplest_fields(fields).concat(),
        Type::Enum { variants, .. } => variants.first().map_or_else(Vec::new, |variant| {
            let mut out = vec![variant.index];
            out.extend(simplest_fields(&variant.fields).concat());
            out
        }),
        _ => vec![0; integer_bytes(ty).unwrap_or_else(|| fixed_bytes(ty))],
    }
}

/// The simplest value of each field.
pub(super) fn simplest_fields(fields: &[Field]) -> Vec<Vec<u8>> {
    fields.iter().map(|field| simplest(&field.ty)).collect()
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
}

impl Source<'_> {
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

fn write(ty: &Type, source: &mut Source<'_>, depth: u32, out: &mut Vec<u8>) {
    if depth > DEPTH_MAX {
        out.extend(simplest(ty));
        return;
    }
    match ty {
        Type::Bool => out.push(u8::from(source.random.chance(50))),
        Type::String => source.text().encode_to(out),
        Type::Bytes => {
            let length = source.length();
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
            let is_some = source.random.chance(60);
            out.push(u8::from(is_some));
            if is_some {
                write(some, source, depth + 1, out);
            }
        }
        Type::List(item) => {
            let length = source.length() >> depth;
            compact(length).encode_to(out);
            (0..length).for_each(|_| write(item, source, depth + 1, out));
        }
        Type::Array(item, count) => {
            (0..*count).for_each(|_| write(item, source, depth + 1, out));
        }
        Type::Map(key, value) => {
            // One entry at most, so that the order of keys is right.
            let length = usize::from(source.random.chance(60));
            compact(length).encode_to(out);
            if length == 1 {
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
mod tests {
    use super::{generate, simplest, split};
    use crate::random::Random;
    use crate::scenario::Names;
    use crate::value::decode;
    use lockstep_abi::{Field, Type, Variant};

    fn field(name: &str, ty: Type) -> Field {
        Field {
            name: name.to_string(),
            ty,
        }
    }

    fn fields() -> Vec<Field> {
        let variants = vec![
            Variant {
                name: "A".into(),
                index: 3,
                fields: vec![],
            },
            Variant {
                name: "B".into(),
                index: 9,
                fields: vec![field("x", Type::I16)],
            },
        ];
        let name = String::new;
        vec![
            field("a", Type::U128),
            field("b", Type::String),
            field("c", Type::List(Box::new(Type::AccountId))),
            field("d", Type::Option(Box::new(Type::Bytes))),
            field(
                "e",
                Type::Enum {
                    name: name(),
                    variants,
                },
            ),
            field("f", Type::Map(Box::new(Type::U8), Box::new(Type::Bool))),
            field("g", Type::Array(Box::new(Type::U32), 3)),
            field("h", Type::Tuple(vec![Type::Unit, Type::Hash])),
        ]
    }

    #[test]
    fn what_is_generated_is_of_the_type_and_can_be_taken_apart() {
        let fields = fields();
        for seed in 0..300 {
            let mut random = Random::new(seed);
            let parts: Vec<Vec<u8>> = fields
                .iter()
                .map(|field| generate(&field.ty, &mut random, &[[7; 32]], 0))
                .collect();
            for (field, part) in fields.iter().zip(&parts) {
                let decoded = decode(&field.ty, part, &Names::default());
                assert!(decoded.is_some(), "seed {seed}: {}: {part:?}", field.name);
            }
            assert_eq!(split(&fields, &parts.concat()), Some(parts), "seed {seed}");
        }
    }

    #[test]
    fn the_simplest_values_are_values() {
        for field in fields() {
            let bytes = simplest(&field.ty);
            assert!(
                decode(&field.ty, &bytes, &Names::default()).is_some(),
                "{}",
                field.name
            );
        }
    }
}
