//! `#[derive(Storage)]`: each field under its name.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Lit, LitStr, Meta};

use crate::docs::name;
use crate::method::Mistakes;

/// Leaves room for a map's hash and key within the machine's 256 bytes.
const NAME_BYTES_MAX: usize = 64;

pub(crate) fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let ident = &item.ident;
    let Data::Struct(structure) = &item.data else {
        return Err(Error::new_spanned(
            ident,
            "a contract's storage is a struct",
        ));
    };
    let Fields::Named(fields) = &structure.fields else {
        return Err(Error::new_spanned(
            ident,
            "a storage field is stored under its name: name it",
        ));
    };
    let mut mistakes = Mistakes::default();
    if !item.generics.params.is_empty() {
        mistakes.add(
            &item.generics,
            "a contract's storage cannot be generic: name the types",
        );
    }
    let mut names = BTreeSet::new();
    let mut opens = Vec::new();
    for field in &fields.named {
        match stored_name(field) {
            Ok(stored) => {
                if !names.insert(stored.value()) {
                    mistakes.add(&stored, "two fields cannot be stored under one name");
                }
                let (field_ident, ty) = (&field.ident, &field.ty);
                opens.push(quote! {
                    #field_ident: <#ty as ::lockstep_sdk::StorageField>::named(#stored)
                });
            }
            Err(error) => mistakes.join(error),
        }
    }
    mistakes.none_or_error()?;
    Ok(quote! {
        impl ::lockstep_sdk::Storage for #ident {
            fn stored() -> Self {
                #ident { #(#opens),* }
            }
        }
    })
}

/// What `#[key = "name"]` says, or the field's name.
fn stored_name(field: &Field) -> syn::Result<LitStr> {
    let mut keys = field.attrs.iter().filter(|it| it.path().is_ident("key"));
    let stored = match keys.next() {
        Some(attribute) => stated_name(attribute)?,
        None => {
            let ident = field.ident.as_ref().map(name).unwrap_or_default();
            LitStr::new(
                &ident,
                field
                    .ident
                    .as_ref()
                    .map_or_else(proc_macro2::Span::call_site, syn::Ident::span),
            )
        }
    };
    if let Some(second) = keys.next() {
        return Err(Error::new_spanned(second, "a field has one `#[key]`"));
    }
    let text = stored.value();
    let plain = text.chars().all(|c| c == '_' || c.is_alphanumeric());
    if text.is_empty() || !plain || text.len() > NAME_BYTES_MAX {
        let why = "a storage name has 1 to 64 bytes: letters, digits and `_`";
        return Err(Error::new(stored.span(), why));
    }
    Ok(stored)
}

/// What `#[key = "name"]` says.
fn stated_name(attribute: &Attribute) -> syn::Result<LitStr> {
    match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Ok(text.clone()),
            other => Err(Error::new_spanned(other, "expected `#[key = \"name\"]`")),
        },
        other => Err(Error::new_spanned(other, "expected `#[key = \"name\"]`")),
    }
}
