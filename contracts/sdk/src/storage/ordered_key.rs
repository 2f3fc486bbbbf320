//! Encodings of keys whose byte order is the order of the keys.
//!
//! Integers are big-endian, signed ones with the sign bit flipped. Text and bytes end with two
//! zero bytes, and a zero byte within is followed by 255, so that a shorter text comes before
//! its continuations and a tuple's next part cannot be taken for more of the text.

use alloc::string::String;
use alloc::vec::Vec;

use lockstep_abi::{AccountId, CodeHash, Hash};

/// A type that can be the key of an [`OrderedMap`](super::OrderedMap). The encoding must keep
/// the order, and no key's encoding may be the beginning of another's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of an `OrderedMap`",
    label = "has no encoding that keeps its order",
    note = "keys are integers, `bool`, ids, byte arrays, `String`, `Vec<u8>`, and tuples of 2 to 4 of these",
    note = "a `Map` takes every key that the ABI can describe, and cannot be walked"
)]
pub trait OrderedKey: Sized {
    /// Adds the encoding to `out`.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads a key from the front of `input` and moves `input` behind it; `None` when the bytes
    /// are not a key.
    fn read(input: &mut &[u8]) -> Option<Self>;
}

/// Takes `N` bytes from the front.
fn take<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = input.split_first_chunk::<N>()?;
    *input = rest;
    Some(*front)
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident),*) => {
        $(impl OrderedKey for $unsigned {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                Some(Self::from_be_bytes(take(input)?))
            }
        }

        impl OrderedKey for $signed {
            fn write(&self, out: &mut Vec<u8>) {
                (self.cast_unsigned() ^ $signed::MIN.cast_unsigned()).write(out);
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                let flipped = $unsigned::read(input)?;
                Some((flipped ^ $signed::MIN.cast_unsigned()).cast_signed())
            }
        })*
    };
}

integers!(u8 i8, u16 i16, u32 i32, u64 i64, u128 i128);

macro_rules! identifiers {
    ($($type:ident),*) => {
        $(impl OrderedKey for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0);
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                take(input).map($type)
            }
        })*
    };
}

identifiers!(AccountId, CodeHash, Hash);

impl OrderedKey for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        match take(input)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl<const N: usize> OrderedKey for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        take(input)
    }
}

impl OrderedKey for Vec<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        for &byte in self {
            out.push(byte);
            if byte == 0 {
                out.push(255);
            }
        }
        out.extend_from_slice(&[0, 0]);
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        let mut bytes = Vec::new();
        loop {
            match take(input)? {
                [0] => match take(input)? {
                    [0] => return Some(bytes),
                    [255] => bytes.push(0),
                    _ => return None,
                },
                [byte] => bytes.push(byte),
            }
        }
    }
}

impl OrderedKey for String {
    fn write(&self, out: &mut Vec<u8>) {
        // UTF-8 orders as its characters do.
        self.as_bytes().to_vec().write(out);
    }

    fn read(input: &mut &[u8]) -> Option<Self> {
        String::from_utf8(Vec::read(input)?).ok()
    }
}

macro_rules! tuples {
    ($(($($part:ident $at:tt),*))*) => {
        $(impl<$($part: OrderedKey),*> OrderedKey for ($($part,)*) {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$at.write(out);)*
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                Some(($($part::read(input)?,)*))
            }
        })*
    };
}

tuples! { (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) }
