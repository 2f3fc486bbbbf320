//! Documentation comments and names as they appear in the ABI.

use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta};

/// The text of the documentation comments, without the space after the slashes.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
    lines.join("\n").trim().to_string()
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => {
            let text = text.value();
            Some(
                text.strip_prefix(' ')
                    .unwrap_or(&text)
                    .trim_end()
                    .to_string(),
            )
        }
        _ => None,
    }
}

/// An identifier as text, without the `r#` of a raw one.
pub(crate) fn name(identifier: &Ident) -> String {
    identifier.unraw().to_string()
}

/// Removes the attributes with this name and tells whether there were any.
pub(crate) fn take_marker(attributes: &mut Vec<Attribute>, marker: &str) -> bool {
    let before = attributes.len();
    attributes.retain(|attribute| !attribute.path().is_ident(marker));
    attributes.len() < before
}
