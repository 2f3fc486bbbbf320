//! Ordered iteration over a contract's storage: the trie merged with what lies above it.
//!
//! A key above the trie stands for itself when it has a value and hides the trie's key when it
//! has none. Runs of hidden keys are remembered (see `vacant.rs`).

use std::ops::Bound;

use super::Journal;
use super::vacant::successor;
use crate::fatal::Fatal;
use crate::ledger::Ledger;

impl<L: Ledger> Journal<L> {
    /// The smallest live key from `start` up to and without `end`.
    pub(super) fn first_live(
        &mut self,
        start: &[u8],
        end: &[u8],
    ) -> Result<Option<Vec<u8>>, Fatal> {
        let mut at = start.to_vec();
        let mut below: Option<Option<Vec<u8>>> = None;
        let found = loop {
            if let Some(skipped) = self.vacant.end_around(&at) {
                at.clone_from(skipped);
            }
            if at.as_slice() >= end {
                break None;
            }
            let in_trie = match below.take() {
                Some(known) if known.as_ref().is_none_or(|key| *key >= at) => known,
                _ => self.trie_next(&at, end)?,
            };
            let above = (Bound::Included(at.as_slice()), Bound::Excluded(end));
            let Some((key, entry)) = self.bytes.range::<[u8], _>(above).next() else {
                break in_trie;
            };
            if in_trie.as_ref().is_some_and(|other| other < key) {
                break in_trie;
            }
            if entry.current.is_some() {
                break Some(key.clone());
            }
            at = successor(key);
            below = Some(in_trie);
        };
        if at.as_slice() > start {
            let until = found.clone().unwrap_or_else(|| end.to_vec());
            self.vacant.record(start.to_vec(), until);
        }
        Ok(found)
    }

    /// The largest live key from `start` up to and without `end`.
    pub(super) fn last_live(&mut self, start: &[u8], end: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let mut at = end.to_vec();
        let mut below: Option<Option<Vec<u8>>> = None;
        let found = loop {
            if let Some(skipped) = self.vacant.start_below(&at) {
                at.clone_from(skipped);
            }
            if at.as_slice() <= start {
                break None;
            }
            let in_trie = match below.take() {
                Some(known) if known.as_ref().is_none_or(|key| *key < at) => known,
                _ => self.trie_previous(&at, start)?,
            };
            let above = (Bound::Included(start), Bound::Excluded(at.as_slice()));
            let Some((key, entry)) = self.bytes.range::<[u8], _>(above).next_back() else {
                break in_trie;
            };
            if in_trie.as_ref().is_some_and(|other| other > key) {
                break in_trie;
            }
            if entry.current.is_some() {
                break Some(key.clone());
            }
            at.clone_from(key);
            below = Some(in_trie);
        };
        if at.as_slice() < end {
            let from = found.as_deref().map_or_else(|| start.to_vec(), successor);
            self.vacant.record(from, end.to_vec());
        }
        Ok(found)
    }

    /// The trie's smallest key from `at` up to and without `end`.
    fn trie_next(&self, at: &[u8], end: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.ledger.next_key(at)?;
        Ok(found.filter(|key| key.as_slice() < end))
    }

    /// The trie's largest key below `before` that is not below `start`.
    fn trie_previous(&self, before: &[u8], start: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.ledger.previous_key(before)?;
        Ok(found.filter(|key| key.as_slice() >= start))
    }
}
