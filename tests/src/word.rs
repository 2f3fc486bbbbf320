//! Integer values as raw 64-bit words; 32-bit ones are zero-extended.

use wasmi::{Val, ValType};

/// A number as the raw word of a value of this type.
pub fn cut(ty: wasmparser::ValType, number: u64) -> u64 {
    match ty {
        wasmparser::ValType::I32 => number & 0xffff_ffff,
        _ => number,
    }
}

/// A raw word as a value of an integer type.
pub(crate) fn to_val(ty: ValType, word: u64) -> Val {
    match ty {
        ValType::I32 => Val::I32(word as u32 as i32),
        ValType::I64 => Val::I64(word as i64),
        other => panic!("{other:?} is outside the accepted subset"),
    }
}

/// An integer value as a raw word.
pub(crate) fn to_word(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        other => panic!("{other:?} is outside the accepted subset"),
    }
}
