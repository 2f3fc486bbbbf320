//! Structs, variants and arguments: fields stated by name or by position.

use std::ops::Range;

use lockstep_abi::{Field, Type, Variant};
use toml::Spanned;

use super::{Encoded, Encoder};
use crate::suggest::did_you_mean;
use crate::value::describe::{are_named, fields_are, fields_help, type_name, wrong_variant};
use crate::value::lookup::{Mismatch, Mismatches};
use crate::value::{Value, counted};

impl Encoder<'_> {
    pub(super) fn fields(
        &mut self,
        what: &str,
        fields: &[Field],
        value: &Spanned<Value>,
    ) -> Encoded {
        match value.get_ref() {
            Value::List(items) if items.len() == fields.len() => self
                .each(fields.iter().zip(items), |it, (field, item)| {
                    it.value(&field.ty, item)
                }),
            Value::List(items) => {
                let message = format!(
                    "{what} has {}, not {}",
                    counted(fields.len(), "field"),
                    items.len()
                );
                let bound = Some((fields.len().to_string(), items.len().to_string()));
                let mismatch = Mismatch::new(value.span(), message, fields_help(fields));
                Err(Mismatch { bound, ..mismatch }.into())
            }
            Value::Table(entries) if are_named(fields) => {
                self.named_fields(what, fields, entries, value.span())
            }
            other => {
                let needed = match are_named(fields) {
                    true => "a table or a list",
                    false => "a list",
                };
                let message = format!("{what} needs {needed}, found {}", other.kind());
                Err(Mismatch::new(value.span(), message, fields_help(fields)).into())
            }
        }
    }

    fn named_fields(
        &mut self,
        what: &str,
        fields: &[Field],
        entries: &[(Spanned<String>, Spanned<Value>)],
        span: Range<usize>,
    ) -> Encoded {
        let is_field = |key: &str| fields.iter().any(|field| field.name == key);
        let unknown = entries.iter().filter(|(key, _)| !is_field(key.get_ref()));
        let mut found: Vec<Mismatch> = unknown
            .map(|(key, _)| {
                let message = format!("{what} has no field \"{}\"", key.get_ref());
                Mismatch::new(key.span(), message, fields_help(fields))
            })
            .collect();
        // What is missing may be what is misspelled.
        let tells_missing = found.is_empty();
        let encoded = self.each(fields, |it, field| {
            let entry = entries.iter().find(|(key, _)| *key.get_ref() == field.name);
            match (entry, &field.ty) {
                (Some((_, value)), ty) => it.value(ty, value),
                (None, Type::Option(_)) => it.push(&0_u8),
                (None, _) if !tells_missing => Ok(()),
                (None, ty) => {
                    let (name, ty) = (&field.name, type_name(ty));
                    let message = format!("{what} lacks the field \"{name}\" of type {ty}");
                    Err(Mismatch::new(span.clone(), message, fields_help(fields)).into())
                }
            }
        });
        if let Err(Mismatches(more)) = encoded {
            found.extend(more);
        }
        match found.is_empty() {
            true => Ok(()),
            false => Err(Mismatches(found)),
        }
    }

    pub(super) fn variant(
        &mut self,
        name: &str,
        variants: &[Variant],
        value: &Spanned<Value>,
    ) -> Encoded {
        let (chosen, span, fields) = match value.get_ref() {
            Value::Text(text) => (text, value.span(), None),
            Value::Table(entries) => match entries.as_slice() {
                [(key, fields)] => (key.get_ref(), key.span(), Some(fields)),
                _ => return Err(wrong_variant(name, variants, value).into()),
            },
            _ => return Err(wrong_variant(name, variants, value).into()),
        };
        let Some(variant) = variants.iter().find(|variant| variant.name == *chosen) else {
            let names: Vec<String> = variants
                .iter()
                .map(|variant| variant.name.clone())
                .collect();
            let message = format!("{name} has no variant \"{chosen}\"");
            return Err(Mismatch::new(span, message, did_you_mean(chosen, &names)).into());
        };
        self.push(&variant.index)?;
        match fields {
            Some(fields) => self.fields(&variant.name, &variant.fields, fields),
            None if variant.fields.is_empty() => Ok(()),
            None => {
                let message = format!("the variant {chosen} has fields");
                let shape = match are_named(&variant.fields) {
                    true => "{ ... }",
                    false => "[ ... ]",
                };
                let fields = fields_are(&variant.fields);
                let help = format!("write {{ {chosen} = {shape} }}: {fields}");
                Err(Mismatch::new(span, message, help).into())
            }
        }
    }
}
