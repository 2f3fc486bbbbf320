//! The length of a bulk operator, where the code says it.
//!
//! Most code copies and fills a number of bytes that is known when it is compiled: the operator in
//! front of the bulk operator is an `i32.const`. What the bytes cost is then a part of the segment's
//! sum, and nothing is computed from the operand when it runs.
//!
//! The walk keeps no operator, so the constant is read backwards from the bulk operator: a LEB128
//! number ends with the one byte of it that is below 0x80, in front of which only bytes of 0x80 and
//! more belong to it; the opcode, 0x41, is below 0x80 again.

use wasmparser::{BinaryReader, FunctionBody};

/// The opcode of `i32.const`.
const I32_CONST: u8 = 0x41;

/// The first value of a byte behind which a LEB128 number goes on.
const GOES_ON: u8 = 0x80;

/// The largest length that is paid with the segment. Lengths above it are rare, and sums of prices
/// stay as far below what the counter holds as with operands (`schedule::check`).
const PAID_BYTES_MAX: u32 = 1 << 12;

/// The length that the `i32.const` right in front of the bulk operator at offset `at` says, if it is
/// at most [`PAID_BYTES_MAX`]. The operator in front is an `i32.const`.
pub(super) fn length_before(body: &FunctionBody<'_>, at: usize) -> Option<u32> {
    let end = at.checked_sub(body.range().start)?;
    let code = body.as_bytes().get(..end)?;
    let (_, front) = code.split_last()?;
    let more = front.iter().rev().take_while(|byte| **byte >= GOES_ON);
    let start = front.len().checked_sub(more.count())?;
    let (opcode, number) = code.get(start.checked_sub(1)?..)?.split_first()?;
    let number = BinaryReader::new(number, 0).read_var_i32().ok()?;
    let length = number.cast_unsigned();
    (*opcode == I32_CONST && length <= PAID_BYTES_MAX).then_some(length)
}
