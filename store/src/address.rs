//! Where something lies in the log: a segment file and an offset in it, packed into one number.
//! The numbers that the trie's pages hold as links are such addresses.

use std::fmt;

/// Bits of the offset within a segment file; the segment's index stands above them.
const OFFSET_BITS: u32 = 36;

/// A place in the log. Addresses grow in the order in which the log was written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address(u64);

impl Address {
    /// Before everything in the log.
    pub(crate) const START: Address = Address(0);

    /// The longest that a segment file may become.
    pub(crate) const SEGMENT_BYTES_MAX: u64 = 1 << OFFSET_BITS;

    /// The highest index of a segment: links have 62 bits.
    pub(crate) const SEGMENT_MAX: u32 = (1 << (62 - OFFSET_BITS)) - 1;

    /// The address of an offset in a segment; both within their limits.
    pub(crate) fn new(segment: u32, offset: u64) -> Address {
        Address((u64::from(segment) << OFFSET_BITS) | (offset % Self::SEGMENT_BYTES_MAX))
    }

    /// The address that a number is.
    pub(crate) fn from_number(number: u64) -> Address {
        Address(number)
    }

    /// The address as a number.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The index of the segment.
    pub(crate) fn segment(self) -> u32 {
        u32::try_from(self.0 >> OFFSET_BITS).unwrap_or(u32::MAX)
    }

    /// The offset in the segment's file.
    pub(crate) fn offset(self) -> u64 {
        self.0 % Self::SEGMENT_BYTES_MAX
    }

    /// The address some bytes further on in the same segment.
    pub(crate) fn plus(self, bytes: u64) -> Address {
        Address(self.0.saturating_add(bytes))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.segment(), self.offset())
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_taken_apart_as_they_were_put_together() {
        for (segment, offset) in [
            (1, 64),
            (7, Address::SEGMENT_BYTES_MAX - 1),
            (Address::SEGMENT_MAX, 0),
        ] {
            let address = Address::new(segment, offset);
            assert_eq!((address.segment(), address.offset()), (segment, offset));
            assert!(address.number() < 1 << 62);
            assert_eq!(Address::from_number(address.number()), address);
        }
        assert!(Address::new(2, 0) > Address::new(1, Address::SEGMENT_BYTES_MAX - 1));
    }
}
