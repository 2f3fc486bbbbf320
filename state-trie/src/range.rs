//! The double-ended iterator over the entries of a range.
//!
//! Each end has a cursor of its own, made when it is first asked. What one end has yielded becomes
//! a bound for the other, so that no entry comes twice.

use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;
use core::ops::{Bound, RangeBounds};

use crate::cursor::{Cursor, Direction};
use crate::error::TrieError;
use crate::snapshot::{Entry, Snapshot};
use crate::store::NodeStore;

/// The entries of a range of keys in order, from both ends. Made by [`Snapshot::range`].
///
/// Walking on to the next entry reads each page at most once per end. After an error the iterator
/// is at its end.
pub struct Range<'s, S: NodeStore> {
    trie: Snapshot<'s, S>,
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
    front: Option<Cursor<'s, S>>,
    back: Option<Cursor<'s, S>>,
    done: bool,
}

impl<S: NodeStore> fmt::Debug for Range<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range")
            .field("trie", &self.trie)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl<'s, S: NodeStore> Range<'s, S> {
    pub(crate) fn new(trie: Snapshot<'s, S>, start: Bound<Vec<u8>>, end: Bound<Vec<u8>>) -> Self {
        Self {
            trie,
            start,
            end,
            front: None,
            back: None,
            done: false,
        }
    }

    /// The next entry from one end if there is one between what both ends have yielded.
    fn step(&mut self, direction: Direction) -> Result<Option<Entry>, TrieError<S::Error>> {
        let (cursor, bound) = match direction {
            Direction::Up => (&mut self.front, &self.start),
            Direction::Down => (&mut self.back, &self.end),
        };
        let cursor = match cursor {
            Some(cursor) => cursor,
            None => {
                let bound = bound.as_ref().map(Vec::as_slice);
                cursor.insert(Cursor::seek(&self.trie, direction, bound)?)
            }
        };
        let Some(leaf) = cursor.advance(&self.trie)? else {
            return Ok(None);
        };
        let start = self.start.as_ref().map(Vec::as_slice);
        let end = self.end.as_ref().map(Vec::as_slice);
        if !RangeBounds::<[u8]>::contains(&(start, end), leaf.key()) {
            return Ok(None);
        }
        let (key, value) = (leaf.key().to_vec(), leaf.value().to_vec());
        match direction {
            Direction::Up => self.start = Bound::Excluded(key.clone()),
            Direction::Down => self.end = Bound::Excluded(key.clone()),
        }
        Ok(Some((key, value)))
    }

    /// One step of the iterator: an entry, an error and then the end, or the end.
    fn item(&mut self, direction: Direction) -> Option<Result<Entry, TrieError<S::Error>>> {
        if self.done {
            return None;
        }
        let item = self.step(direction).transpose();
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}

impl<S: NodeStore> Iterator for Range<'_, S> {
    type Item = Result<Entry, TrieError<S::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.item(Direction::Up)
    }
}

impl<S: NodeStore> DoubleEndedIterator for Range<'_, S> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.item(Direction::Down)
    }
}

impl<S: NodeStore> FusedIterator for Range<'_, S> {}
