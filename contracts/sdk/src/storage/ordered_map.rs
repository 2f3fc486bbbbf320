//! A map that can be walked in the order of its keys, from both ends.

use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ops::{Bound, RangeBounds};

use parity_scale_codec::{Decode, Encode};

use super::{KEY_BYTES_MAX, OrderedKey, SEPARATOR, StorageField, prefix, read_value};
use crate::host;

/// A map whose entries can be walked in the order of the keys. The keys stand in the state as
/// they are: where users choose them, a user can make the trie below this map as deep as the
/// keys are long, and pays for each entry; prefer [`Map`](super::Map) where order is not needed.
///
/// The name, 1 byte and the key in its encoding together must stay within the machine's limit for
/// storage keys (256 bytes), or the frame panics; so must the ends of a range. Text and bytes take 2 bytes
/// more than they are long, and 1 for each zero byte. A value over 128 bytes is read, and paid, twice.
#[derive(Debug)]
pub struct OrderedMap<K, V> {
    name: &'static str,
    entries: PhantomData<(K, V)>,
}

impl<K: OrderedKey, V> StorageField for OrderedMap<K, V> {
    fn named(name: &'static str) -> Self {
        OrderedMap {
            name,
            entries: PhantomData,
        }
    }
}

impl<K: OrderedKey, V: Encode + Decode> OrderedMap<K, V> {
    /// The value of a key, if there is one.
    pub fn get(&self, key: &K) -> Option<V> {
        let key = self.stored_key(key);
        read_value(self.name, |out| host::storage_read(&key, out))
    }

    /// Whether the key has a value.
    pub fn contains(&self, key: &K) -> bool {
        host::storage_length(&self.stored_key(key)) >= 0
    }

    /// Stores a value in place of what the key had. The frame traps when it is over 65,536 bytes.
    pub fn insert(&mut self, key: &K, value: &V) {
        let key = self.stored_key(key);
        value.using_encoded(|value| host::storage_write(&key, value));
    }

    /// Removes the key's value; whether there was one.
    pub fn remove(&mut self, key: &K) -> bool {
        host::storage_remove(&self.stored_key(key)) != 0
    }

    /// The entry with the smallest key.
    pub fn first(&self) -> Option<(K, V)> {
        self.iter().next()
    }

    /// The entry with the largest key.
    pub fn last(&self) -> Option<(K, V)> {
        self.iter().next_back()
    }

    /// All entries in the order of the keys; `.rev()` walks from the end.
    pub fn iter(&self) -> OrderedIter<K, V> {
        self.range(..)
    }

    /// The entries with keys in a range, such as `from..to` or `..=to`; none if `from` is above `to`,
    /// where `BTreeMap` panics. Each step asks for the next key: what is taken is what the range costs.
    pub fn range(&self, range: impl RangeBounds<K>) -> OrderedIter<K, V> {
        // Below the prefix with the next separator, and not below the prefix, are exactly the keys
        // that begin with the prefix.
        let front = match range.start_bound() {
            Bound::Unbounded => prefix(self.name, SEPARATOR),
            Bound::Included(key) => self.stored_key(key),
            Bound::Excluded(key) => behind(self.stored_key(key)),
        };
        let back = match range.end_bound() {
            Bound::Unbounded => prefix(self.name, SEPARATOR + 1),
            Bound::Included(key) => behind(self.stored_key(key)),
            Bound::Excluded(key) => self.stored_key(key),
        };
        OrderedIter {
            name: self.name,
            front,
            back,
            entries: PhantomData,
        }
    }

    fn stored_key(&self, key: &K) -> Vec<u8> {
        let mut stored = prefix(self.name, SEPARATOR);
        key.write(&mut stored);
        if stored.len() > KEY_BYTES_MAX {
            crate::entry::fail(&["a key of the ordered map ", self.name, " is too long"]);
        }
        stored
    }
}

/// The smallest byte string above this one that can be a stored key. A key begins with a name and
/// a separator, which have no byte 255: one of its bytes can always be counted up.
pub(super) fn behind(mut key: Vec<u8>) -> Vec<u8> {
    if key.len() < KEY_BYTES_MAX {
        key.push(0);
        return key;
    }
    // What is longer by one cannot be stored, so that the next one is not a continuation.
    while let Some(last) = key.pop() {
        if let Some(next) = last.checked_add(1) {
            key.push(next);
            break;
        }
    }
    key
}

/// Walks entries of an [`OrderedMap`] from both ends. It looks at the storage as it stands at
/// each step, so the map may change meanwhile.
#[derive(Debug)]
pub struct OrderedIter<K, V> {
    pub(super) name: &'static str,
    /// Where the next step from the front begins to look.
    pub(super) front: Vec<u8>,
    /// Below which the next step from the back looks.
    pub(super) back: Vec<u8>,
    entries: PhantomData<(K, V)>,
}

impl<K: OrderedKey, V: Encode + Decode> OrderedIter<K, V> {
    /// Reads the entry that `find` gives the key of, if that key is within the range.
    fn step(&self, find: impl FnOnce(&mut [u8]) -> i32) -> Option<(Vec<u8>, K, V)> {
        let mut key = vec![0; KEY_BYTES_MAX];
        let length = usize::try_from(find(&mut key)).ok()?;
        key.truncate(length);
        if key < self.front || key >= self.back {
            return None;
        }
        let mut encoded = key.get(self.name.len() + 1..)?;
        let Some(decoded) = K::read(&mut encoded).filter(|_| encoded.is_empty()) else {
            crate::entry::fail(&["the ordered map ", self.name, " holds keys of another type"]);
        };
        let value = read_value(self.name, |out| host::storage_read(&key, out))?;
        Some((key, decoded, value))
    }
}

impl<K: OrderedKey, V: Encode + Decode> Iterator for OrderedIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let (key, decoded, value) = self.step(|out| host::storage_next(&self.front, out))?;
        self.front = behind(key);
        Some((decoded, value))
    }
}

impl<K: OrderedKey, V: Encode + Decode> DoubleEndedIterator for OrderedIter<K, V> {
    fn next_back(&mut self) -> Option<(K, V)> {
        let (key, decoded, value) = self.step(|out| host::storage_previous(&self.back, out))?;
        self.back = key;
        Some((decoded, value))
    }
}
