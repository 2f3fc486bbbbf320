//! What an ordered map can do beside its entries: defaults, and a walk over its keys alone.

use alloc::{vec, vec::Vec};
use core::marker::PhantomData;

use parity_scale_codec::{Decode, Encode};

use super::ordered_map::{OrderedIter, OrderedMap, behind};
use super::{KEY_BYTES_MAX, OrderedKey};
use crate::host;

impl<K: OrderedKey, V: Encode + Decode> OrderedMap<K, V> {
    /// The value of a key, or the type's default when there is none.
    pub fn get_or_default(&self, key: &K) -> V
    where
        V: Default,
    {
        self.get(key).unwrap_or_default()
    }

    /// All keys in their order, without their values, which are neither read nor paid for; `.rev()`
    /// walks from the end. The keys of a range are `map.range(from..to).keys()`.
    pub fn keys(&self) -> OrderedKeys<K> {
        self.iter().keys()
    }
}

impl<K: OrderedKey, V: Encode + Decode> OrderedIter<K, V> {
    /// The keys of the entries that are left, without their values, which are neither read nor paid
    /// for.
    pub fn keys(self) -> OrderedKeys<K> {
        OrderedKeys {
            name: self.name,
            front: self.front,
            back: self.back,
            keys: PhantomData,
        }
    }
}

/// Walks keys of an [`OrderedMap`] from both ends, as [`OrderedIter`] walks its entries: it looks at
/// the storage as it stands at each step.
#[derive(Debug)]
pub struct OrderedKeys<K> {
    name: &'static str,
    /// Where the next step from the front begins to look.
    front: Vec<u8>,
    /// Below which the next step from the back looks.
    back: Vec<u8>,
    keys: PhantomData<K>,
}

impl<K: OrderedKey> OrderedKeys<K> {
    /// The key that `find` gives, as it is stored and decoded, if it is within the range.
    fn step(&self, find: impl FnOnce(&mut [u8]) -> i32) -> Option<(Vec<u8>, K)> {
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
        Some((key, decoded))
    }
}

impl<K: OrderedKey> Iterator for OrderedKeys<K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        let (key, decoded) = self.step(|out| host::storage_next(&self.front, out))?;
        self.front = behind(key);
        Some(decoded)
    }
}

impl<K: OrderedKey> DoubleEndedIterator for OrderedKeys<K> {
    fn next_back(&mut self) -> Option<K> {
        let (key, decoded) = self.step(|out| host::storage_previous(&self.back, out))?;
        self.back = key;
        Some(decoded)
    }
}
