//! A value as a scenario states it, with the place of each part.
//!
//! Arguments and expected outputs have no fixed shape: the contract's ABI says what they must
//! be. They are therefore read as [`Value`] first, and [`encode()`] then turns them into SCALE
//! bytes by the ABI's type, or says which part does not fit.

mod decode;
mod decoded;
mod describe;
mod encode;
mod encode_integer;
mod lookup;
mod number;
mod parts;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

pub(crate) use decode::{PARTS_MAX, decode, decode_fields, decode_fields_within};
pub use decoded::Decoded;
pub(crate) use decoded::Identifier;
pub(crate) use describe::type_name;
pub(crate) use encode::{encode, encode_fields};
pub(crate) use lookup::{Lookup, Mismatch, Mismatches, identifier};
pub(crate) use number::{counted, grouped, hex_bytes, integer, is_integer, unsigned};
pub(crate) use parts::{bytes_from_parts, map_entry};

/// A value of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An integer: whether it is negative, and its magnitude.
    Integer(bool, u128),
    /// Text: also identifiers, bytes, and integers that TOML cannot hold.
    Text(String),
    /// A list.
    List(Vec<Spanned<Value>>),
    /// A table, in the order of the file.
    Table(Vec<(Spanned<String>, Spanned<Value>)>),
    /// A float or a date, which no value of a contract is.
    Foreign(&'static str),
}

impl Value {
    /// What the value is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a truth value",
            Self::Integer(..) => "an integer",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Foreign(kind) => kind,
        }
    }

    /// The entries of a map, stated as a table or as a list of pairs.
    fn pairs(&self) -> Option<Vec<(Spanned<Value>, &Spanned<Value>)>> {
        match self {
            Value::Table(entries) => Some(
                entries
                    .iter()
                    .map(|(key, item)| {
                        let text = Value::Text(key.get_ref().clone());
                        (Spanned::new(key.span(), text), item)
                    })
                    .collect(),
            ),
            Value::List(items) => items
                .iter()
                .map(|pair| match pair.get_ref() {
                    Value::List(pair) => match pair.as_slice() {
                        [key, item] => Some((key.clone(), item)),
                        _ => None,
                    },
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value < 0, value.unsigned_abs().into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(false, value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Value::Integer(value < 0, value.unsigned_abs()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Value::Integer(false, value))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Foreign("a float"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_string()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(Spanned<String>, Spanned<Value>)> = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            entries.push((key, map.next_value()?));
        }
        entries.sort_by_key(|(key, _)| key.span().start);
        Ok(Value::Table(entries))
    }
}
