//! Which types a contract's methods, errors, events and storage can be made of, each with its
//! [`Shape`]. `#[data]` adds a contract's own structs and enums.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use lockstep_abi::{AccountId, CodeHash, Hash};

use crate::shape::Shape;

/// A type that the ABI can describe. Its SCALE encoding is the one that the shape stands for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no description for the ABI",
    label = "not a type that crosses a contract's boundary or is stored",
    note = "put `#[data]` on a struct or enum of your own, that of an error too",
    note = "floats are refused: use integers or fixed-point numbers",
    note = "`usize` and `isize` have no fixed size: use `u32` or `u64`",
    note = "references are refused: use owned types such as `String` and `Vec<u8>`"
)]
pub trait Describe {
    /// The type, written out in full.
    const SHAPE: &'static Shape;
}

macro_rules! describe {
    ($($type:ty => $shape:ident),* $(,)?) => {
        $(impl Describe for $type { const SHAPE: &'static Shape = &Shape::$shape; })*
    };
}

describe! {
    () => Unit, bool => Bool,
    u8 => U8, u16 => U16, u32 => U32, u64 => U64, u128 => U128,
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, i128 => I128,
    String => String, AccountId => AccountId, CodeHash => CodeHash, Hash => Hash,
}

impl<T: Describe> Describe for Option<T> {
    const SHAPE: &'static Shape = &Shape::Option(T::SHAPE);
}

impl<T: Describe> Describe for Vec<T> {
    const SHAPE: &'static Shape = match T::SHAPE {
        Shape::U8 => &Shape::Bytes,
        item => &Shape::List(item),
    };
}

impl<T: Describe, const N: usize> Describe for [T; N] {
    const SHAPE: &'static Shape = &Shape::Array(T::SHAPE, array_length(N));
}

impl<K: Describe, V: Describe> Describe for BTreeMap<K, V> {
    const SHAPE: &'static Shape = &Shape::Map(K::SHAPE, V::SHAPE);
}

impl<T: Describe> Describe for Box<T> {
    const SHAPE: &'static Shape = T::SHAPE;
}

macro_rules! describe_tuples {
    ($(($($part:ident),*))*) => {
        $(impl<$($part: Describe),*> Describe for ($($part,)*) {
            const SHAPE: &'static Shape = &Shape::Tuple(&[$($part::SHAPE),*]);
        })*
    };
}

describe_tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

const fn array_length(length: usize) -> u32 {
    assert!(
        length <= u32::MAX as usize,
        "an array in the ABI has at most 2^32 - 1 items"
    );
    length as u32
}
