//! The changes of a batch, put in the order in which the editor works through them.

use alloc::vec::Vec;
use core::hint::black_box;

use crate::error::TrieError;
use crate::key_bits::check_key;
use crate::trie::VALUE_BYTES_MAX;

/// A key and its new value, or `None` to remove it.
pub(crate) type Change<'c> = (&'c [u8], Option<&'c [u8]>);

/// The changes of a batch in the order of their keys, of each key only the last.
pub(crate) fn in_order<'c, K: AsRef<[u8]>, V: AsRef<[u8]>, E>(
    changes: &'c [(K, Option<V>)],
) -> Result<Vec<Change<'c>>, TrieError<E>> {
    let mut ordered = Vec::with_capacity(changes.len());
    for (key, value) in changes {
        let (key, value) = (key.as_ref(), value.as_ref().map(AsRef::as_ref));
        check_key(key)?;
        check_value(value.unwrap_or_default())?;
        ordered.push((key, value));
    }
    if !ordered.is_sorted_by(|(a, _), (b, _)| a < b) {
        put_in_order(&mut ordered);
    }
    Ok(ordered)
}

/// Sorts changes by their keys, of each key only the last.
fn put_in_order(changes: &mut Vec<Change<'_>>) {
    // Most keys differ in their first bytes, which are compared without looking up the keys.
    let front = |key: &[u8]| {
        let mut bytes = [0; 8];
        let shared = key.len().min(bytes.len());
        if let (Some(to), Some(from)) = (bytes.get_mut(..shared), key.get(..shared)) {
            to.copy_from_slice(from);
        }
        u64::from_be_bytes(bytes)
    };
    let fronts = changes.iter().enumerate();
    let mut order: Vec<(u64, usize)> = fronts
        .map(|(index, (key, _))| (front(key), index))
        .collect();
    let key = |index: usize| changes.get(index).map(|(key, _)| *key);
    // The last of equal keys first, so that it is the one that stays.
    order.sort_unstable_by(|(a_front, a), (b_front, b)| {
        let keys = a_front.cmp(b_front).then_with(|| key(*a).cmp(&key(*b)));
        keys.then_with(|| b.cmp(a))
    });
    order.dedup_by(|(a_front, a), (b_front, b)| a_front == b_front && key(*a) == key(*b));
    let ordered = order.iter().filter_map(|(_, index)| changes.get(*index));
    *changes = ordered.copied().collect();
}

/// Refuses a value that is too long.
pub(crate) fn check_value<E>(value: &[u8]) -> Result<(), TrieError<E>> {
    if value.len() > VALUE_BYTES_MAX {
        return Err(TrieError::ValueTooLong {
            length: value.len(),
            limit: VALUE_BYTES_MAX,
        });
    }
    Ok(())
}

/// Looks at where the values begin and end, so that those which are in no cache come all at once
/// and not one after the other when they are used.
pub(crate) fn look_at_values(changes: &[Change<'_>]) {
    let values = changes.iter().filter_map(|(_, value)| *value);
    let ends = values.flat_map(|value| value.first().into_iter().chain(value.last()));
    black_box(ends.fold(0, |all, byte| all | byte));
}
