//! Values of a scenario to SCALE bytes, by an ABI type.
//!
//! | ABI type | in a scenario |
//! |---|---|
//! | integers | `5`, `1_000`, or text for what TOML cannot hold: `"340_282_366_920"` |
//! | `AccountId` | `"@alice"`, or `"0x"` and 64 digits |
//! | `CodeHash` | `"@token"` (a name of `[code]`), or `"0x"` and 64 digits |
//! | `Bytes`, lists and arrays of `u8` | `"0x00ff"`, or a list of integers |
//! | `Option` | `"none"`, or `{ some = VALUE }`; a missing field is none |
//! | `Map` | a table, or a list of `[key, value]` |
//! | structs, tuples | a table by field, a list by position |
//! | enums | `"Variant"`, or `{ Variant = FIELDS }` |

mod fields;

use lockstep_abi::{Field, Type};
use parity_scale_codec::{Compact, Encode};
use toml::Spanned;

use super::Value;
use super::decode::decode;
use super::decoded::{Decoded, Identifier};
use super::describe::{list_type, wrong_type};
use super::encode_integer::encode_integer;
use super::lookup::{Lookup, Mismatch, Mismatches, identifier};
use super::number::hex_bytes;
use crate::problem_code::ProblemCode;
use crate::value::counted;

type Encoded = Result<(), Mismatches>;

/// The SCALE encoding of `value` as a `ty`.
///
/// # Errors
/// With everything that does not fit: each field of a struct and item of a tuple, and of a list or
/// map the first item.
pub(crate) fn encode(
    ty: &Type,
    value: &Spanned<Value>,
    names: &dyn Lookup,
) -> Result<Vec<u8>, Mismatches> {
    let mut encoder = Encoder {
        out: Vec::new(),
        names,
    };
    encoder.value(ty, value)?;
    Ok(encoder.out)
}

/// The SCALE encoding of a method's arguments or an event's fields, stated by name or by
/// position.
///
/// # Errors
/// As for [`encode`].
pub(crate) fn encode_fields(
    what: &str,
    fields: &[Field],
    value: &Spanned<Value>,
    names: &dyn Lookup,
) -> Result<Vec<u8>, Mismatches> {
    let mut encoder = Encoder {
        out: Vec::new(),
        names,
    };
    encoder.fields(what, fields, value)?;
    Ok(encoder.out)
}

struct Encoder<'a> {
    out: Vec<u8>,
    names: &'a dyn Lookup,
}

