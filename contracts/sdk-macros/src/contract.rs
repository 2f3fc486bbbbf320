//! `#[contract]`: the exports and the ABI section of an `impl` block.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, ImplItem, ImplItemFn, ItemImpl, Path, Token, Type, Visibility};

use crate::docs::{check_conditions_below, docs, name, take_marker};
use crate::export::export;
use crate::method::{MethodSignature, Mistakes};
use crate::taken::check_export_name;

/// What stands in the parentheses of the attribute.
struct Arguments {
    events: Vec<Path>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Ok(Arguments { events: Vec::new() });
        }
        let word: Ident = input.parse()?;
        if word != "events" {
            return Err(Error::new(word.span(), "expected `events(EventA, EventB)`"));
        }
        let list;
        syn::parenthesized!(list in input);
        let events = Punctuated::<Path, Token![,]>::parse_terminated(&list)?;
        if !input.is_empty() {
            return Err(input.error("nothing follows the list of events"));
        }
        Ok(Arguments {
            events: events.into_iter().collect(),
        })
    }
}

/// A method of the contract.
pub(crate) struct Method {
    pub(crate) signature: MethodSignature,
    docs: String,
    pub(crate) payable: bool,
    invariant: bool,
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let arguments: Arguments = syn::parse2(arguments)?;
    let mut block: ItemImpl = syn::parse2(item)?;
    let contract_name = check_block(&block)?;
    let methods = methods(&mut block)?;
    let abi = abi(&contract_name, &block, &methods, &arguments.events);
    let contract = &block.self_ty;
    let exports = methods.iter().map(|method| export(contract, method));
    Ok(quote! {
        #block
        #abi

        #[cfg(target_arch = "wasm32")]
        #[expect(unsafe_code, reason = "exports and the ABI section are named for the machine")]
        const _: () = {
            const _: () = {
                #[unsafe(link_section = "lockstep.abi")]
                static SECTION: [u8; <#contract as ::lockstep_sdk::Contract>::ABI.section_length()] =
                    <#contract as ::lockstep_sdk::Contract>::ABI.section();
            };

            #(const _: () = { #exports };)*
        };
    })
}

/// The contract's name; an error when the block is not a plain `impl Name`.
fn check_block(block: &ItemImpl) -> syn::Result<String> {
    let mut mistakes = Mistakes::default();
    check_conditions_below(&block.attrs, &mut mistakes);
    if let Some((_, path, _)) = &block.trait_ {
        mistakes.add(path, "`#[contract]` stands above an `impl` without a trait");
    }
    if !block.generics.params.is_empty() {
        mistakes.add(
            &block.generics,
            "a contract cannot be generic: name the types",
        );
    }
    let contract_name = match &*block.self_ty {
        Type::Path(path) => path.path.segments.last().map(|last| name(&last.ident)),
        _ => None,
    };
    if contract_name.is_none() {
        mistakes.add(
            &block.self_ty,
            "expected the name of a `#[derive(Storage)]` struct",
        );
    }
    mistakes.none_or_error()?;
    Ok(contract_name.unwrap_or_default())
}

/// The public methods in order. Takes the markers that only this macro knows off the block.
fn methods(block: &mut ItemImpl) -> syn::Result<Vec<Method>> {
    let mut mistakes = Mistakes::default();
    let mut methods = Vec::new();
    let mut any_public = false;
    for item in &mut block.items {
        let function = match item {
            ImplItem::Fn(function) => function,
            ImplItem::Macro(invocation) => {
                let text = "`#[contract]` does not see what this makes, so its methods would not \
                            be exported: write them out, or move it to an `impl` of its own";
                mistakes.add(invocation, text);
                continue;
            }
            _ => continue,
        };
        let payable = take_marker(&mut function.attrs, "payable", &mut mistakes);
        let invariant = take_marker(&mut function.attrs, "invariant", &mut mistakes);
        let public = matches!(function.vis, Visibility::Public(_));
        if payable && !public {
            mistakes.add(&function.sig.ident, "only a `pub` method can be payable");
        }
        if invariant && !public {
            mistakes.add(
                &function.sig.ident,
                "only a `pub` method can be an invariant",
            );
        }
        any_public |= public;
        if public {
            match method(function, payable, invariant) {
                Ok(method) => methods.push(method),
                Err(error) => mistakes.join(error),
            }
        }
    }
    if !any_public {
        mistakes.add(&block.self_ty, "a contract has a `pub` method at least");
    }
    mistakes.none_or_error()?;
    Ok(methods)
}

fn method(function: &ImplItemFn, payable: bool, invariant: bool) -> syn::Result<Method> {
    let mut mistakes = Mistakes::default();
    check_export_name(&function.sig.ident, &mut mistakes);
    let signature = mistakes.unless(MethodSignature::parse(&function.attrs, &function.sig))?;
    let ident = &signature.ident;
    if (ident == "init" || ident == "upgraded") && !signature.mutates {
        return Err(Error::new_spanned(
            ident,
            "this method sets up state: take `&mut self`",
        ));
    }
    if payable && !signature.mutates {
        return Err(Error::new_spanned(
            ident,
            "a payable method takes `&mut self`",
        ));
    }
    if invariant && (signature.mutates || !signature.params.is_empty()) {
        return Err(Error::new_spanned(
            ident,
            "an invariant takes `&self` and nothing else",
        ));
    }
    if invariant && !says_whether(&signature.output) {
        return Err(Error::new_spanned(
            &signature.output,
            "an invariant returns `bool`, or nothing and panics when it does not hold",
        ));
    }
    Ok(Method {
        signature,
        docs: docs(&function.attrs),
        payable,
        invariant,
    })
}

/// Whether an invariant can return this: `bool` or nothing. Of another value no one could tell
/// whether it says that the invariant holds.
fn says_whether(output: &Type) -> bool {
    match output {
        Type::Path(path) => path.qself.is_none() && path.path.is_ident("bool"),
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        _ => false,
    }
}

/// The description of the contract as a constant.
fn abi(contract_name: &str, block: &ItemImpl, methods: &[Method], events: &[Path]) -> TokenStream {
    let contract = &block.self_ty;
    let contract_docs = docs(&block.attrs);
    let methods = methods.iter().map(method_shape);
    quote! {
        impl ::lockstep_sdk::Contract for #contract {
            const ABI: ::lockstep_sdk::shape::ContractShape = ::lockstep_sdk::shape::ContractShape {
                name: #contract_name,
                docs: #contract_docs,
                methods: &[#(#methods),*],
                events: &[#(<#events as ::lockstep_sdk::Event>::SHAPE),*],
            };
        }
    }
}

fn method_shape(method: &Method) -> TokenStream {
    let Method {
        signature,
        docs,
        payable,
        invariant,
    } = method;
    let (method_name, mutates, output) =
        (name(&signature.ident), signature.mutates, &signature.output);
    let params = signature.params.iter().map(|(param, ty)| {
        let param = name(param);
        quote! {
            ::lockstep_sdk::shape::FieldShape {
                name: #param,
                ty: <#ty as ::lockstep_sdk::Describe>::SHAPE,
            }
        }
    });
    quote! {
        ::lockstep_sdk::shape::MethodShape {
            name: #method_name,
            docs: #docs,
            kind: ::lockstep_sdk::macros::method_kind(#method_name, #invariant),
            mutates: #mutates,
            payable: #payable,
            params: &[#(#params),*],
            output: <#output as ::lockstep_sdk::MethodResult>::OUTPUT,
            error: <#output as ::lockstep_sdk::MethodResult>::ERROR,
        }
    }
}
