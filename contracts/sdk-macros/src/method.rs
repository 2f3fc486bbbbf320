//! What `#[contract]` and `#[interface]` have in common: a method's signature, checked.

use syn::{Attribute, Error, FnArg, Ident, Pat, Receiver, ReturnType, Signature, Type};

use crate::docs::{is_conditional, name};

/// A signature that can be a contract's method.
pub(crate) struct MethodSignature {
    pub(crate) ident: Ident,
    pub(crate) mutates: bool,
    pub(crate) params: Vec<(Ident, Type)>,
    pub(crate) output: Type,
}

/// The longest name that the machine accepts for a method.
const NAME_BYTES_MAX: usize = 128;

impl MethodSignature {
    /// Checks a method's attributes and its signature; every mistake is reported at its place.
    pub(crate) fn parse(attributes: &[Attribute], signature: &Signature) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        check_conditions(attributes, &mut mistakes);
        check_name(&signature.ident, &mut mistakes);
        check_qualifiers(signature, &mut mistakes);
        let mutates = match signature.receiver() {
            Some(receiver) => check_receiver(receiver, &mut mistakes),
            None => {
                let span = &signature.ident;
                mistakes.add(span, "a contract's method takes `&self` or `&mut self`");
                false
            }
        };
        let mut params = Vec::new();
        for input in &signature.inputs {
            let FnArg::Typed(param) = input else { continue };
            check_conditions(&param.attrs, &mut mistakes);
            match (&*param.pat, &*param.ty) {
                (_, Type::Reference(reference)) => {
                    let text = "a parameter is decoded from the call's input, so it is owned: \
                                take `String` in place of `&str`, `Vec<T>` in place of `&[T]`";
                    mistakes.add(reference, text);
                }
                (_, Type::ImplTrait(ty)) => {
                    mistakes.add(ty, "a contract's method cannot be generic: name the types");
                }
                (Pat::Ident(pat), ty) => params.push((pat.ident.clone(), ty.clone())),
                (pat, _) => mistakes.add(pat, "a parameter is one name, which the ABI shows"),
            }
        }
        let output = match &signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)) => {
                mistakes.add(ty, "the ABI describes what a method returns: name the type");
                syn::parse_quote!(())
            }
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        mistakes.none_or_error()?;
        Ok(MethodSignature {
            ident: signature.ident.clone(),
            mutates,
            params,
            output,
        })
    }
}

/// What is generated for a method would not go away with it.
fn check_conditions(attributes: &[Attribute], mistakes: &mut Mistakes) {
    for attribute in attributes
        .iter()
        .filter(|attribute| is_conditional(attribute))
    {
        let text = "a contract has the same methods in every build: put the condition above the \
                    macro's attribute, or into the method";
        mistakes.add(attribute, text);
    }
}

fn check_name(ident: &Ident, mistakes: &mut Mistakes) {
    let name = name(ident);
    if name.len() > NAME_BYTES_MAX {
        mistakes.add(ident, "a method's name has at most 128 bytes");
    }
    let lifecycle = name == "init" || name == "upgraded";
    if lifecycle && ident != name.as_str() {
        mistakes.add(ident, "write this name without `r#`");
    }
}

fn check_qualifiers(signature: &Signature, mistakes: &mut Mistakes) {
    if let Some(token) = &signature.asyncness {
        mistakes.add(
            token,
            "a contract's method cannot be async: a call runs to its end",
        );
    }
    if let Some(token) = &signature.unsafety {
        mistakes.add(
            token,
            "a contract's method cannot be unsafe: anybody may call it",
        );
    }
    if let Some(token) = &signature.abi {
        mistakes.add(token, "`#[contract]` writes the export: leave out `extern`");
    }
    if !signature.generics.params.is_empty() {
        mistakes.add(
            &signature.generics,
            "a contract's method cannot be generic: name the types",
        );
    }
}

/// Whether the method may change state.
fn check_receiver(receiver: &Receiver, mistakes: &mut Mistakes) -> bool {
    if receiver.reference.is_none() || receiver.colon_token.is_some() {
        mistakes.add(receiver, "a contract's method takes `&self` or `&mut self`");
    }
    receiver.mutability.is_some()
}

/// Mistakes found so far, to be reported together.
#[derive(Default)]
pub(crate) struct Mistakes(Option<Error>);

impl Mistakes {
    /// Adds a mistake at these tokens.
    pub(crate) fn add(&mut self, tokens: impl quote::ToTokens, text: &str) {
        self.join(Error::new_spanned(tokens, text));
    }

    /// Adds a mistake that another check found.
    pub(crate) fn join(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, unless there are mistakes here or in place of it.
    pub(crate) fn unless<T>(self, found: syn::Result<T>) -> syn::Result<T> {
        match (self.0, found) {
            (None, found) => found,
            (Some(first), Ok(_)) => Err(first),
            (Some(mut first), Err(error)) => {
                first.combine(error);
                Err(first)
            }
        }
    }

    /// All mistakes as one error, if there are any.
    pub(crate) fn none_or_error(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
