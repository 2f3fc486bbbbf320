//! The binary nodes inside a page, as arithmetic on sets of slots.
//!
//! A page stands for one half byte of the keys below it (`key_bits.rs`). Which slots are taken is
//! a set, written as a mask with one bit per slot, and the set says all about the binary nodes
//! between them: a set of one slot is that child, a set of more is an internal node whose bit is
//! the first in which the slots differ. So a page with `m` children has `m - 1` internal nodes,
//! one for each gap between neighbouring slots, and no shape has to be stored.

/// How many places for a bit a half byte has.
pub(crate) const PLACES: usize = 5;

/// The internal node over two or more slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fork {
    /// The place of the node's bit in the half byte, counted from 0 at its last bit.
    pub(crate) place: u32,
    /// The slots that have a 0 there, not empty.
    pub(crate) left: u32,
    /// The slots that have a 1 there, not empty.
    pub(crate) right: u32,
    /// All slots that could be below the node, whether they are taken or not.
    pub(crate) span: u32,
}

/// The internal node over a set of slots; `None` if it has fewer than two.
pub(crate) fn fork(slots: u32) -> Option<Fork> {
    let first = slots.trailing_zeros();
    let last = u32::BITS
        .checked_sub(slots.leading_zeros())?
        .checked_sub(1)?;
    let place = (u32::BITS - 1).checked_sub((first ^ last).leading_zeros())?;
    let half = 1_u32.unbounded_shl(place);
    // The first slot with a 1 at the place.
    let middle = last.unbounded_shr(place).unbounded_shl(place);
    let lower = below(middle);
    let width = half.saturating_mul(2);
    let span = below(width).unbounded_shl(middle.saturating_sub(half));
    Some(Fork {
        place,
        left: slots & lower,
        right: slots & !lower,
        span,
    })
}

/// The set of one slot.
pub(crate) fn only(slot: u32) -> u32 {
    1_u32.unbounded_shl(slot)
}

/// The set of the slots below one.
pub(crate) fn below(slot: u32) -> u32 {
    !u32::MAX.unbounded_shl(slot)
}

/// The set of the slots above one.
pub(crate) fn above(slot: u32) -> u32 {
    u32::MAX.unbounded_shl(slot.saturating_add(1))
}

/// The lowest slot of a set that is not empty.
pub(crate) fn first(slots: u32) -> u32 {
    slots.trailing_zeros()
}

/// How many slots a set has.
pub(crate) fn count(slots: u32) -> usize {
    usize::try_from(slots.count_ones()).unwrap_or(usize::MAX)
}

/// The number of slots of `present` before `slot`: the place of its child in the page.
pub(crate) fn rank(present: u32, slot: u32) -> usize {
    count(present & below(slot))
}

/// Where the page with the slots `present` has the digest of the node over `slots`, a subset that
/// is one child or all that is below one of the page's nodes. The children come first, then the
/// internal nodes in the order of the gaps that they stand for.
pub(crate) fn digest_index(present: u32, slots: u32) -> usize {
    match fork(slots) {
        None => rank(present, first(slots)),
        Some(fork) => {
            let gap = rank(present, first(fork.right)).saturating_sub(1);
            count(present).saturating_add(gap)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::{Fork, digest_index, first, fork};

    #[test]
    fn forks_are_where_slots_first_differ() {
        assert_eq!(fork(0), None);
        assert_eq!(fork(0x8000_0000), None);
        let all = fork(u32::MAX).expect("many slots");
        assert_eq!((all.place, all.left, all.span), (4, 0xffff, u32::MAX));
        let expected = Fork {
            place: 1,
            left: 0b0010_0000,
            right: 0b1100_0000,
            span: 0b1111_0000,
        };
        assert_eq!(fork(0b1110_0000), Some(expected));
    }

    proptest! {
        #[test]
        fn each_node_of_a_page_has_a_digest_of_its_own(present in any::<u32>()) {
            let (mut indices, mut pending) = (Vec::new(), vec![present]);
            while let Some(slots) = pending.pop().filter(|slots| *slots != 0) {
                indices.push(digest_index(present, slots));
                if let Some(fork) = fork(slots) {
                    prop_assert_eq!(fork.left | fork.right, slots);
                    prop_assert_eq!(slots & !fork.span, 0);
                    let middle = 1 << fork.place;
                    prop_assert!(first(fork.right) & middle != 0 && first(fork.left) & middle == 0);
                    pending.extend([fork.left, fork.right]);
                }
            }
            indices.sort();
            let nodes = (2 * present.count_ones()).saturating_sub(1);
            prop_assert!(indices.into_iter().eq(0..usize::try_from(nodes).expect("few")));
        }
    }
}
