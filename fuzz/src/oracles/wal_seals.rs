//! The checksums in a write-ahead log, and the roots that it claims and names: read and made anew by the description
//! in `docs/store.md`, and not by the store's code.

use twox_hash::XxHash3_64;

/// Length of the root behind an entry of a write-ahead log.
const ROOT_BYTES: usize = 32;

/// Where an entry of a write-ahead log says that it ends.
fn entry_end(bytes: &[u8]) -> usize {
    usize::try_from(number(bytes, 40)).unwrap_or(usize::MAX)
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let number = bytes.get(at..at.saturating_add(8));
    number.map_or(0, |number| {
        u64::from_le_bytes(number.try_into().expect("eight bytes"))
    })
}

/// The checksum of some bytes in a write-ahead log of an identity and a place.
fn checksum(wal: &[u8], bytes: &[u8]) -> u64 {
    let identity = wal.get(16..32).unwrap_or_default();
    let seed = XxHash3_64::oneshot(identity) ^ number(wal, 32).rotate_left(20);
    XxHash3_64::oneshot_with_seed(seed, bytes)
}

/// Where the root begins that the entry leads to.
fn root_start(bytes: &[u8]) -> usize {
    let start = entry_end(bytes).checked_next_multiple_of(4096);
    start.unwrap_or(usize::MAX)
}

/// The checksum of a root behind the entry.
fn root_checksum(wal: &[u8], root: &[u8]) -> u64 {
    let entry_checksum = number(wal, entry_end(wal).saturating_sub(8));
    checksum(wal, &[root, &entry_checksum.to_le_bytes()].concat())
}

/// The root behind the entry, if there is one.
pub(super) fn root_named_by(bytes: &[u8]) -> Option<[u8; 32]> {
    let start = root_start(bytes);
    let end = start.checked_add(ROOT_BYTES)?;
    let root = bytes.get(start..end)?;
    let is_sealed = root_checksum(bytes, root) == number(bytes, end);
    root.try_into().ok().filter(|_| is_sealed)
}

/// The root that the entry has to lead to, if it says one.
pub(super) fn root_claimed_by(bytes: &[u8]) -> Option<[u8; 32]> {
    let is_claimed = bytes.get(12..16)? == [1, 0, 0, 0];
    let root = bytes.get(96..128)?;
    root.try_into().ok().filter(|_| is_claimed)
}

/// Puts the checksums right of an entry and of the root behind it.
pub(super) fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes.to_vec();
    let end = entry_end(bytes).saturating_sub(8);
    if let Some(entry) = bytes.get(..end) {
        put(&mut sealed, end, checksum(bytes, entry));
    }
    let start = root_start(bytes);
    let end = start.saturating_add(ROOT_BYTES);
    if let Some(root) = bytes.get(start..end) {
        let checksum = root_checksum(&sealed, root);
        put(&mut sealed, end, checksum);
    }
    sealed
}

/// Puts a checksum at a place, if there is room.
fn put(bytes: &mut [u8], at: usize, checksum: u64) {
    if let Some(bytes) = bytes.get_mut(at..at.saturating_add(8)) {
        bytes.copy_from_slice(&checksum.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ROOT_BYTES, entry_end, root_claimed_by, root_named_by, root_start, with_checksums,
    };
    use crate::oracles::kept::{wal, write_ahead_log};

    #[test]
    fn an_entry_leads_to_the_root_behind_it_if_there_is_one() {
        let valid = write_ahead_log(false);
        assert_eq!(root_claimed_by(&valid), None);
        assert!(root_named_by(&valid).is_some());
        assert_eq!(wal(&valid), Ok(true));
        let mut without = valid.clone();
        without.truncate(entry_end(&valid));
        assert_eq!(wal(&without), Ok(true));
        let mut other = valid;
        let start = root_start(&other);
        other[start..start + ROOT_BYTES].fill(7);
        let other = with_checksums(&other);
        assert_eq!(root_named_by(&other), Some([7; 32]));
        assert_eq!(wal(&other), Ok(false));
    }

    #[test]
    fn an_entry_leads_to_the_root_that_it_claims_or_nowhere() {
        let valid = write_ahead_log(true);
        assert_eq!(root_claimed_by(&valid), root_named_by(&valid));
        assert!(root_claimed_by(&valid).is_some());
        assert_eq!(wal(&valid), Ok(true));
        // With the root behind it and without.
        for length in [valid.len(), entry_end(&valid)] {
            let mut other = valid.clone();
            other.truncate(length);
            other[96..128].fill(7);
            let other = with_checksums(&other);
            assert_eq!(root_claimed_by(&other), Some([7; 32]));
            assert_eq!(wal(&other), Ok(false));
        }
    }
}
