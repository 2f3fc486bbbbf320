//! Where in the text each thing stands that is expected of a transaction.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::document::Expect;
use crate::value::Value;

/// The values of an expectation, by the field that a message names when it differs.
pub(super) fn spans(expect: &Expect) -> BTreeMap<String, Range<usize>> {
    let text = |value: &Option<Spanned<String>>| value.as_ref().map(Spanned::span);
    let value = |value: &Option<Spanned<Value>>| value.as_ref().map(Spanned::span);
    let stated = [
        ("status", text(&expect.status)),
        ("ending", text(&expect.invalid)),
        ("gas", value(&expect.gas)),
        ("fee", value(&expect.fee)),
        ("deposit", value(&expect.deposit)),
        ("output", value(&expect.output)),
        ("error", value(&expect.error)),
        ("message", text(&expect.message)),
        (
            "number of events",
            expect.events.as_ref().map(Spanned::span),
        ),
        ("refused", expect.refused.as_ref().map(Spanned::span)),
    ];
    let stated = stated.into_iter();
    let stated = stated.filter_map(|(field, span)| Some((field.to_string(), span?)));
    let mut spans: BTreeMap<String, Range<usize>> = stated.collect();
    let events = expect.events.iter().flat_map(Spanned::get_ref);
    for (position, event) in events.map(Spanned::get_ref).enumerate() {
        let name = event.name.span();
        let contract = event.contract.as_ref().map(Spanned::span);
        let contract = contract.unwrap_or_else(|| name.clone());
        spans.insert(format!("events[{position}].contract"), contract);
        spans.insert(format!("events[{position}].name"), name);
        let fields = event.fields.as_ref().map(Spanned::span);
        spans.extend(fields.map(|fields| (format!("events[{position}].fields"), fields)));
    }
    spans
}
