//! Value types as bits, and lists of them.
//!
//! Two bits stand for a type, so that a word holds 32 of them and one operation compares many: an
//! operand is what an operator wants if it has all the bits that the operator wants. An operand of
//! an unknown type, which only code that cannot be reached has, has both bits and is anything; and
//! an operator that takes any operand wants no bits.

use lockstep_abi::ValueType;

use crate::module_facts::FunctionType;

/// The bits of one type.
pub(super) const I32: u8 = 0b01;
pub(super) const I64: u8 = 0b10;
pub(super) const UNKNOWN: u8 = 0b11;

/// How many bits a type has in a word.
pub(super) const BITS: u32 = 2;

/// The longest list that [`Values::bits`] holds.
const SHORT: u32 = 16;

/// The bits of a value type.
pub(super) const fn bits_of(value_type: ValueType) -> u8 {
    match value_type {
        ValueType::I32 => I32,
        ValueType::I64 => I64,
    }
}

/// A list of value types.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// The types of the last [`SHORT`], the last one in the lowest bits.
    pub(super) bits: u64,
    /// How many bits they take, or more than a word has if they are more than [`SHORT`].
    pub(super) width: u32,
    /// How many there are.
    pub(super) count: u32,
    /// All of them, if they are more than [`SHORT`].
    long: Vec<u8>,
}

impl Values {
    /// The list of these types.
    pub(super) fn of(types: &[ValueType]) -> Values {
        let push = |bits: u64, of: &ValueType| (bits << BITS) | u64::from(bits_of(*of));
        let count = u32::try_from(types.len()).unwrap_or(u32::MAX);
        let all = || types.iter().map(|of| bits_of(*of));
        Values {
            bits: types.iter().fold(0, push) & u64::from(u32::MAX),
            width: if count > SHORT {
                u32::MAX
            } else {
                count.wrapping_mul(BITS)
            },
            count,
            long: if count > SHORT {
                all().collect()
            } else {
                Vec::new()
            },
        }
    }

    /// Whether these are the same types as the others.
    #[inline]
    pub(super) fn are(&self, others: &Values) -> bool {
        let same = self.count == others.count && self.bits == others.bits;
        same && (self.count <= SHORT || self.long == others.long)
    }

    /// The bits of the type with `depth` others behind it.
    pub(super) fn at(&self, depth: u32) -> u8 {
        if let Some(position) = self.long.len().checked_sub(1)
            && let Ok(depth) = usize::try_from(depth)
        {
            let position = position.checked_sub(depth);
            return position
                .and_then(|at| self.long.get(at))
                .copied()
                .unwrap_or(UNKNOWN);
        }
        type_in(self.bits, depth)
    }
}

/// The bits of the type with `depth` others below it in a word.
pub(super) fn type_in(word: u64, depth: u32) -> u8 {
    let [lowest, ..] = word.wrapping_shr(depth.wrapping_mul(BITS)).to_le_bytes();
    lowest & UNKNOWN
}

/// What a function or a block takes and leaves.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    pub(super) params: Values,
    pub(super) results: Values,
}

impl Signature {
    /// The signature of a function type.
    pub(super) fn of(function_type: &FunctionType) -> Signature {
        Signature {
            params: Values::of(&function_type.params),
            results: Values::of(&function_type.results),
        }
    }
}
