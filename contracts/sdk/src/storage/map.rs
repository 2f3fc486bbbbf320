//! A map without order, safe for keys that users choose.

use core::marker::PhantomData;

use parity_scale_codec::{Decode, Encode, Output};

use super::{KEY_BYTES_MAX, SEPARATOR, StorageField, read_value};
use crate::fixed_buffer::FixedBuffer;
use crate::host;

/// The length of the hash before the key.
const HASH_BYTES: usize = 16;

/// A map from keys to values. The stored key begins with a hash of the key, which spreads the
/// entries evenly over the state trie whatever keys users choose, and ends with the key itself,
/// so that whoever reads the state can tell the keys. There is no iteration: use
/// [`OrderedMap`](super::OrderedMap) where it is needed.
///
/// The name, 17 bytes and the encoded key together must stay within the machine's limit for storage
/// keys (256 bytes), or the frame panics. A value over 128 bytes is read in two host calls, and paid twice.
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
    /// The place of a key, for more than one operation: the stored key is computed once.
    pub fn entry(&mut self, key: &K) -> MapEntry<'_, V> {
        self.place(key)
    }

    /// The value of a key, if there is one.
    pub fn get(&self, key: &K) -> Option<V> {
        self.place(key).get()
    }

    /// The value of a key, or the type's default when there is none.
    pub fn get_or_default(&self, key: &K) -> V
    where
        V: Default,
    {
        self.place(key).get_or_default()
    }

    /// Whether the key has a value.
    pub fn contains(&self, key: &K) -> bool {
        self.place(key).exists()
    }

    /// Stores a value in place of what the key had. The frame traps when it is over 65,536 bytes.
    pub fn insert(&mut self, key: &K, value: &V) {
        self.place(key).set(value);
    }

    /// Removes the key's value; whether there was one.
    pub fn remove(&mut self, key: &K) -> bool {
        self.place(key).remove()
    }

    fn place(&self, key: &K) -> MapEntry<'_, V> {
        // Made before it is filled, so that the key is not copied afterwards.
        let mut entry = MapEntry {
            name: self.name,
            key: FixedBuffer::new(),
            map: PhantomData,
        };
        let stored = &mut entry.key;
        stored.write(self.name.as_bytes());
        stored.write(&[SEPARATOR]);
        let hash_at = stored.written();
        stored.write(&[0; HASH_BYTES]);
        key.encode_to(stored);
        let tail = stored
            .as_mut_slice()
            .and_then(|bytes| bytes.get_mut(hash_at..));
        let Some((hash, encoded)) = tail.and_then(<[u8]>::split_first_chunk_mut) else {
            crate::entry::fail(&["a key of the map ", self.name, " is too long"]);
        };
        host::hash_blake2b_128(encoded, hash);
        entry
    }
}

/// One key of a [`Map`], with or without a value.
pub struct MapEntry<'a, V> {
    name: &'static str,
    key: FixedBuffer<KEY_BYTES_MAX>,
    map: PhantomData<&'a mut V>,
}

impl<V: Encode + Decode> MapEntry<'_, V> {
    /// The value, if there is one.
    pub fn get(&self) -> Option<V> {
        read_value(self.name, |out| host::storage_read(self.key(), out))
    }

    /// The value, or the type's default when there is none.
    pub fn get_or_default(&self) -> V
    where
        V: Default,
    {
        self.get().unwrap_or_default()
    }

    /// Whether there is a value.
    pub fn exists(&self) -> bool {
        host::storage_length(self.key()) >= 0
    }

    /// Stores a value in place of what was there. The frame traps when it is over 65,536 bytes.
    pub fn set(&mut self, value: &V) {
        value.using_encoded(|value| host::storage_write(self.key(), value));
    }

    /// Removes the value; whether there was one.
    pub fn remove(&mut self) -> bool {
        host::storage_remove(self.key()) != 0
    }

    /// The stored key. It has room: an entry whose key has none is not made.
    fn key(&self) -> &[u8] {
        self.key.as_slice().unwrap_or_default()
    }
}
