//! The usual forms of operators that only exchange operands: most of all code.
//!
//! A form is usual when its numbers are so short that they are valid whatever they are, and when
//! the operands that it takes are in the word. Nothing is refused here: what is not usual is left
//! to the loop around.

use super::operands::Operands;
use super::values::BITS;

/// A byte of at least this is not the last one of a number.
pub(super) const GOES_ON: u8 = 0x80;

/// Bits of the word for the operands that an operator takes, the last one in the lowest bits.
pub(super) const ANY: u64 = 0;
pub(super) const ONE_I32: u64 = 0b01;
pub(super) const ONE_I64: u64 = 0b10;
pub(super) const TWO_I32: u64 = 0b0101;
pub(super) const TWO_I64: u64 = 0b1010;
pub(super) const I32_BELOW_I64: u64 = 0b0110;

/// A run of operators.
pub(super) struct Run<'c> {
    /// The code from the next operator on: at least eight bytes while one is looked at.
    pub(super) rest: &'c [u8],
    types: u64,
    held: u32,
    /// How many operands are below those in the word.
    below: u32,
    /// The most bits that were held, from there, and how much code was left in front of the first
    /// operator behind which they were.
    most: u32,
    pub(super) rest_at_most: usize,
}

impl<'c> Run<'c> {
    /// A run that begins with this code.
    pub(super) fn new(rest: &'c [u8]) -> Run<'c> {
        Run {
            rest,
            types: 0,
            held: 0,
            below: 0,
            most: 0,
            rest_at_most: rest.len(),
        }
    }

    /// Goes on behind an operator that left these operands, `below` others being below those in
    /// the word. The code is still that in front of it.
    #[inline(always)]
    pub(super) fn resume(&mut self, operands: Operands, below: u32) {
        (self.types, self.held) = (operands.types, operands.held);
        let before = std::mem::replace(&mut self.below, below);
        let lower = before.wrapping_sub(below).wrapping_mul(BITS);
        self.most = self.most.wrapping_add(lower);
        self.notice_height();
    }

    /// The greatest height of the operand stack so far.
    pub(super) fn greatest(&self) -> u32 {
        self.below.wrapping_add(self.most / BITS)
    }

    /// Keeps in mind where the operands are the most.
    #[inline(always)]
    fn notice_height(&mut self) {
        // What is below may have become more than there was so far: the difference has a sign.
        if self.held.cast_signed() > self.most.cast_signed() {
            std::hint::cold_path();
            (self.most, self.rest_at_most) = (self.held, self.rest.len());
        }
    }

    /// The operands.
    #[inline(always)]
    pub(super) fn operands(&self) -> Operands {
        Operands {
            types: self.types,
            held: self.held,
        }
    }
}

impl Run<'_> {
    /// The byte behind the opcode.
    #[inline(always)]
    pub(super) fn first(&self) -> u8 {
        self.rest.get(1).copied().unwrap_or(GOES_ON)
    }

    /// How many bytes the number takes in front of which there are `front`. Too many if it does not
    /// end in the word.
    #[inline(always)]
    fn length(&self, front: u32) -> usize {
        let Some(eight) = self.rest.first_chunk() else {
            return 0;
        };
        let word = u64::from_le_bytes(*eight);
        let ends = !word.wrapping_shr(front.wrapping_mul(8)) & 0x8080_8080_8080_8080;
        usize::try_from(ends.trailing_zeros() / 8).map_or(0, |length| length.wrapping_add(1))
    }

    /// An operator of `length` bytes that takes some operands and leaves a result of the type
    /// `gives`, or none. Returns whether that is usual.
    #[inline(always)]
    pub(super) fn exchange(&mut self, length: usize, (pops, wants): (u32, u64), gives: u8) -> bool {
        let takes = pops.wrapping_mul(BITS);
        if self.held < takes || !self.types & wants != 0 {
            return false;
        }
        let Some(behind) = self.rest.get(length..) else {
            return false;
        };
        self.types = self.types.wrapping_shr(takes);
        self.held = self.held.wrapping_sub(takes);
        if gives != 0 {
            if pops == 0 && self.held >= u64::BITS {
                return false;
            }
            self.types = self.types << BITS | u64::from(gives);
            self.held = self.held.wrapping_add(BITS);
            if pops == 0 {
                self.notice_height();
            }
        }
        self.rest = behind;
        true
    }

    /// `local.get` or `global.get` of a variable of this type, if there is one.
    #[inline(always)]
    pub(super) fn get(&mut self, of: u8) -> bool {
        of != 0 && self.first() < GOES_ON && self.exchange(2, (0, 0), of)
    }

    /// `local.set` or `global.set`.
    #[inline(always)]
    pub(super) fn set(&mut self, of: u8) -> bool {
        of != 0 && self.first() < GOES_ON && self.exchange(2, (1, u64::from(of)), 0)
    }

    /// `local.tee`.
    #[inline(always)]
    pub(super) fn tee(&mut self, of: u8) -> bool {
        of != 0 && self.first() < GOES_ON && self.exchange(2, (1, u64::from(of)), of)
    }

    /// A constant, of which up to `longest` bytes are always valid.
    #[inline(always)]
    pub(super) fn constant(&mut self, longest: usize, gives: u8) -> bool {
        if self.first() < GOES_ON {
            return self.exchange(2, (0, 0), gives);
        }
        let length = self.length(1);
        length <= longest && self.exchange(length.wrapping_add(1), (0, 0), gives)
    }

    /// A load of this natural alignment. An offset of four bytes is always valid.
    #[inline(always)]
    pub(super) fn load(&mut self, alignment: u8, gives: u8) -> bool {
        self.access(alignment, 4, (1, ONE_I32), gives)
    }

    /// A store of this natural alignment. An offset of two bytes fits in 16 bits.
    #[inline(always)]
    pub(super) fn store(&mut self, alignment: u8, wants: u64) -> bool {
        self.access(alignment, 2, (2, wants), 0)
    }

    /// A load or a store.
    #[inline(always)]
    fn access(&mut self, alignment: u8, longest: usize, takes: (u32, u64), gives: u8) -> bool {
        if self.first() > alignment {
            return false;
        }
        if self.rest.get(2).is_some_and(|second| *second < GOES_ON) {
            return self.exchange(3, takes, gives);
        }
        let length = self.length(2);
        length <= longest && self.exchange(length.wrapping_add(2), takes, gives)
    }
}
