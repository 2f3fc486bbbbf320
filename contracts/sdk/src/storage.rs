//! Typed storage. A contract's storage is a flat map from bytes to bytes. Each field of its
//! `#[derive(Storage)]` struct has keys of its own: names have no `:`, so no walk reaches another's.
//!
//! | field | keys |
//! |---|---|
//! | [`Item`], [`Transient`] | the field's name |
//! | [`Map`] | name, `:`, blake2b-128 of the encoded key, the encoded key |
//! | [`OrderedMap`] | name, `:`, the key in an encoding that keeps its order |
//!
//! Renaming a field moves it to other keys: to keep what is stored, write `#[key = "old_name"]` above
//! it. The order of the fields does not matter. Values are SCALE encoded.

mod item;
mod map;
mod ordered_key;
mod ordered_map;
mod ordered_map_keys;

use alloc::{vec, vec::Vec};

use lockstep_abi::LENGTH_ABSENT;
use parity_scale_codec::Decode;

use crate::unread::Unread;

pub use item::{Item, Transient};
pub use map::{Map, MapEntry};
pub use ordered_key::OrderedKey;
pub use ordered_map::{OrderedIter, OrderedMap};
pub use ordered_map_keys::OrderedKeys;

/// A contract's storage as a whole. Made by `#[derive(Storage)]`.
pub trait Storage {
    /// The storage of this contract. Reads nothing.
    fn stored() -> Self;
}

/// One field of a contract's storage.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field of a contract's storage",
    label = "not an `Item`, `Map`, `OrderedMap` or `Transient`",
    note = "for one value write `Item<{Self}>`"
)]
pub trait StorageField {
    /// The field that is stored under this name.
    fn named(name: &'static str) -> Self;
}

/// How many bytes a first read makes room for when the type does not tell its length.
const FIRST_READ_BYTES: usize = 128;

/// Reads and decodes a value with a host function that fills a buffer and returns the value's
/// full length. `field` is for the message when the bytes are not a `T`.
fn read_value<T: Decode>(field: &str, read: impl Fn(&mut [u8]) -> i32) -> Option<T> {
    let mut first = [0; FIRST_READ_BYTES];
    let wanted = T::encoded_fixed_size()
        .unwrap_or(FIRST_READ_BYTES)
        .min(FIRST_READ_BYTES);
    let room = first.get_mut(..wanted).unwrap_or_default();
    let length = read(room);
    if length == LENGTH_ABSENT {
        return None;
    }
    let length = length as usize;
    if let Some(value) = room.get(..length) {
        return Some(decode_value(field, value));
    }
    let mut value = vec![0; length];
    read(&mut value);
    Some(decode_value(field, &value))
}

/// Decodes what is stored. A contract that was upgraded to code with other types finds bytes
/// that it cannot read; it then panics, naming the field.
fn decode_value<T: Decode>(field: &str, bytes: &[u8]) -> T {
    let mut unread = Unread(bytes);
    match T::decode(&mut unread) {
        Ok(value) if unread.is_empty() => value,
        _ => crate::entry::fail(&[
            "the storage field ",
            field,
            " holds a value of another type",
        ]),
    }
}

/// The machine's limit for storage keys, in bytes.
const KEY_BYTES_MAX: usize = 256;

/// What ends the name in the keys of a field that has many entries.
const SEPARATOR: u8 = b':';

/// Room for a prefix and most keys, so that building a key allocates once.
const PREFIX_CAPACITY: usize = 96;

/// The name and a separator: how the keys of a field that has many entries begin.
fn prefix(name: &str, end: u8) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(PREFIX_CAPACITY);
    prefix.extend_from_slice(name.as_bytes());
    prefix.push(end);
    prefix
}
