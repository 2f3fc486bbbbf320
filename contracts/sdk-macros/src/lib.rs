//! The macros of `lockstep-sdk`, which exports them; contracts do not depend on this crate.
//!
//! Each macro has a module that checks what it is given and writes the code. What the written
//! code needs at run time lies in the SDK, in `entry`, `event`, `storage` and `call`, so that
//! little is generated. Mistakes are reported at the place in the contract's source that is
//! wrong, all of them at once.

mod contract;
mod data;
mod docs;
mod event;
mod export;
mod interface;
mod method;
#[cfg(test)]
mod mistakes;
mod storage;
mod taken;

use proc_macro::TokenStream;

/// Exports the public methods of an `impl` block as the methods of a contract.
///
/// Each `pub fn` takes `&mut self`, or `&self` to declare that it only reads, and owned parameters.
/// The ABI passes that on, and callers made by `#[interface]` call it read-only, so that the machine
/// stops it when it writes. In any other call nothing does: a `Remote` or an event in a `&self`
/// method can still change state.
///
/// A method returns a value or a `Result`. `init` runs once, when the contract is made; `upgraded`
/// runs once after an upgrade to this code. A method marked `#[payable]` takes a value; the others
/// refuse one. A method marked `#[invariant]` takes `&self` and nothing else, and says whether what
/// the contract promises holds, by `bool` or by a panic: `lockstep fuzz run` searches for calls after
/// which it does not. The events that the contract emits are listed:
/// `#[contract(events(Transferred))]`. Documentation comments end up in the contract's ABI section.
///
/// A module has one contract. The exports of a contract's crate among the dependencies would come
/// along and run on this contract's storage; `lockstep check` tells when that happened. Put types
/// and interfaces that others need into a crate without `#[contract]`.
///
/// The exports need `unsafe` attributes, which the macro allows for itself alone: a contract's crate
/// can have `#![deny(unsafe_code)]`, but not `#![forbid(unsafe_code)]`.
#[proc_macro_attribute]
pub fn contract(arguments: TokenStream, item: TokenStream) -> TokenStream {
    contract::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Turns a trait into a typed caller of another contract.
///
/// `#[interface] trait Token { fn transfer(&mut self, to: AccountId, amount: u128) -> Result<(),
/// TokenError>; }` becomes a struct `Token` with `Token::at(account)` and a method `transfer` that
/// returns `Result<(), CallError<TokenError>>`. The trait `Interface` gives it `with_value`,
/// `with_gas_limit` and `allow_reentry`, and a `Remote` converts into it. Methods with `&self` are
/// called read-only. `init` and `upgraded` have no place here: no call can name them. Nor have
/// supertraits: their methods are not known here.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    interface::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Lets a struct or enum be a parameter, output, error, event field or stored value: derives its
/// SCALE encoding and its description for the ABI.
///
/// The encoding of an enum begins with a byte: what `#[codec(index = 3)]` says, or the discriminant
/// (`Low = 3`), or the position, from 0. Behind a variant with a discriminant each states its own.
#[proc_macro_attribute]
pub fn data(arguments: TokenStream, item: TokenStream) -> TokenStream {
    data::attribute(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Describes a struct or enum for the ABI. `#[data]` derives this and the encoding together.
#[proc_macro_derive(Describe, attributes(codec))]
pub fn derive_describe(item: TokenStream) -> TokenStream {
    data::describe(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct an event. Fields marked `#[topic]` can be searched for; there are at most 3,
/// since topic 0 is the event's name.
#[proc_macro_derive(Event, attributes(topic))]
pub fn derive_event(item: TokenStream) -> TokenStream {
    event::expand(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Gives each field of a struct its place in the contract's storage, under the field's name or
/// under the name that `#[key = "name"]` says.
#[proc_macro_derive(Storage, attributes(key))]
pub fn derive_storage(item: TokenStream) -> TokenStream {
    storage::expand(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
