//! The usual forms of operators that only exchange operands: most of all code.
//!
//! A form is usual when its numbers are so short that they are valid whatever they are, and when
//! the operands that it takes are in the word. Nothing is refused here: what is not usual is left
//! to the loop around.

use super::body::State;
use super::code::Code;
use super::operands::Operands;
use super::row::{GLOBALS, LOCALS, MUTABLE_GLOBALS};
use super::values::{BITS, I32, I64};
use super::variables::Variables;

/// A byte of at least this is not the last one of a number.
const GOES_ON: u8 = 0x80;

/// Bits of the word for the operands that an operator takes, the last one in the lowest bits.
const ANY: u64 = 0;
const ONE_I32: u64 = 0b01;
const ONE_I64: u64 = 0b10;
const TWO_I32: u64 = 0b0101;
const TWO_I64: u64 = 0b1010;
const I32_BELOW_I64: u64 = 0b0110;

/// A run of operators.
struct Run<'c> {
    /// The code from the next operator on: at least eight bytes while one is looked at.
    rest: &'c [u8],
    types: u64,
    held: u32,
    /// The most bits that were held, and how much code was left in front of that operator.
    most: u32,
    rest_at_most: usize,
}

/// Goes through usual forms of operators. Stops in front of everything else, and near the end of
/// the file; what is behind the function is for the loop around to notice.
#[inline(never)]
pub(super) fn usual(
    bytes: &[u8],
    code: &Code,
    variables: &Variables,
    below: u32,
    state: &mut State,
) {
    let most = state.greatest.wrapping_sub(below).wrapping_mul(BITS);
    let mut run = Run {
        rest: bytes.get(state.at..).unwrap_or_default(),
        types: state.operands.types,
        held: state.operands.held,
        most,
        rest_at_most: 0,
    };
    let (mut prices, mut latest) = (state.prices, None);
    while let [opcode, _, _, _, _, _, _, _, ..] = *run.rest {
        let is_usual = match opcode {
            0x1a => run.exchange(1, (1, ANY), 0),
            0x20 => run.get(variables.short(LOCALS, run.first())),
            0x21 => run.set(variables.short(LOCALS, run.first())),
            0x22 => run.tee(variables.short(LOCALS, run.first())),
            0x23 => run.get(variables.short(GLOBALS, run.first())),
            0x24 => run.set(variables.short(MUTABLE_GLOBALS, run.first())),
            0x28 => code.has_memory && run.load(2, I32),
            0x29 => code.has_memory && run.load(3, I64),
            0x2c | 0x2d => code.has_memory && run.load(0, I32),
            0x2e | 0x2f => code.has_memory && run.load(1, I32),
            0x30 | 0x31 => code.has_memory && run.load(0, I64),
            0x32 | 0x33 => code.has_memory && run.load(1, I64),
            0x34 | 0x35 => code.has_memory && run.load(2, I64),
            0x36 => code.has_memory && run.store(2, TWO_I32),
            0x37 => code.has_memory && run.store(3, I32_BELOW_I64),
            0x3a => code.has_memory && run.store(0, TWO_I32),
            0x3b => code.has_memory && run.store(1, TWO_I32),
            0x3c => code.has_memory && run.store(0, I32_BELOW_I64),
            0x3d => code.has_memory && run.store(1, I32_BELOW_I64),
            0x3e => code.has_memory && run.store(2, I32_BELOW_I64),
            0x41 => run.constant(4, I32),
            0x42 => run.constant(7, I64),
            0x45 | 0x67..=0x69 | 0xc0 | 0xc1 => run.exchange(1, (1, ONE_I32), I32),
            0x46..=0x4f | 0x6a..=0x78 => run.exchange(1, (2, TWO_I32), I32),
            0x50 | 0xa7 => run.exchange(1, (1, ONE_I64), I32),
            0x51..=0x5a => run.exchange(1, (2, TWO_I64), I32),
            0x79..=0x7b | 0xc2..=0xc4 => run.exchange(1, (1, ONE_I64), I64),
            0x7c..=0x8a => run.exchange(1, (2, TWO_I64), I64),
            0xac | 0xad => run.exchange(1, (1, ONE_I32), I64),
            _ => false,
        };
        if !is_usual {
            break;
        }
        let row = code.rows.of(opcode);
        prices = prices.wrapping_add(row.price);
        latest = Some(row);
    }
    state.prices = prices;
    if let Some(row) = latest {
        state.top = row.top;
    }
    state.at = bytes.len().wrapping_sub(run.rest.len());
    state.operands = Operands {
        types: run.types,
        held: run.held,
    };
    if run.most != most {
        state.greatest = below.wrapping_add(run.most / BITS);
        state.at_greatest = bytes.len().wrapping_sub(run.rest_at_most);
    }
}

impl Run<'_> {
    /// The byte behind the opcode.
    #[inline(always)]
    fn first(&self) -> u8 {
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
    fn exchange(&mut self, length: usize, (pops, wants): (u32, u64), gives: u8) -> bool {
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
            if pops == 0 && self.held > self.most {
                std::hint::cold_path();
                (self.most, self.rest_at_most) = (self.held, self.rest.len());
            }
        }
        self.rest = behind;
        true
    }

    /// `local.get` or `global.get` of a variable of this type, if there is one.
    #[inline(always)]
    fn get(&mut self, of: u8) -> bool {
        of != 0 && self.first() < GOES_ON && self.exchange(2, (0, 0), of)
    }

    /// `local.set` or `global.set`.
    #[inline(always)]
    fn set(&mut self, of: u8) -> bool {
        of != 0 && self.first() < GOES_ON && self.exchange(2, (1, u64::from(of)), 0)
    }

    /// `local.tee`.
    #[inline(always)]
    fn tee(&mut self, of: u8) -> bool {
        of != 0 && self.first() < GOES_ON && self.exchange(2, (1, u64::from(of)), of)
    }

    /// A constant, of which up to `longest` bytes are always valid.
    #[inline(always)]
    fn constant(&mut self, longest: usize, gives: u8) -> bool {
        if self.first() < GOES_ON {
            return self.exchange(2, (0, 0), gives);
        }
        let length = self.length(1);
        length <= longest && self.exchange(length.wrapping_add(1), (0, 0), gives)
    }

    /// A load of this natural alignment. An offset of four bytes is always valid.
    #[inline(always)]
    fn load(&mut self, alignment: u8, gives: u8) -> bool {
        self.access(alignment, 4, (1, ONE_I32), gives)
    }

    /// A store of this natural alignment. An offset of two bytes fits in 16 bits.
    #[inline(always)]
    fn store(&mut self, alignment: u8, wants: u64) -> bool {
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
