//! Finds the slot of a node by the node's number.
//!
//! A table with open addressing, eight bytes an entry: the upper half is a hash of the number, the
//! lower half the slot plus one, and 0 is a free entry. A node stands at the entry that the upper
//! bits of its hash name, its home, or behind it without a free entry between. So one line of the
//! processor's cache mostly decides, and the nodes are looked at only where 32 bits of hash are
//! the same. The hash has no random seed, so that each run behaves like the one before.

/// The table of an index that is not empty has at least two to the power of this many entries.
const BITS_MIN: u32 = 6;

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct NodeIndex {
    /// A power of two, or none as long as nothing was added.
    entries: Vec<u64>,
    bits: u32,
    count: usize,
}

/// What an entry of a node looks like without its slot.
fn hash(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & !u64::from(u32::MAX)
}

/// The slot in an entry that is taken.
fn slot_of(entry: u64) -> Option<u32> {
    u32::try_from(entry & u64::from(u32::MAX))
        .ok()?
        .checked_sub(1)
}

impl NodeIndex {
    /// The bytes of memory that the table takes.
    pub(crate) fn bytes(&self) -> u64 {
        u64::try_from(size_of_val(self.entries.as_slice())).unwrap_or(u64::MAX)
    }

    /// The slot of the node with a number. `has` says whether a slot has that number.
    pub(crate) fn find(&self, number: u64, has: impl Fn(u32) -> bool) -> Option<u32> {
        let place = self.place(number, has)?;
        slot_of(*self.entries.get(place)?)
    }

    /// Looks at the entry where the search for a node begins, so that it comes into the processor's
    /// cache.
    pub(crate) fn touch(&self, number: u64) {
        std::hint::black_box(self.entries.get(self.home(hash(number))).copied());
    }

    /// Adds a node that is not there yet. Slots are below `u32::MAX`.
    pub(crate) fn add(&mut self, number: u64, slot: u32) {
        // Half of the entries stay free, so that a search seldom goes on behind a node's home.
        if self.count.saturating_mul(2) >= self.entries.len() {
            self.grow();
        }
        self.put(hash(number) | u64::from(slot.saturating_add(1)));
        self.count += 1;
    }

    /// Takes a node out and returns its slot.
    pub(crate) fn remove(&mut self, number: u64, has: impl Fn(u32) -> bool) -> Option<u32> {
        let mut gap = self.place(number, has)?;
        let removed = *self.entries.get(gap)?;
        // What stands behind moves up, unless the gap is before its home.
        let mut place = gap;
        loop {
            place = self.after(place);
            let entry = self.entries.get(place).copied().unwrap_or_default();
            if entry == 0 {
                break;
            }
            if self.distance(self.home(entry), place) >= self.distance(gap, place) {
                self.set(gap, entry);
                gap = place;
            }
        }
        self.set(gap, 0);
        self.count = self.count.saturating_sub(1);
        slot_of(removed)
    }

    /// Where the entry of a node is.
    fn place(&self, number: u64, has: impl Fn(u32) -> bool) -> Option<usize> {
        let hash = hash(number);
        let mut place = self.home(hash);
        loop {
            let entry = *self.entries.get(place)?;
            if entry == 0 {
                return None;
            }
            if entry & !u64::from(u32::MAX) == hash && slot_of(entry).is_some_and(&has) {
                return Some(place);
            }
            place = self.after(place);
        }
    }

    fn home(&self, entry: u64) -> usize {
        let home = entry.unbounded_shr(u64::BITS.saturating_sub(self.bits));
        usize::try_from(home).unwrap_or_default()
    }

    fn after(&self, place: usize) -> usize {
        place.wrapping_add(1) & self.entries.len().wrapping_sub(1)
    }

    /// How many steps it is from one entry on to another.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.entries.len().wrapping_sub(1)
    }

    fn set(&mut self, place: usize, entry: u64) {
        if let Some(found) = self.entries.get_mut(place) {
            *found = entry;
        }
    }

    /// Puts an entry at its home or the next free place behind it; there is one.
    fn put(&mut self, entry: u64) {
        let mut place = self.home(entry);
        while self.entries.get(place).is_some_and(|found| *found != 0) {
            place = self.after(place);
        }
        self.set(place, entry);
    }

    fn grow(&mut self) {
        self.bits = self.bits.saturating_add(1).max(BITS_MIN);
        let entries = std::mem::take(&mut self.entries);
        self.entries = vec![0; 1_usize.unbounded_shl(self.bits)];
        for entry in entries.into_iter().filter(|entry| *entry != 0) {
            self.put(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::collections::btree_map::Entry;

    use proptest::prelude::*;

    use super::{NodeIndex, hash};

    /// Numbers that share homes: some at the end of the table, some with the same hash.
    fn number() -> impl Strategy<Value = u64> {
        // The inverse of the factor of the hash.
        let inverse = 0xf1de_83e1_9937_733d_u64;
        let from_hash = move |upper: u64, lower: u64| (upper << 32 | lower).wrapping_mul(inverse);
        prop_oneof![
            0_u64..200,
            (0_u64..4).prop_map(move |lower| from_hash(u64::from(u32::MAX), lower)),
            (0_u64..40).prop_map(move |upper| from_hash(0xffff_ff00 + upper, 1)),
        ]
    }

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(steps in prop::collection::vec((number(), any::<bool>()), 1..400)) {
            let mut index = NodeIndex::default();
            let mut slots = Vec::new();
            let mut expected = BTreeMap::new();
            for (number, adds) in steps {
                let has = |slot: u32| slots[slot as usize] == number;
                if !adds {
                    prop_assert_eq!(index.remove(number, has), expected.remove(&number));
                } else if let Entry::Vacant(place) = expected.entry(number) {
                    let slot = u32::try_from(slots.len()).expect("few");
                    slots.push(number);
                    index.add(number, slot);
                    place.insert(slot);
                }
                for (number, slot) in &expected {
                    let has = |slot: u32| slots[slot as usize] == *number;
                    prop_assert_eq!(index.find(*number, has), Some(*slot));
                }
            }
        }
    }

    #[test]
    fn the_test_has_numbers_with_the_same_hash() {
        let inverse = 0xf1de_83e1_9937_733d_u64;
        assert_eq!(inverse.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1_u64);
        let same = [0, 1].map(|lower: u64| hash((7 << 32 | lower).wrapping_mul(inverse)));
        assert_eq!(same, [7 << 32; 2]);
    }
}
