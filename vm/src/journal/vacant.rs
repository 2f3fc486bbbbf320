//! Ranges of keys that are known to hold no live key, so that ordered iteration does not step
//! over the same removed keys again and again.
//!
//! Iteration merges the trie with the keys removed on top of it. Without memory, a contract that
//! removed ten thousand keys could make every following `storage_next` walk over all of them for
//! the price of one. With it, a run of removed keys is walked once and skipped afterwards, so
//! the work stays in proportion to the removals, which were paid for. The ranges are a cache of
//! what the journal already knows: results never depend on them.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Disjoint half-open ranges of keys, by their beginnings.
#[derive(Debug, Default)]
pub(super) struct Vacancies {
    ends: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// The first key after `key` in byte order.
pub(super) fn successor(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}

impl Vacancies {
    /// The end of the range that contains `key`, if one does.
    pub(super) fn end_around(&self, key: &[u8]) -> Option<&Vec<u8>> {
        let (_, end) = self.at_or_before(key)?;
        (end.as_slice() > key).then_some(end)
    }

    /// The beginning of the range that reaches up to the keys just below `key`, if one does.
    pub(super) fn start_below(&self, key: &[u8]) -> Option<&Vec<u8>> {
        let below = (Bound::Unbounded, Bound::Excluded(key));
        let (start, end) = self.ends.range::<[u8], _>(below).next_back()?;
        (end.as_slice() >= key).then_some(start)
    }

    /// Records that no key from `start` up to and without `end` is live.
    pub(super) fn record(&mut self, start: Vec<u8>, end: Vec<u8>) {
        if start >= end {
            return;
        }
        let (mut start, mut end) = (start, end);
        if let Some(left) = self.start_touching(&start) {
            start = left;
        }
        while let Some(within) = self.first_start_within(&start, &end) {
            if let Some(other_end) = self.ends.remove(&within) {
                end = end.max(other_end);
            }
        }
        self.ends.insert(start, end);
    }

    /// Takes `key` out of the range that contains it, because it has come to life.
    pub(super) fn mark_live(&mut self, key: &[u8]) {
        let Some((start, end)) = self.at_or_before(key) else {
            return;
        };
        if end.as_slice() <= key {
            return;
        }
        let (start, end) = (start.clone(), end.clone());
        self.ends.remove(&start);
        let after = successor(key);
        if start.as_slice() < key {
            self.ends.insert(start, key.to_vec());
        }
        if after < end {
            self.ends.insert(after, end);
        }
    }

    /// The beginning of a range that begins at or before `key` and reaches it or its left side.
    fn start_touching(&self, key: &[u8]) -> Option<Vec<u8>> {
        let (start, end) = self.at_or_before(key)?;
        (end.as_slice() >= key).then(|| start.clone())
    }

    /// The first range that begins from `start` up to and with `end`.
    fn first_start_within(&self, start: &[u8], end: &[u8]) -> Option<Vec<u8>> {
        let bounds = (Bound::Included(start), Bound::Included(end));
        let (within, _) = self.ends.range::<[u8], _>(bounds).next()?;
        Some(within.clone())
    }

    fn at_or_before(&self, key: &[u8]) -> Option<(&Vec<u8>, &Vec<u8>)> {
        let upto = (Bound::Unbounded, Bound::Included(key));
        self.ends.range::<[u8], _>(upto).next_back()
    }
}

#[cfg(test)]
mod tests {
    use super::Vacancies;
    use proptest::prelude::*;

    fn key(number: u8) -> Vec<u8> {
        vec![number]
    }

    #[derive(Clone, Debug)]
    enum Step {
        Record(u8, u8),
        Live(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..40_u8, 0..40_u8).prop_map(|(a, b)| Step::Record(a.min(b), a.max(b))),
            (0..40_u8).prop_map(Step::Live),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn ranges_behave_like_a_set_of_keys(steps in prop::collection::vec(step(), 1..40)) {
            let mut vacant = Vacancies::default();
            let mut model = [false; 41];
            for step in steps {
                match step {
                    Step::Record(start, end) => {
                        vacant.record(key(start), key(end));
                        model[usize::from(start)..usize::from(end)].fill(true);
                    }
                    Step::Live(number) => {
                        vacant.mark_live(&key(number));
                        model[usize::from(number)] = false;
                    }
                }
                check(&vacant, &model)?;
            }
        }
    }

    /// Every range holds only vacant keys, every vacant key is in one, and none overlap.
    fn check(vacant: &Vacancies, model: &[bool; 41]) -> Result<(), TestCaseError> {
        for number in 0..40_u8 {
            let inside = vacant.end_around(&key(number)).is_some();
            prop_assert_eq!(inside, model[usize::from(number)], "key {}", number);
            let upper = key(number + 1);
            let below = vacant.start_below(&upper);
            prop_assert!(below.is_some() || !model[usize::from(number)]);
            if let Some(start) = below {
                let skipped = (0..=number).filter(|other| key(*other) >= *start);
                for other in skipped {
                    prop_assert!(model[usize::from(other)], "{} is skipped", other);
                }
            }
        }
        let ranges: Vec<_> = vacant.ends.iter().collect();
        for pair in ranges.windows(2) {
            prop_assert!(pair[0].1 <= pair[1].0);
        }
        for (start, end) in ranges {
            prop_assert!(start < end);
        }
        Ok(())
    }
}
