//! Documentation comments, names as they appear in the ABI, and markers.

use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta};

use crate::method::Mistakes;

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

/// Whether the attribute removes what it stands on from some builds, or may.
pub(crate) fn is_conditional(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
}

/// Adds a mistake for each condition below the macro's attribute: what is generated would not go
/// away with the item.
pub(crate) fn check_conditions_below(attributes: &[Attribute], mistakes: &mut Mistakes) {
    for attribute in attributes.iter().filter(|it| is_conditional(it)) {
        mistakes.add(attribute, "put the condition above the macro's attribute");
    }
}

/// Removes the attributes with this name and tells whether there were any. Arguments are a mistake.
pub(crate) fn take_marker(
    attributes: &mut Vec<Attribute>,
    marker: &str,
    mistakes: &mut Mistakes,
) -> bool {
    let before = attributes.len();
    attributes.retain(|attribute| {
        let is_marker = attribute.path().is_ident(marker);
        if is_marker {
            check_marker(attribute, mistakes);
        }
        !is_marker
    });
    attributes.len() < before
}

/// Adds a mistake when a marker has arguments, which would seem to switch it off.
pub(crate) fn check_marker(attribute: &Attribute, mistakes: &mut Mistakes) {
    if !matches!(attribute.meta, Meta::Path(_)) {
        mistakes.add(
            attribute,
            "this attribute takes no arguments: leave it out where it does not hold",
        );
    }
}
