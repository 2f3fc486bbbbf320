//! A map without order, safe for keys that users choose.

use alloc::vec::Vec;
use core::marker::PhantomData;

use parity_scale_codec::{Decode, Encode};

use super::{SEPARATOR, StorageField, prefix, read_value};
use crate::{crypto, host};

/// A map from keys to values. The stored key begins with a hash of the key, which spreads the
/// entries evenly over the state trie whatever keys users choose, and ends with the key itself,
/// so that whoever reads the state can tell the keys. There is no iteration: use
/// [`OrderedMap`](super::OrderedMap) where it is needed.
///
/// The name, 17 bytes and the encoded key together must stay within the machine's limit for
/// storage keys (256 bytes), or the frame traps.
#[derive(Debug)]
pub struct Map<K, V> {
    name: &'static str,
    entries: PhantomData<(K, V)>,
}

impl<K, V> StorageField for Map<K, V> {
    fn named(name: &'static str) -> Self {
        Map {
            name,
            entries: PhantomData,
        }
    }
}

impl<K: Encode, V: Encode + Decode> Map<K, V> {
    /// The value of a key, if there is one.
    pub fn get(&self, key: &K) -> Option<V> {
        let key = self.stored_key(key);
        read_value(self.name, |out| host::storage_read(&key, out))
    }

    /// The value of a key, or the type's default when there is none.
    pub fn get_or_default(&self, key: &K) -> V
    where
        V: Default,
    {
        self.get(key).unwrap_or_default()
    }

    /// Whether the key has a value.
    pub fn contains(&self, key: &K) -> bool {
        host::storage_length(&self.stored_key(key)) >= 0
    }

    /// Stores a value in place of what the key had.
    pub fn insert(&mut self, key: &K, value: &V) {
        let key = self.stored_key(key);
        value.using_encoded(|value| host::storage_write(&key, value));
    }

    /// Removes the key's value; whether there was one.
    pub fn remove(&mut self, key: &K) -> bool {
        host::storage_remove(&self.stored_key(key)) != 0
    }

    fn stored_key(&self, key: &K) -> Vec<u8> {
        let mut stored = prefix(self.name, SEPARATOR);
        key.using_encoded(|key| {
            stored.extend_from_slice(&crypto::blake2b_128(key));
            stored.extend_from_slice(key);
        });
        stored
    }
}
