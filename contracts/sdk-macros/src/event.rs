//! `#[derive(Event)]`: the topics, data and description of an event.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields};

use crate::data;
use crate::docs::{check_marker, docs, name};
use crate::method::Mistakes;

/// The machine takes 4 topics, the first of which is the name.
const TOPIC_FIELDS_MAX: usize = 3;
const NAME_BYTES_MAX: usize = 32;

pub(crate) fn expand(item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let ident = &item.ident;
    let Data::Struct(structure) = &item.data else {
        return Err(Error::new_spanned(ident, "an event is a struct"));
    };
    check(&item, &structure.fields)?;
    let (event_name, event_docs) = (name(ident), docs(&item.attrs));
    let shapes = data::fields(&structure.fields)?;
    let accesses: Vec<TokenStream> = structure
        .fields
        .members()
        .map(|m| quote!(self.#m))
        .collect();
    let topic_at: Vec<u8> = (0u8..)
        .zip(&structure.fields)
        .filter(|(_, f)| is_topic(f))
        .map(|(at, _)| at)
        .collect();
    let topics = topic_at
        .iter()
        .filter_map(|at| accesses.get(usize::from(*at)));
    let topics = quote! {
        const { ::lockstep_sdk::macros::name_topic(#event_name) },
        #(::lockstep_sdk::macros::field_topic(&#topics)),*
    };
    Ok(quote! {
        impl ::lockstep_sdk::Event for #ident {
            const SHAPE: ::lockstep_sdk::shape::EventShape = ::lockstep_sdk::shape::EventShape {
                name: #event_name,
                docs: #event_docs,
                fields: &[#shapes],
                topics: &[#(#topic_at),*],
            };

            fn topics(&self) -> ::lockstep_sdk::prelude::Vec<[u8; 32]> {
                ::lockstep_sdk::macros::vec![#topics]
            }

            fn emit(&self) {
                ::lockstep_sdk::macros::emit(self, &[#topics], |data| {
                    #(::lockstep_sdk::codec::Encode::encode_to(&#accesses, data);)*
                });
            }

            fn data(&self) -> ::lockstep_sdk::prelude::Vec<u8> {
                let length = 0 #(+ ::lockstep_sdk::codec::Encode::size_hint(&#accesses))*;
                let mut data = ::lockstep_sdk::prelude::Vec::with_capacity(length);
                #(::lockstep_sdk::codec::Encode::encode_to(&#accesses, &mut data);)*
                data
            }
        }
    })
}

fn is_topic(field: &Field) -> bool {
    field
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("topic"))
}

fn check(item: &DeriveInput, fields: &Fields) -> syn::Result<()> {
    let mut mistakes = Mistakes::default();
    if !item.generics.params.is_empty() {
        mistakes.add(&item.generics, "an event cannot be generic: name the types");
    }
    if name(&item.ident).len() > NAME_BYTES_MAX {
        mistakes.add(
            &item.ident,
            "an event's name has at most 32 bytes: it is topic 0",
        );
    }
    if fields.len() > usize::from(u8::MAX) {
        mistakes.add(&item.ident, "an event has at most 255 fields");
    }
    let attributes = fields.iter().flat_map(|field| &field.attrs);
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("topic")) {
        check_marker(attribute, &mut mistakes);
    }
    for field in fields
        .iter()
        .filter(|field| is_topic(field))
        .skip(TOPIC_FIELDS_MAX)
    {
        mistakes.add(field, "an event has at most 3 topics besides its name");
    }
    mistakes.none_or_error()
}
