//! What Wasmer 5.0.4's Singlepass cannot do: blocks and functions with several results, and blocks
//! with parameters. It refuses some of them, and panics at others.

use wasmparser::{BlockType, CompositeInnerType, FuncType, Operator, Parser, Payload};

/// Why it does not take a prepared module, if it does not.
pub(crate) fn lacked(module: &[u8]) -> Option<&'static str> {
    let mut types: Vec<FuncType> = Vec::new();
    for payload in Parser::new(0).parse_all(module).flatten() {
        let is_lacked = match payload {
            Payload::TypeSection(groups) => {
                let groups = groups.into_iter().flatten();
                let subtypes = groups.flat_map(wasmparser::RecGroup::into_types);
                types.extend(subtypes.filter_map(|ty| match ty.composite_type.inner {
                    CompositeInnerType::Func(ty) => Some(ty),
                    _ => None,
                }));
                false
            }
            Payload::FunctionSection(functions) => functions
                .into_iter()
                .flatten()
                .any(|ty| type_at(&types, ty).is_none_or(|ty| ty.results().len() > 1)),
            Payload::CodeSectionEntry(body) => body
                .get_operators_reader()
                .into_iter()
                .flatten()
                .flatten()
                .any(|operator| is_wide_block(&operator, &types)),
            _ => false,
        };
        if is_lacked {
            return Some("it has no blocks and functions with several results");
        }
    }
    None
}

fn type_at(types: &[FuncType], index: u32) -> Option<&FuncType> {
    types.get(usize::try_from(index).ok()?)
}

/// Whether an operator opens a block that takes values or leaves several.
fn is_wide_block(operator: &Operator<'_>, types: &[FuncType]) -> bool {
    match operator {
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
            match blockty {
                BlockType::FuncType(index) => type_at(types, *index)
                    .is_none_or(|ty| !ty.params().is_empty() || ty.results().len() > 1),
                BlockType::Empty | BlockType::Type(_) => false,
            }
        }
        _ => false,
    }
}
