//! Bytes that a transaction came to as a scenario states them: by the type that its reader goes by.
//!
//! What is written is read back. Where that does not give the same bytes it is not stated: a scenario
//! with a mistake would show nothing.

use lockstep_abi::{EventAbi, Type};
use serde::Deserialize;
use toml::Spanned;

use crate::fuzz_det::finding_file::{number, quoted};
use crate::scenario::Names;
use crate::value::{
    Decoded, Value, bytes_from_parts, decode, decode_fields_within, encode, encode_fields,
};

/// A value of a type; nothing when the bytes are none.
pub(super) fn typed(ty: &Type, bytes: &[u8]) -> Option<String> {
    let names = Names::default();
    let text = value(&decode(ty, bytes, &names)?);
    let read = encode(ty, &read(&text)?, &names).ok()?;
    (read == bytes).then_some(text)
}

/// Bytes of which no ABI says anything.
pub(super) fn raw(bytes: &[u8]) -> Option<String> {
    let text = match bytes.is_empty() {
        true => String::new(),
        false => digits(bytes),
    };
    let read = bytes_from_parts(&text, &Names::default()).ok()?;
    (read == bytes).then(|| quoted(&text))
}

/// The fields of an event, with no more parts than `parts_left`, from which they are taken.
pub(super) fn fields(event: &EventAbi, bytes: &[u8], parts_left: &mut u32) -> Option<String> {
    let names = Names::default();
    let EventAbi { name, fields, .. } = event;
    let text = positional(&decode_fields_within(parts_left, fields, bytes, &names)?);
    let read = encode_fields(name, fields, &read(&text)?, &names).ok()?;
    (read == bytes).then_some(text)
}

/// A value as a scenario's reader finds it.
fn read(text: &str) -> Option<Spanned<Value>> {
    #[derive(Deserialize)]
    struct Stated {
        value: Spanned<Value>,
    }
    let stated: Stated = toml::from_str(&format!("value = {text}")).ok()?;
    Some(stated.value)
}

fn value(decoded: &Decoded) -> String {
    match decoded {
        Decoded::Unit => "[]".to_string(),
        Decoded::Bool(truth) => truth.to_string(),
        Decoded::Unsigned(value, _) => number(*value),
        Decoded::Signed(value, _) => match i64::try_from(*value) {
            Ok(value) => value.to_string(),
            Err(_) => quoted(&value.to_string()),
        },
        Decoded::Text(text) => quoted(text),
        Decoded::Bytes(bytes) => quoted(&digits(bytes)),
        Decoded::Identifier(bytes, _) => quoted(&digits(bytes)),
        Decoded::Option(None) => quoted("none"),
        Decoded::Option(Some(some)) => format!("{{ some = {} }}", value(some)),
        Decoded::List(items) | Decoded::Tuple(items) => list(items.iter().map(value)),
        Decoded::Map(entries) => list(entries.iter().map(|(key, item)| {
            let pair = [value(key), value(item)];
            list(pair.into_iter())
        })),
        Decoded::Struct(fields) => positional(fields),
        Decoded::Variant(_, name, fields) if fields.is_empty() => quoted(name),
        Decoded::Variant(_, name, fields) => {
            format!("{{ {} = {} }}", quoted(name), positional(fields))
        }
    }
}

fn positional(fields: &[(String, Decoded)]) -> String {
    list(fields.iter().map(|(_, field)| value(field)))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<String>>().join(", "))
}

fn digits(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{Field, Type, Variant};
    use parity_scale_codec::Encode;

    use super::{raw, typed};

    #[test]
    fn what_is_stated_is_read_as_the_same_bytes() {
        let variant = |name: &str, index, fields| Variant {
            name: name.into(),
            index,
            fields,
        };
        let field = |name: &str, ty| Field {
            name: name.into(),
            ty,
        };
        let variants = vec![
            variant("A", 0, vec![]),
            variant("B", 7, vec![field("x", Type::U128)]),
        ];
        let either = Type::Enum {
            name: "Either".into(),
            variants,
        };
        let boxed = |ty: Type| Box::new(ty);
        let cases = [
            (Type::Unit, vec![], "[]"),
            (
                Type::I128,
                i128::MIN.encode(),
                "\"-170141183460469231731687303715884105728\"",
            ),
            (Type::String, "a\"b".encode(), "'a\"b'"),
            (Type::Bytes, vec![1_u8, 2].encode(), "\"0x0102\""),
            (
                Type::Option(boxed(Type::U8)),
                Some(5_u8).encode(),
                "{ some = 5 }",
            ),
            (
                Type::Map(boxed(Type::U8), boxed(Type::Bool)),
                vec![(1_u8, true), (2, false)].encode(),
                "[[1, true], [2, false]]",
            ),
            (either.clone(), vec![0], "\"A\""),
            (
                either,
                [&[7][..], &5_u128.encode()].concat(),
                "{ \"B\" = [5] }",
            ),
        ];
        for (ty, bytes, text) in cases {
            assert_eq!(typed(&ty, &bytes).as_deref(), Some(text), "{ty:?}");
        }
        assert_eq!(typed(&Type::U16, &[1]), None);
        assert_eq!(raw(&[]).as_deref(), Some("\"\""));
        assert_eq!(raw(&[0, 255]).as_deref(), Some("\"0x00ff\""));
    }
}
