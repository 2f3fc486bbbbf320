//! A map that is bounded by the size of what it holds, and drops what was used longest ago.
//!
//! What it holds follows from the calls made of it alone, so gas may depend on it.

use std::collections::BTreeMap;

struct Entry<V> {
    value: V,
    bytes: u64,
    last_use: u64,
}

/// See the module's text.
pub(crate) struct BoundedMap<K, V> {
    entries: BTreeMap<K, Entry<V>>,
    by_last_use: BTreeMap<u64, K>,
    bytes: u64,
    bytes_max: u64,
    uses: u64,
}

impl<K: Ord + Copy, V> BoundedMap<K, V> {
    /// An empty map for values of at most `bytes_max` bytes together.
    pub(crate) fn new(bytes_max: u64) -> BoundedMap<K, V> {
        BoundedMap {
            entries: BTreeMap::new(),
            by_last_use: BTreeMap::new(),
            bytes: 0,
            bytes_max,
            uses: 0,
        }
    }

    /// Whether the key has a value. This is no use of it.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// The value, which is thereby the one used last.
    pub(crate) fn get(&mut self, key: &K) -> Option<&V> {
        let now = self.tick();
        let entry = self.entries.get_mut(key)?;
        self.by_last_use.remove(&entry.last_use);
        entry.last_use = now;
        self.by_last_use.insert(now, *key);
        Some(&entry.value)
    }

    /// Puts a value that counts as `bytes` in, in place of the key's last one, and drops others
    /// until all fit. Says how many it dropped. What is larger than the whole map is not kept, and
    /// its key has no value then.
    pub(crate) fn insert(&mut self, key: K, value: V, bytes: u64) -> u64 {
        self.remove(&key);
        if bytes > self.bytes_max {
            return 0;
        }
        let mut dropped = 0_u64;
        while self.bytes.saturating_add(bytes) > self.bytes_max {
            let Some((_, oldest)) = self.by_last_use.first_key_value() else {
                break;
            };
            let oldest = *oldest;
            self.remove(&oldest);
            dropped = dropped.saturating_add(1);
        }
        let last_use = self.tick();
        self.by_last_use.insert(last_use, key);
        self.bytes = self.bytes.saturating_add(bytes);
        let entry = Entry {
            value,
            bytes,
            last_use,
        };
        self.entries.insert(key, entry);
        dropped
    }

    fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_last_use.remove(&entry.last_use);
            self.bytes = self.bytes.saturating_sub(entry.bytes);
        }
    }

    /// A number larger than every one before. At one use per nanosecond it would last for five
    /// hundred years.
    fn tick(&mut self) -> u64 {
        self.uses = self.uses.saturating_add(1);
        self.uses
    }
}

#[cfg(test)]
mod tests {
    use super::BoundedMap;

    fn held(map: &BoundedMap<u8, char>) -> Vec<u8> {
        (0..9).filter(|key| map.contains(key)).collect()
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut map = BoundedMap::new(10);
        assert_eq!(map.insert(1, 'a', 4), 0);
        assert_eq!(map.insert(2, 'b', 4), 0);
        assert_eq!(map.insert(3, 'c', 2), 0);
        assert_eq!(held(&map), [1, 2, 3], "full to the last byte");
        assert_eq!(map.get(&1), Some(&'a'));
        assert!(map.contains(&2), "asking whether it is there is no use");
        assert_eq!(map.insert(4, 'd', 1), 1);
        assert_eq!(held(&map), [1, 3, 4]);
        assert_eq!(map.insert(5, 'e', 10), 3);
        assert_eq!(held(&map), [5]);
        assert_eq!(map.get(&1), None);
    }

    #[test]
    fn what_is_larger_than_the_map_is_not_kept_and_drops_nothing() {
        let mut map = BoundedMap::new(10);
        map.insert(1, 'a', 10);
        assert_eq!(map.insert(2, 'b', 11), 0);
        assert_eq!(held(&map), [1]);
    }

    #[test]
    fn a_key_has_one_value_and_one_size() {
        let mut map = BoundedMap::new(10);
        map.insert(1, 'a', 6);
        assert_eq!(map.insert(1, 'b', 7), 0);
        assert_eq!(map.get(&1), Some(&'b'));
        assert_eq!(map.insert(2, 'c', 3), 0);
        assert_eq!(map.insert(1, 'd', 1), 0);
        assert_eq!(map.insert(3, 'e', 6), 0);
        assert_eq!(held(&map), [1, 2, 3]);
        assert_eq!(map.insert(2, 'f', 11), 0);
        assert_eq!(held(&map), [1, 3], "nor does its last value stay");
    }
}