impl Encoder<'_> {
    fn value(&mut self, ty: &Type, value: &Spanned<Value>) -> Encoded {
        match (ty, value.get_ref()) {
            (Type::Unit, Value::List(items)) if items.is_empty() => Ok(()),
            (Type::Bool, Value::Bool(truth)) => self.push(truth),
            (Type::String, Value::Text(text)) => self.push(text),
            (Type::Bytes, _) => self.list(&Type::U8, None, value),
            (Type::AccountId, Value::Text(text)) => {
                self.identifier(Identifier::Account, text, value)
            }
            (Type::CodeHash, Value::Text(text)) => self.identifier(Identifier::Code, text, value),
            (Type::Hash, Value::Text(text)) => self.identifier(Identifier::Hash, text, value),
            (Type::Option(some), _) => self.option(some, value),
            (Type::List(item), _) => self.list(item, None, value),
            (Type::Array(item, count), _) => self.list(item, Some(*count), value),
            (Type::Map(key, item), _) => self.map(key, item, value),
            (Type::Tuple(types), Value::List(items)) if types.len() == items.len() => {
                self.each(types.iter().zip(items), |it, (ty, item)| it.value(ty, item))
            }
            (Type::Tuple(types), Value::List(items)) => {
                let bound = Some((types.len().to_string(), items.len().to_string()));
                let mismatch = wrong_type(ty, value);
                Err(Mismatch { bound, ..mismatch }.into())
            }
            (Type::Struct { name, fields }, _) => self.fields(name, fields, value),
            (Type::Enum { name, variants }, _) => self.variant(name, variants, value),
            _ => {
                self.out.extend(encode_integer(ty, value)?);
                Ok(())
            }
        }
    }

    fn push(&mut self, value: &impl Encode) -> Encoded {
        value.encode_to(&mut self.out);
        Ok(())
    }

    fn identifier(&mut self, kind: Identifier, text: &str, value: &Spanned<Value>) -> Encoded {
        let bytes = identifier(kind, text, value.span(), self.names)?;
        self.push(&bytes)
    }

    fn option(&mut self, some: &Type, value: &Spanned<Value>) -> Encoded {
        match value.get_ref() {
            Value::Text(text) if text == "none" => self.push(&0_u8),
            Value::Table(entries) => match entries.as_slice() {
                [(key, inner)] if key.get_ref() == "some" => {
                    self.push(&1_u8)?;
                    self.value(some, inner)
                }
                _ => Err(wrong_type(&Type::Option(Box::new(some.clone())), value).into()),
            },
            _ => Err(wrong_type(&Type::Option(Box::new(some.clone())), value).into()),
        }
    }

    fn list(&mut self, item: &Type, count: Option<u32>, value: &Spanned<Value>) -> Encoded {
        let bytes = match value.get_ref() {
            Value::Text(text) if *item == Type::U8 => Some(hex_bytes(text).map_err(|message| {
                let help = "write bytes as \"0x\" and hexadecimal digits".to_string();
                Mismatch {
                    code: ProblemCode::ScenarioHex,
                    ..Mismatch::new(value.span(), message, help)
                }
            })?),
            _ => None,
        };
        let length = match (&bytes, value.get_ref()) {
            (Some(bytes), _) => bytes.len(),
            (None, Value::List(items)) => items.len(),
            _ => return Err(wrong_type(&list_type(item, count), value).into()),
        };
        self.length(length, count, value)?;
        if let Some(bytes) = bytes {
            self.out.extend(bytes);
        } else if let Value::List(items) = value.get_ref() {
            items.iter().try_for_each(|entry| self.value(item, entry))?;
        }
        Ok(())
    }

    /// Checks the length of an array, or writes that of a list.
    fn length(&mut self, length: usize, count: Option<u32>, value: &Spanned<Value>) -> Encoded {
        match (count, u32::try_from(length)) {
            (None, Ok(length)) => self.push(&Compact(length)),
            (Some(count), Ok(length)) if count == length => Ok(()),
            (count, _) => {
                let count = count.unwrap_or(u32::MAX);
                let message = format!("{} in place of {count}", counted(length, "item"));
                let help = format!("state exactly {}", counted(count, "item"));
                let bound = Some((count.to_string(), length.to_string()));
                let mismatch = Mismatch::new(value.span(), message, help);
                Err(Mismatch { bound, ..mismatch }.into())
            }
        }
    }

    fn map(&mut self, key: &Type, item: &Type, value: &Spanned<Value>) -> Encoded {
        let pairs = value.get_ref().pairs().ok_or_else(|| {
            wrong_type(
                &Type::Map(Box::new(key.clone()), Box::new(item.clone())),
                value,
            )
        })?;
        let mut entries: Vec<(Option<Decoded>, Vec<u8>)> = Vec::new();
        for (key_value, item_value) in pairs {
            let mut bytes = encode(key, &key_value, self.names)?;
            let order = decode(key, &bytes, self.names);
            if entries.iter().any(|(earlier, _)| *earlier == order) {
                let message = "this key stands in the map twice".to_string();
                let help = "remove one of the two entries".to_string();
                let code = ProblemCode::ScenarioDuplicate;
                let mismatch = Mismatch::new(key_value.span(), message, help);
                return Err(Mismatch { code, ..mismatch }.into());
            }
            bytes.extend(encode(item, item_value, self.names)?);
            entries.push((order, bytes));
        }
        entries.sort();
        self.length(entries.len(), None, value)?;
        entries
            .into_iter()
            .for_each(|(_, bytes)| self.out.extend(bytes));
        Ok(())
    }

    /// Does this for all, also after one that does not fit.
    fn each<T>(
        &mut self,
        all: impl IntoIterator<Item = T>,
        mut encode: impl FnMut(&mut Self, T) -> Encoded,
    ) -> Encoded {
        let mut found = Vec::new();
        for one in all {
            if let Err(Mismatches(more)) = encode(self, one) {
                found.extend(more);
            }
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(Mismatches(found)),
        }
    }
}
