//! The exported function of a contract's method.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type};

use crate::contract::Method;
use crate::docs::name;
use crate::method::MethodSignature;

/// The exported function of a method: reads the parameters, runs the method, ends the frame. The
/// types of the parameters are not repeated: they may name what means something else here.
pub(crate) fn export(contract: &Type, method: &Method) -> TokenStream {
    let MethodSignature { ident, params, .. } = &method.signature;
    let method_name = name(ident);
    let function = format_ident!("export_{}", method_name);
    let values: Vec<Ident> = (0..params.len())
        .map(|i| format_ident!("value_{i}"))
        .collect();
    let arguments = match method.payable {
        true => quote!(of),
        false => quote!(without_value),
    };
    let reads = if params.is_empty() {
        quote!()
    } else {
        quote!(#(let #values = arguments.read();)*)
    };
    let binding = if params.is_empty() {
        quote!(arguments)
    } else {
        quote!(mut arguments)
    };
    let receiver = if method.signature.mutates {
        quote!(&mut contract)
    } else {
        quote!(&contract)
    };
    let contract_binding = if method.signature.mutates {
        quote!(mut contract)
    } else {
        quote!(contract)
    };
    quote! {
        #[unsafe(export_name = #method_name)]
        extern "C" fn #function() {
            let #binding = ::lockstep_sdk::macros::Arguments::#arguments(#method_name);
            #reads
            arguments.end();
            let #contract_binding = <#contract as ::lockstep_sdk::Storage>::stored();
            let result = <#contract>::#ident(#receiver, #(#values),*);
            ::lockstep_sdk::MethodResult::finish(result)
        }
    }
}
