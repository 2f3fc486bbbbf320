//! Ranges of numbers, and the arithmetic of the two widths.

/// How wide a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    /// 32 bits.
    W32,
    /// 64 bits.
    W64,
}

impl Width {
    /// The greatest number of this width.
    pub(super) const fn most(self) -> u64 {
        match self {
            Width::W32 => 0xffff_ffff,
            Width::W64 => u64::MAX,
        }
    }

    /// The sign bit.
    pub(super) const fn sign(self) -> u64 {
        match self {
            Width::W32 => 0x8000_0000,
            Width::W64 => 0x8000_0000_0000_0000,
        }
    }

    /// The number of bits.
    pub(super) const fn bits(self) -> u32 {
        match self {
            Width::W32 => 32,
            Width::W64 => 64,
        }
    }

    /// The sum in this width.
    pub(super) const fn add(self, left: u64, right: u64) -> u64 {
        left.wrapping_add(right) & self.most()
    }

    /// The difference in this width.
    pub(super) const fn sub(self, left: u64, right: u64) -> u64 {
        left.wrapping_sub(right) & self.most()
    }
}

/// The numbers from `low` to `high`, unsigned, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) low: u64,
    pub(super) high: u64,
}

impl Range {
    /// Only this number.
    pub(super) const fn only(number: u64) -> Range {
        Range {
            low: number,
            high: number,
        }
    }

    /// From 0 to `high`.
    pub(super) const fn up_to(high: u64) -> Range {
        Range { low: 0, high }
    }

    /// The numbers in both, or `None` when there are none.
    pub(super) fn meet(self, other: Range) -> Option<Range> {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        (low <= high).then_some(Range { low, high })
    }

    /// The smallest range that holds both.
    pub(super) fn hull(self, other: Range) -> Range {
        Range {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The range with a constant added, or every number when that wraps for some and not for all.
    pub(super) fn shift(self, by: u64, width: Width) -> Range {
        let (low, high) = (width.add(self.low, by), width.add(self.high, by));
        if low <= high {
            Range { low, high }
        } else {
            Range::up_to(width.most())
        }
    }

    /// The sums of a number of each, or every number when one may wrap.
    pub(super) fn plus(self, other: Range, width: Width) -> Range {
        match (
            self.low.checked_add(other.low),
            self.high.checked_add(other.high),
        ) {
            (Some(low), Some(high)) if high <= width.most() => Range { low, high },
            _ => Range::up_to(width.most()),
        }
    }

    /// Bounds as signed numbers, or all of them when the range has both signs.
    pub(super) fn signed(self, width: Width) -> (i128, i128) {
        let sign = width.sign();
        if (self.low ^ self.high) & sign != 0 {
            return (
                0_i128.saturating_sub(i128::from(sign)),
                i128::from(sign).saturating_sub(1),
            );
        }
        (signed(self.low, width), signed(self.high, width))
    }
}

/// A number of this width, read as signed.
pub(super) fn signed(number: u64, width: Width) -> i128 {
    let number_wide = i128::from(number);
    if number & width.sign() == 0 {
        number_wide
    } else {
        let modulus = i128::from(width.most()).saturating_add(1);
        number_wide.saturating_sub(modulus)
    }
}
