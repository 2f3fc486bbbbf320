//! An argument from the command line as a scenario writes it, so that it is read as one there.

use lockstep_abi::Type;

use crate::scenario::is_one_value;

/// A value as a scenario writes it. Text is taken as it stands; what else stands in quotes is written
/// as in a scenario already.
pub(super) fn value(ty: &Type, text: &str) -> String {
    let is_exact = text.starts_with('@') || text.starts_with("0x");
    match ty {
        Type::String => quoted(text),
        Type::Option(_) if text == "none" => quoted(text),
        Type::Option(_) if text.starts_with('{') && is_one_value(text) => text.to_string(),
        Type::Option(some) => format!("{{ some = {} }}", value(some, text)),
        _ if text.starts_with('"') && is_one_value(text) => text.to_string(),
        Type::AccountId | Type::CodeHash if !is_exact => quoted(&format!("@{text}")),
        Type::Bool | Type::Unit | Type::Map(..) | Type::Tuple(_) | Type::Struct { .. }
            if is_one_value(text) =>
        {
            text.to_string()
        }
        Type::Enum { .. } | Type::Bytes | Type::List(_) | Type::Array(..)
            if text.starts_with(['{', '[']) && is_one_value(text) =>
        {
            text.to_string()
        }
        _ => quoted(text),
    }
}

/// A name as the key of a table.
pub(super) fn key(name: &str) -> String {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    match !name.is_empty() && name.chars().all(is_word) {
        true => name.to_string(),
        false => quoted(name),
    }
}

/// Text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use lockstep_abi::Type;

    use super::value;

    #[test]
    fn values_are_written_as_their_types_need_it() {
        let bytes = Type::List(Box::new(Type::U8));
        for (ty, text, written) in [
            (Type::AccountId, "@bob", "\"@bob\""),
            (Type::AccountId, "0x11", "\"0x11\""),
            (Type::String, "0x11", "\"0x11\""),
            (Type::I64, "-5", "\"-5\""),
            (bytes.clone(), "[1, 2]", "[1, 2]"),
            (bytes, "0x0102", "\"0x0102\""),
            (Type::Bool, "maybe", "\"maybe\""),
            (Type::Bool, "true, more = 1", "\"true, more = 1\""),
            (Type::Bool, "true # not", "\"true # not\""),
            (
                Type::Option(Box::new(Type::AccountId)),
                "bob",
                "{ some = \"@bob\" }",
            ),
            (Type::Option(Box::new(Type::U8)), "none", "\"none\""),
            (Type::AccountId, "\"@bob\"", "\"@bob\""),
            (Type::U64, "\"5\"", "\"5\""),
            (Type::U64, "\"5\" # five", "'\"5\" # five'"),
            (Type::String, "\"x\"", "'\"x\"'"),
            (
                Type::Option(Box::new(Type::AccountId)),
                "\"@bob\"",
                "{ some = \"@bob\" }",
            ),
        ] {
            assert_eq!(value(&ty, text), written);
        }
    }
}
