//! What stands between an exported function and the method behind it: reading the input and
//! ending the frame. `#[contract]` writes one export for each method out of these parts.

use alloc::vec::Vec;

use lockstep_abi::MethodKind;
use parity_scale_codec::{Decode, Encode};

use crate::describe::Describe;
use crate::host;
use crate::shape::{ContractShape, Shape};
use crate::unread::Unread;

/// A contract, as `#[contract]` makes it.
pub trait Contract {
    /// Its methods and events.
    const ABI: ContractShape;
}

/// What a method can return: a value, which becomes the output, or a `Result`, whose error
/// reverts what the frame did.
#[diagnostic::on_unimplemented(
    message = "a contract's method cannot return `{Self}`",
    label = "this, or a type in it, has no encoding or no description for the ABI",
    note = "a method returns a value, or a `Result` of a value and an error",
    note = "put `#[data]` on a struct or enum of your own, that of an error too",
    note = "floats are refused, and so are `usize` and `isize`: use `u32` or `u64`"
)]
pub trait MethodResult {
    /// The type of the output.
    const OUTPUT: &'static Shape;
    /// The type of the error, if the method can fail.
    const ERROR: Option<&'static Shape>;

    /// Ends the frame with this result. To the compiler it comes back: it takes code that leads to
    /// no end for code that seldom runs, and would not inline what a method calls.
    fn finish(self);
}

impl<T: Encode + Describe> MethodResult for T {
    const OUTPUT: &'static Shape = T::SHAPE;
    const ERROR: Option<&'static Shape> = None;

    /// No output needs no call: the output of a method that comes back is empty.
    #[inline(always)]
    fn finish(self) {
        self.using_encoded(|output| {
            if !output.is_empty() {
                host::finish(output);
            }
        });
    }
}

impl<T: Encode + Describe, E: Encode + Describe> MethodResult for Result<T, E> {
    const OUTPUT: &'static Shape = T::SHAPE;
    const ERROR: Option<&'static Shape> = Some(E::SHAPE);

    #[inline(always)]
    fn finish(self) {
        match self {
            Ok(output) => output.finish(),
            Err(error) => error.using_encoded(host::revert),
        }
    }
}

/// The input of a call, read parameter by parameter.
pub struct Arguments {
    method: &'static str,
    unread: Unread<'static>,
}

impl Arguments {
    /// The input of the running call, which is one of `method`. It stays in memory: an instance
    /// lives for one call.
    #[inline(always)]
    pub fn of(method: &'static str) -> Self {
        Arguments {
            method,
            unread: Unread(host::input().leak()),
        }
    }

    /// The same for a method that takes no value. Ends the frame with a panic when a value came
    /// with the call.
    pub fn without_value(method: &'static str) -> Self {
        if crate::context::value() != 0 {
            fail(&[method, " takes no value"]);
        }
        Arguments::of(method)
    }

    /// The next parameter. Ends the frame with a panic when the input does not hold one.
    #[inline(always)]
    pub fn read<T: Decode>(&mut self) -> T {
        let Ok(value) = T::decode(&mut self.unread) else {
            self.fail(" cannot read its input: it does not hold the parameters");
        };
        value
    }

    /// Ends the frame with a panic when bytes follow the last parameter.
    #[inline(always)]
    pub fn end(self) {
        if !self.unread.is_empty() {
            self.fail(" cannot read its input: bytes follow the last parameter");
        }
    }

    #[cold]
    fn fail(&self, why: &str) -> ! {
        fail(&[self.method, why])
    }
}

/// Which kind of method its name and its marker make it.
pub const fn method_kind(name: &str, invariant: bool) -> MethodKind {
    match name.as_bytes() {
        b"init" => MethodKind::Init,
        b"upgraded" => MethodKind::Upgraded,
        _ if invariant => MethodKind::Invariant,
        _ => MethodKind::Call,
    }
}

/// Ends the frame as a panic whose message is these parts together. `panic!` gives no message that
/// values are put into, because contracts have no code that formats.
#[cold]
pub fn fail(parts: &[&str]) -> ! {
    let mut message = Vec::new();
    for part in parts {
        message.extend_from_slice(part.as_bytes());
    }
    host::panic(&message)
}
