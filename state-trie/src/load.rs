//! Filling an empty trie part by part.

use alloc::vec::Vec;

use crate::batch_order::{Change, check_value};
use crate::digest::Digest;
use crate::error::TrieError;
use crate::key_bits::check_key;
use crate::snapshot::Entry;
use crate::store::NodeStore;
use crate::trie::Trie;

/// How many entries [`Trie::load`] takes at a time.
pub const LOAD_ENTRIES_AT_A_TIME: usize = 1 << 16;

/// After how many bytes of keys and values [`Trie::load`] ends a part.
pub const LOAD_BYTES_AT_A_TIME: usize = 32 << 20;

/// Where a part ends: at so many entries, or with the entry that brings it to so many bytes.
#[derive(Clone, Copy, Debug)]
struct PartSize {
    entries: usize,
    bytes: usize,
}

impl PartSize {
    /// The next part; without entries if there are no more.
    fn take(self, entries: &mut impl Iterator<Item = Entry>) -> Vec<Entry> {
        let (mut part, mut bytes) = (Vec::new(), 0_usize);
        while part.len() < self.entries && bytes < self.bytes {
            let Some((key, value)) = entries.next() else {
                break;
            };
            bytes = bytes.saturating_add(key.len()).saturating_add(value.len());
            part.push((key, value));
        }
        part
    }
}

impl<S: NodeStore> Trie<S> {
    /// Fills an empty trie from entries with ascending keys, each once, and returns the root. The
    /// entries are taken in parts of at most [`LOAD_ENTRIES_AT_A_TIME`], which end with the entry
    /// that brings them to [`LOAD_BYTES_AT_A_TIME`]. Each part is a batch of its own that replaces
    /// the one before, so that no more than that waits in memory beside the store. The root is the
    /// same wherever parts end.
    ///
    /// # Errors
    /// [`TrieError::NotEmpty`], [`TrieError::NotAscending`], [`TrieError::KeyTooLong`] or
    /// [`TrieError::ValueTooLong`], or whatever is wrong with the store. The trie then has the
    /// parts before the one that failed.
    pub fn load(
        &mut self,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Digest, TrieError<S::Error>> {
        let size = PartSize {
            entries: LOAD_ENTRIES_AT_A_TIME,
            bytes: LOAD_BYTES_AT_A_TIME,
        };
        self.load_in_parts(entries.into_iter(), size)
    }

    fn load_in_parts(
        &mut self,
        mut entries: impl Iterator<Item = Entry>,
        size: PartSize,
    ) -> Result<Digest, TrieError<S::Error>> {
        if !self.is_empty() {
            return Err(TrieError::NotEmpty);
        }
        let (mut index, mut last) = (0_usize, None);
        loop {
            let part = size.take(&mut entries);
            if part.is_empty() {
                return Ok(self.root());
            }
            for (key, value) in &part {
                check_key(key)?;
                check_value(value)?;
                if last.as_ref().is_some_and(|last| last >= key) {
                    return Err(TrieError::NotAscending { index });
                }
                index = index.saturating_add(1);
                last = Some(key.clone());
            }
            let part = part
                .iter()
                .map(|(key, value)| (key.as_slice(), Some(value.as_slice())));
            let part: Vec<Change<'_>> = part.collect();
            self.replace_in_order(&part)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LOAD_BYTES_AT_A_TIME, LOAD_ENTRIES_AT_A_TIME, PartSize};
    use crate::{Entry, MemoryStore, Trie};
    use alloc::vec;
    use alloc::vec::Vec;

    fn entry(number: u32) -> Entry {
        let length = usize::try_from(number % 7).expect("small");
        (number.to_be_bytes().to_vec(), vec![7; length])
    }

    #[test]
    fn a_part_ends_at_so_many_entries_or_with_so_many_bytes() {
        let lengths = |entries, bytes| -> Vec<usize> {
            let mut rest = (0..14).map(entry);
            let parts = core::iter::repeat_with(|| PartSize { entries, bytes }.take(&mut rest));
            let lengths = parts.map(|part| part.len());
            lengths.take_while(|length| *length > 0).collect()
        };
        assert_eq!(lengths(14, 1_000), [14]);
        assert_eq!(lengths(5, 1_000), [5, 5, 4]);
        // Each of seven entries has 4 to 10 bytes: 4, 9, 15, 22, 30, 39, 49.
        assert_eq!(lengths(14, 49), [7, 7]);
        assert_eq!(lengths(14, 50), [8, 6]);
        assert_eq!(lengths(14, 1), [1; 14]);
        assert_eq!(lengths(3, 22), [3, 3, 3, 3, 2]);
        let long = |number: u32| (number.to_be_bytes().to_vec(), vec![0; 12 << 20]);
        let whole = PartSize {
            entries: LOAD_ENTRIES_AT_A_TIME,
            bytes: LOAD_BYTES_AT_A_TIME,
        };
        assert_eq!(whole.take(&mut (0..9).map(long)).len(), 3);
    }

    #[test]
    fn the_root_does_not_depend_on_where_parts_end() {
        let root = |entries, bytes| {
            let mut trie = Trie::new(MemoryStore::new());
            let size = PartSize { entries, bytes };
            let root = trie.load_in_parts((0..400).map(entry), size);
            root.expect("memory does not fail")
        };
        let mut whole = Trie::new(MemoryStore::new());
        let changes = (0..400).map(entry).map(|(key, value)| (key, Some(value)));
        let expected = whole.update(changes).expect("memory does not fail");
        for bytes in (1..60).chain([500, 10_000]) {
            assert_eq!(root(400, bytes), expected, "{bytes} bytes");
        }
        for entries in [1, 2, 3, 17, 399, 400] {
            assert_eq!(root(entries, 10_000), expected, "{entries} entries");
        }
    }
}
