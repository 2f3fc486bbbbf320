//! A module with a single numeric operator, for the policy.

use crate::generators::Rng;

/// The code section's id.
const CODE: u8 = 10;
/// The first numeric operator, `i32.eqz`, and the last, `i64.extend32_s`.
const NUMERIC: (u8, u8) = (0x45, 0xc4);

/// A module whose one function executes `unreachable` and then holds one numeric operator, whose
/// operands may be of any type there.
pub fn numeric_module(rng: &mut Rng) -> Vec<u8> {
    let (first, last) = NUMERIC;
    let opcode = first + rng.below(usize::from(last - first) + 1) as u8;
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend([1, 4, 1, 0x60, 0, 0]);
    module.extend([3, 2, 1, 0]);
    module.extend([7, 5, 1, 1, b'f', 0, 0]);
    module.extend([CODE, 7, 1, 5, 0, 0x00, opcode, 0x1a, 0x0b]);
    module
}
