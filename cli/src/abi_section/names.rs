//! The names that an ABI gives, all of which are printed, some with each part of a value.

use lockstep_abi::{ContractAbi, Field, Type};

use crate::printable::{is_printable, printable};

/// The most bytes of a name, which is what a method's name may have.
const NAME_BYTES_MAX: usize = 128;

/// How many characters of a name that is too long are shown.
const CHARACTERS_SHOWN: usize = 32;

/// What is wrong with the first name that is not taken.
pub(super) fn refusal(abi: &ContractAbi) -> Option<String> {
    let name = first_bad(abi)?;
    if name.len() <= NAME_BYTES_MAX {
        let name = printable(name);
        return Some(format!(
            "the name \"{name}\" has a character that cannot be printed"
        ));
    }
    let start: String = name.chars().take(CHARACTERS_SHOWN).collect();
    Some(format!(
        "the name \"{}...\" has {} bytes; at most {NAME_BYTES_MAX} are read",
        printable(&start),
        name.len()
    ))
}

/// The first name that is too long, or has a character that does not stand for itself. Doc comments
/// have lines and are no names.
fn first_bad(abi: &ContractAbi) -> Option<&str> {
    let methods = abi.methods.iter().flat_map(|method| {
        let results = std::iter::once(&method.output).chain(&method.error);
        let of_results = results.filter_map(in_type);
        bad(&method.name)
            .into_iter()
            .chain(in_fields(&method.params))
            .chain(of_results)
    });
    let events = abi
        .events
        .iter()
        .flat_map(|event| bad(&event.name).into_iter().chain(in_fields(&event.fields)));
    bad(&abi.name)
        .into_iter()
        .chain(methods)
        .chain(events)
        .next()
}

fn bad(name: &str) -> Option<&str> {
    (name.len() > NAME_BYTES_MAX || !name.chars().all(is_printable)).then_some(name)
}

fn in_fields(fields: &[Field]) -> Option<&str> {
    fields
        .iter()
        .find_map(|field| bad(&field.name).or_else(|| in_type(&field.ty)))
}

fn in_type(ty: &Type) -> Option<&str> {
    match ty {
        Type::Option(item) | Type::List(item) | Type::Array(item, _) => in_type(item),
        Type::Map(key, item) => in_type(key).or_else(|| in_type(item)),
        Type::Tuple(types) => types.iter().find_map(in_type),
        Type::Struct { name, fields } => bad(name).or_else(|| in_fields(fields)),
        Type::Enum { name, variants } => bad(name).or_else(|| {
            variants
                .iter()
                .find_map(|variant| bad(&variant.name).or_else(|| in_fields(&variant.fields)))
        }),
        _ => None,
    }
}
