//! `#[interface]`: a typed caller of another contract out of a trait.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, ItemTrait, TraitItem, TraitItemFn, Visibility};

use crate::docs::{check_conditions_below, is_conditional, name};
use crate::method::{MethodSignature, Mistakes};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            "`#[interface]` takes no arguments",
        ));
    }
    let item: ItemTrait = syn::parse2(item)?;
    let mut mistakes = Mistakes::default();
    check_conditions_below(&item.attrs, &mut mistakes);
    check_attributes(&item.attrs, &mut mistakes);
    if !item.generics.params.is_empty() {
        mistakes.add(
            &item.generics,
            "an interface cannot be generic: name the types",
        );
    }
    if !item.supertraits.is_empty() {
        mistakes.add(
            &item.supertraits,
            "an interface has no supertraits: repeat their methods here",
        );
    }
    if let Some(bounds) = &item.generics.where_clause {
        mistakes.add(bounds, "an interface has no bounds");
    }
    let mut callers = Vec::new();
    for entry in &item.items {
        match entry {
            TraitItem::Fn(function) => match caller(&item.vis, function) {
                Ok(caller) => callers.push(caller),
                Err(error) => mistakes.join(error),
            },
            other => mistakes.add(other, "an interface has methods only"),
        }
    }
    mistakes.none_or_error()?;
    Ok(caller_struct(&item, &callers))
}

fn caller_struct(item: &ItemTrait, callers: &[TokenStream]) -> TokenStream {
    let (vis, ident) = (&item.vis, &item.ident);
    let docs: Vec<&Attribute> = item
        .attrs
        .iter()
        .filter(|a| a.path().is_ident("doc"))
        .collect();
    quote! {
        #(#docs)*
        #[derive(Clone, Copy, Debug)]
        #vis struct #ident {
            remote: ::lockstep_sdk::Remote,
        }

        impl #ident {
            /// The contract with this id, to be called without value and with all gas.
            #vis const fn at(contract: ::lockstep_sdk::AccountId) -> Self {
                #ident { remote: ::lockstep_sdk::Remote::at(contract) }
            }

            #(#callers)*
        }

        impl ::lockstep_sdk::Interface for #ident {
            fn remote(&self) -> ::lockstep_sdk::Remote {
                self.remote
            }
        }

        impl ::core::convert::From<::lockstep_sdk::Remote> for #ident {
            fn from(remote: ::lockstep_sdk::Remote) -> Self {
                #ident { remote }
            }
        }
    }
}

/// Refuses attributes that the struct and its methods would not have. Conditions are refused by
/// others.
fn check_attributes(attributes: &[Attribute], mistakes: &mut Mistakes) {
    for attribute in attributes {
        if attribute.path().is_ident("doc") || is_conditional(attribute) {
            continue;
        }
        let text = if attribute.path().is_ident("payable") {
            "whether a method is payable is up to the contract: a call sends what the caller \
             says, as in `Token::at(token).with_value(5)`"
        } else {
            "an interface has documentation comments only: this attribute would be lost"
        };
        mistakes.add(attribute, text);
    }
}

fn caller(vis: &Visibility, function: &TraitItemFn) -> syn::Result<TokenStream> {
    if let Some(body) = &function.default {
        return Err(Error::new_spanned(
            body,
            "an interface's method has no body",
        ));
    }
    let mut mistakes = Mistakes::default();
    check_attributes(&function.attrs, &mut mistakes);
    let MethodSignature {
        ident,
        mutates,
        params,
        output,
    } = mistakes.unless(MethodSignature::parse(&function.attrs, &function.sig))?;
    if ident == "init" || ident == "upgraded" {
        let text = "no call can name this method: the machine runs it when the contract is made \
                    or upgraded";
        return Err(Error::new_spanned(ident, text));
    }
    if ident == "at" {
        let text = "`at` makes the caller itself: call this method with \
                    `Remote::at(contract).call(\"at\", &(...))`";
        return Err(Error::new_spanned(ident, text));
    }
    let docs = function.attrs.iter().filter(|a| a.path().is_ident("doc"));
    let method_name = name(&ident);
    let names: Vec<_> = params.iter().map(|(name, _)| name).collect();
    let types = params.iter().map(|(_, ty)| ty);
    let remote = if mutates {
        quote!(self.remote)
    } else {
        quote!(self.remote.read_only())
    };
    Ok(quote! {
        #(#docs)*
        #vis fn #ident(&self, #(#names: #types),*) -> ::core::result::Result<
            <#output as ::lockstep_sdk::macros::CallResult>::Output,
            ::lockstep_sdk::CallError<<#output as ::lockstep_sdk::macros::CallResult>::Error>,
        > {
            #remote.call(#method_name, &(#(#names,)*))
        }
    })
}
