//! How ABI types are named in messages, and the messages about values that do not fit them.

use lockstep_abi::{Field, Type, Variant};
use toml::Spanned;

use super::Value;
use super::lookup::Mismatch;
use crate::suggest::listed;
use crate::value::counted;

/// The width in bits of an integer type, and whether it is signed.
pub(super) fn integer_type(ty: &Type) -> Option<(u32, bool)> {
    Some(match ty {
        Type::U8 => (8, false),
        Type::U16 => (16, false),
        Type::U32 => (32, false),
        Type::U64 => (64, false),
        Type::U128 => (128, false),
        Type::I8 => (8, true),
        Type::I16 => (16, true),
        Type::I32 => (32, true),
        Type::I64 => (64, true),
        Type::I128 => (128, true),
        _ => return None,
    })
}

/// The type as a Rust programmer would write it.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Unit => "()".to_string(),
        Type::Bool => "bool".to_string(),
        Type::String => "String".to_string(),
        Type::Bytes => "Bytes".to_string(),
        Type::AccountId => "AccountId".to_string(),
        Type::CodeHash => "CodeHash".to_string(),
        Type::Hash => "Hash".to_string(),
        Type::Option(some) => format!("Option<{}>", type_name(some)),
        Type::List(item) => format!("Vec<{}>", type_name(item)),
        Type::Array(item, count) => format!("[{}; {count}]", type_name(item)),
        Type::Map(key, item) => format!("BTreeMap<{}, {}>", type_name(key), type_name(item)),
        Type::Tuple(types) => {
            let names: Vec<String> = types.iter().map(type_name).collect();
            format!("({})", names.join(", "))
        }
        Type::Struct { name, .. } | Type::Enum { name, .. } => name.clone(),
        integer => {
            let (bits, signed) = integer_type(integer).unwrap_or_default();
            format!("{}{bits}", if signed { "i" } else { "u" })
        }
    }
}

/// How a value of the type is written in a scenario.
fn notation(ty: &Type) -> String {
    match ty {
        Type::Unit => "write []".to_string(),
        Type::Bool => "write true or false".to_string(),
        Type::String => "write text in quotes".to_string(),
        Type::Bytes => "write \"0x\" and hexadecimal digits".to_string(),
        Type::AccountId | Type::CodeHash => {
            "write \"@name\" or \"0x\" and 64 hexadecimal digits".to_string()
        }
        Type::Hash => "write \"0x\" and 64 hexadecimal digits".to_string(),
        Type::Option(_) => "write \"none\" or { some = VALUE }".to_string(),
        Type::List(item) | Type::Array(item, _) => match **item {
            Type::Bool | Type::Unit => "write a list: [ ... ]".to_string(),
            _ if integer_type(item).is_some() => "write a list: [ ... ]".to_string(),
            _ => "write a list: [ ... ], in which text and @NAME stand in quotes".to_string(),
        },
        Type::Map(..) => "write a table, or a list of [key, value]".to_string(),
        Type::Tuple(types) => format!("write a list of {}", counted(types.len(), "value")),
        Type::Struct { fields, .. } => fields_help(fields),
        Type::Enum { .. } => "write \"Variant\" or { Variant = FIELDS }".to_string(),
        _ => "write an integer, or its decimal digits as text".to_string(),
    }
}

/// The value is of another kind than the type needs.
pub(super) fn wrong_type(ty: &Type, value: &Spanned<Value>) -> Mismatch {
    let kind = match value.get_ref() {
        Value::Text(text) => format!("\"{text}\""),
        Value::List(items) => format!("a list of {}", counted(items.len(), "value")),
        other => other.kind().to_string(),
    };
    let message = format!("expected {}, found {kind}", type_name(ty));
    Mismatch::new(value.span(), message, notation(ty))
}

/// The value does not name a variant.
pub(super) fn wrong_variant(name: &str, variants: &[Variant], value: &Spanned<Value>) -> Mismatch {
    let message = format!(
        "expected a variant of {name}, found {}",
        value.get_ref().kind()
    );
    let names: Vec<String> = variants
        .iter()
        .map(|variant| variant.name.clone())
        .collect();
    let help = format!(
        "write \"Variant\" or {{ Variant = FIELDS }}; variants: {}",
        listed(&names)
    );
    Mismatch::new(value.span(), message, help)
}

/// The fields with their types, and how they are written when they have no names.
pub(super) fn fields_help(fields: &[Field]) -> String {
    match fields {
        [] => "there are no fields: write {}".to_string(),
        _ if are_named(fields) => fields_are(fields),
        _ => format!("{}, without names: write [ ... ]", fields_are(fields)),
    }
}

/// The fields with their types.
pub(super) fn fields_are(fields: &[Field]) -> String {
    let names: Vec<String> = fields
        .iter()
        .map(|field| match field.name.as_str() {
            "" => type_name(&field.ty),
            name => format!("{name}: {}", type_name(&field.ty)),
        })
        .collect();
    format!("the fields are {}", names.join(", "))
}

/// Whether a table can state the fields.
pub(super) fn are_named(fields: &[Field]) -> bool {
    fields.iter().all(|field| !field.name.is_empty())
}

/// The type of a list, or of an array with that many items.
pub(super) fn list_type(item: &Type, count: Option<u32>) -> Type {
    match count {
        Some(count) => Type::Array(Box::new(item.clone()), count),
        None => Type::List(Box::new(item.clone())),
    }
}
