//! `#[data]` and `#[derive(Describe)]`: a contract's own types.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DataEnum, DeriveInput, Error, Expr, Fields, LitInt, Variant};

use crate::docs::name;
use crate::method::Mistakes;

/// `#[data]`: derives the encoding and the description.
pub(crate) fn attribute(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            "`#[data]` takes no arguments",
        ));
    }
    let item: DeriveInput = syn::parse2(item)?;
    Ok(quote! {
        #[derive(
            ::lockstep_sdk::codec::Encode,
            ::lockstep_sdk::codec::Decode,
            ::lockstep_sdk::Describe,
        )]
        #[codec(crate = ::lockstep_sdk::codec)]
        #item
    })
}

/// `#[derive(Describe)]`.
pub(crate) fn describe(item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    if !item.generics.params.is_empty() {
        let text = "the ABI writes types out in full, so this type cannot be generic";
        return Err(Error::new_spanned(&item.generics, text));
    }
    let ident = &item.ident;
    let type_name = name(ident);
    let shape = match &item.data {
        Data::Struct(data) => {
            let fields = fields(&data.fields)?;
            quote!(::lockstep_sdk::shape::Shape::Struct { name: #type_name, fields: &[#fields] })
        }
        Data::Enum(data) => {
            let variants = variants(data)?;
            quote!(::lockstep_sdk::shape::Shape::Enum { name: #type_name, variants: &[#variants] })
        }
        Data::Union(_) => return Err(Error::new_spanned(ident, "a union has no encoding")),
    };
    Ok(quote! {
        impl ::lockstep_sdk::Describe for #ident {
            const SHAPE: &'static ::lockstep_sdk::shape::Shape = &#shape;
        }
    })
}

/// The field shapes, separated by commas.
pub(crate) fn fields(fields: &Fields) -> syn::Result<TokenStream> {
    let mut mistakes = Mistakes::default();
    let mut shapes = Vec::new();
    for field in fields {
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("codec")) {
            mistakes.add(
                attribute,
                "the ABI cannot describe a field with another encoding",
            );
        }
        let field_name = field.ident.as_ref().map(name).unwrap_or_default();
        let ty = &field.ty;
        shapes.push(quote! {
            ::lockstep_sdk::shape::FieldShape {
                name: #field_name,
                ty: <#ty as ::lockstep_sdk::Describe>::SHAPE,
            }
        });
    }
    mistakes.none_or_error()?;
    Ok(quote!(#(#shapes),*))
}

fn variants(data: &DataEnum) -> syn::Result<TokenStream> {
    let mut mistakes = Mistakes::default();
    let mut shapes = Vec::new();
    let mut is_numbered = false;
    for (position, variant) in data.variants.iter().enumerate() {
        let variant_name = name(&variant.ident);
        let position = (!is_numbered).then_some(position);
        is_numbered |= variant.discriminant.is_some();
        match (index(variant, position), fields(&variant.fields)) {
            (Ok(index), Ok(fields)) => shapes.push(quote! {
                ::lockstep_sdk::shape::VariantShape {
                    name: #variant_name,
                    index: #index,
                    fields: &[#fields],
                }
            }),
            (index, fields) => {
                index
                    .err()
                    .into_iter()
                    .chain(fields.err())
                    .for_each(|e| mistakes.join(e));
            }
        }
    }
    mistakes.none_or_error()?;
    Ok(quote!(#(#shapes),*))
}

/// The byte that SCALE writes for a variant: `#[codec(index = 3)]`, or the discriminant, or the
/// position. Behind a discriminant Rust goes on counting from there and SCALE does not, so nothing
/// is a position there.
fn index(variant: &Variant, position: Option<usize>) -> syn::Result<Expr> {
    let mut stated = None;
    for attribute in variant.attrs.iter().filter(|a| a.path().is_ident("codec")) {
        index_attribute(attribute, &mut stated)?;
    }
    if let Some(index) = stated {
        return Ok(syn::parse_quote!(#index));
    }
    if let Some((_, discriminant)) = &variant.discriminant {
        return Ok(discriminant.clone());
    }
    let Some(position) = position else {
        let text = "behind a variant with a number, each states its own: `NAME = NUMBER`, or \
                    `#[codec(index = NUMBER)]`";
        return Err(Error::new_spanned(&variant.ident, text));
    };
    let position = u8::try_from(position)
        .map_err(|_| Error::new_spanned(&variant.ident, "an enum has at most 256 variants"))?;
    Ok(syn::parse_quote!(#position))
}

/// Reads one attribute. A variant can have more than one, and all together state one index.
fn index_attribute(attribute: &Attribute, stated: &mut Option<u8>) -> syn::Result<()> {
    let mut empty = true;
    attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("index") {
            return Err(meta.error("the ABI can describe `index = NUMBER` only"));
        }
        let number: LitInt = meta.value()?.parse()?;
        if stated.replace(number.base10_parse::<u8>()?).is_some() {
            return Err(meta.error("a variant has one index"));
        }
        empty = false;
        Ok(())
    })?;
    if empty {
        return Err(Error::new_spanned(attribute, "expected `index = NUMBER`"));
    }
    Ok(())
}
