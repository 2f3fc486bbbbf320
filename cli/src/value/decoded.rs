//! A value that a contract gave back, decoded by its ABI, and how it is shown.
//!
//! In text a value reads like Rust; in JSON integers of 64 and 128 bits are decimal text, because
//! many JSON readers keep 53 bits only, and identifiers that the scenario names are `@name`.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::number::grouped;

/// What a 32-byte value identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Identifier {
    /// An account or contract.
    Account,
    /// Uploaded code.
    Code,
    /// Any other digest.
    Hash,
}

/// A decoded value. The derived order is the order that the contract's map keys have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decoded {
    /// No value.
    Unit,
    /// `true` or `false`.
    Bool(bool),
    /// An unsigned integer, and whether its type has 64 bits or more.
    Unsigned(u128, bool),
    /// A signed integer, and whether its type has 64 bits or more.
    Signed(i128, bool),
    /// Text.
    Text(String),
    /// Bytes, shown in hexadecimal.
    Bytes(Vec<u8>),
    /// 32 bytes and how they are shown.
    Identifier([u8; 32], String),
    /// A value or none.
    Option(Option<Box<Decoded>>),
    /// Values of one type.
    List(Vec<Decoded>),
    /// Keys and values.
    Map(Vec<(Decoded, Decoded)>),
    /// Values of several types.
    Tuple(Vec<Decoded>),
    /// Named values; the names are empty for a tuple struct.
    Struct(Vec<(String, Decoded)>),
    /// One variant of an enum: its index, name and fields.
    Variant(u8, String, Vec<(String, Decoded)>),
}

/// Whether fields have no names, as those of a tuple struct.
fn are_positional(fields: &[(String, Decoded)]) -> bool {
    fields.iter().all(|(name, _)| name.is_empty())
}

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool(value) => value.fmt(f),
            Self::Unsigned(value, _) => f.write_str(&grouped(*value)),
            Self::Signed(value, _) => {
                let sign = if *value < 0 { "-" } else { "" };
                write!(f, "{sign}{}", grouped(value.unsigned_abs()))
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "0x{}", hex::encode(bytes)),
            Self::Identifier(_, shown) => f.write_str(shown),
            Self::Option(None) => f.write_str("none"),
            Self::Option(Some(value)) => write!(f, "some({value})"),
            Self::List(items) => write_items(f, "[", items, "]"),
            Self::Tuple(items) => write_items(f, "(", items, ")"),
            Self::Map(entries) => write_map(f, entries),
            Self::Struct(fields) => write_fields(f, fields),
            Self::Variant(_, name, fields) if fields.is_empty() => f.write_str(name),
            Self::Variant(_, name, fields) => {
                let space = if are_positional(fields) { "" } else { " " };
                write!(f, "{name}{space}")?;
                write_fields(f, fields)
            }
        }
    }
}

fn write_items(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    items: &[Decoded],
    close: &str,
) -> fmt::Result {
    f.write_str(open)?;
    for (position, item) in items.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        write!(f, "{comma}{item}")?;
    }
    f.write_str(close)
}

fn write_map(f: &mut fmt::Formatter<'_>, entries: &[(Decoded, Decoded)]) -> fmt::Result {
    f.write_str("{")?;
    for (position, (key, value)) in entries.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        write!(f, "{comma}{key}: {value}")?;
    }
    f.write_str("}")
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[(String, Decoded)]) -> fmt::Result {
    let (open, close) = if are_positional(fields) {
        ("(", ")")
    } else {
        ("{ ", " }")
    };
    f.write_str(open)?;
    for (position, (name, value)) in fields.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        let colon = if name.is_empty() { "" } else { ": " };
        write!(f, "{comma}{name}{colon}{value}")?;
    }
    f.write_str(close)
}

impl Serialize for Decoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit | Self::Option(None) => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Unsigned(value, true) => serializer.collect_str(value),
            Self::Unsigned(value, false) => serializer.serialize_u128(*value),
            Self::Signed(value, true) => serializer.collect_str(value),
            Self::Signed(value, false) => serializer.serialize_i128(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(_) | Self::Identifier(..) => serializer.collect_str(self),
            Self::Option(Some(value)) => value.serialize(serializer),
            Self::List(items) | Self::Tuple(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_seq(entries),
            Self::Struct(fields) => Fields(fields).serialize(serializer),
            Self::Variant(_, name, fields) if fields.is_empty() => serializer.serialize_str(name),
            Self::Variant(_, name, fields) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(name, &Fields(fields))?;
                map.end()
            }
        }
    }
}

/// Fields as an object, or as a list when they have no names.
struct Fields<'a>(&'a [(String, Decoded)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if are_positional(self.0) {
            serializer.collect_seq(self.0.iter().map(|(_, value)| value))
        } else {
            serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decoded;

    fn transfer() -> Decoded {
        let fields = vec![
            (
                "to".to_string(),
                Decoded::Identifier([1; 32], "@bob".to_string()),
            ),
            ("amount".to_string(), Decoded::Unsigned(1_500, true)),
            ("memo".to_string(), Decoded::Option(None)),
        ];
        Decoded::Variant(0, "Transfer".to_string(), fields)
    }

    #[test]
    fn text_reads_like_rust() {
        let text = "Transfer { to: @bob, amount: 1_500, memo: none }";
        assert_eq!(transfer().to_string(), text);
    }

    #[test]
    fn json_keeps_wide_integers_as_text() {
        let json = serde_json::to_string(&transfer()).expect("serialises");
        assert_eq!(
            json,
            r#"{"Transfer":{"to":"@bob","amount":"1500","memo":null}}"#
        );
        let narrow = Decoded::Tuple(vec![Decoded::Signed(-3, false), Decoded::Bytes(vec![1])]);
        assert_eq!(
            serde_json::to_string(&narrow).expect("serialises"),
            r#"[-3,"0x01"]"#
        );
    }
}
