//! How large the simplest value of a type is, and how large a value may become.
//!
//! Types come from a contract's ABI, where an array may have any length, also of items without bytes.
//! So nothing is made or taken apart before it is known that it is within these bounds.

use lockstep_abi::{Field, Type};

use super::{fixed_bytes, integer_bytes};
use crate::value::PARTS_MAX;

/// The longest input of a call.
pub(super) const BYTES_MAX: u64 = 131_072;

/// Bytes, and parts of which some may have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    bytes: u64,
    parts: u64,
}

impl Size {
    /// The most that a value may have.
    pub(super) const MAX: Size = Size {
        bytes: BYTES_MAX,
        parts: PARTS_MAX as u64,
    };

    fn part(bytes: u64) -> Size {
        Size { bytes, parts: 1 }
    }

    fn and(self, other: Size) -> Size {
        Size {
            bytes: self.bytes.saturating_add(other.bytes),
            parts: self.parts.saturating_add(other.parts),
        }
    }

    fn times(self, count: u64) -> Size {
        Size {
            bytes: self.bytes.saturating_mul(count),
            parts: self.parts.saturating_mul(count),
        }
    }

    /// What is left of it behind something else; nothing when that is too large.
    pub(super) fn without(self, other: Size) -> Option<Size> {
        Some(Size {
            bytes: self.bytes.checked_sub(other.bytes)?,
            parts: self.parts.checked_sub(other.parts)?,
        })
    }

    /// Takes room for so many of something, or for as many as there is room for. Says how many.
    pub(super) fn take(&mut self, item: Size, count: usize) -> usize {
        let most = |left: u64, each: u64| left.checked_div(each).unwrap_or(u64::MAX);
        let most = most(self.bytes, item.bytes).min(most(self.parts, item.parts));
        let taken = u64::try_from(count).unwrap_or(u64::MAX).min(most);
        *self = self.without(item.times(taken)).unwrap_or_default();
        usize::try_from(taken).unwrap_or(count)
    }

    /// So many bytes of no part of their own.
    pub(super) const BYTE: Size = Size { bytes: 1, parts: 0 };
}

/// The size of a type's simplest value.
pub(super) fn least(ty: &Type) -> Size {
    match ty {
        Type::Array(item, count) => least(item).times(u64::from(*count)).and(Size::part(0)),
        Type::Tuple(types) => sum(types.iter()),
        Type::Struct { fields, .. } => least_of(fields),
        Type::Enum { variants, .. } => {
            let first = variants.first();
            first.map_or(Size::part(0), |first| {
                least_of(&first.fields).and(Size::part(1))
            })
        }
        Type::Unit => Size::part(0),
        _ => {
            let bytes = integer_bytes(ty).unwrap_or_else(|| fixed_bytes(ty));
            Size::part(u64::try_from(bytes).unwrap_or(u64::MAX))
        }
    }
}

/// The size of the simplest values of fields together.
pub(super) fn least_of(fields: &[Field]) -> Size {
    sum(fields.iter().map(|field| &field.ty))
}

fn sum<'t>(types: impl Iterator<Item = &'t Type>) -> Size {
    types.map(least).fold(Size::part(0), Size::and)
}

/// Whether there are values of these types that a call can be given.
pub(in crate::fuzz_det) fn can_be_given<'t>(types: impl Iterator<Item = &'t Type>) -> bool {
    Size::MAX.without(sum(types)).is_some()
}
