//! Other encodings of a module: numbers in LEB128 may be padded, and mean the same.
//!
//! And a module with a single numeric operator, for the policy.

use wasmparser::{BinaryReader, FunctionBody, Operator};

use crate::generators::Rng;

/// The bytes before the first section.
const HEADER_BYTES: usize = 8;
/// The code section's id.
const CODE: u8 = 10;
/// The first numeric operator, `i32.eqz`, and the last, `i64.extend32_s`.
const NUMERIC: (u8, u8) = (0x45, 0xc4);

/// The same module with every section's length, every body's length, and the operands of constants
/// and locals padded to five bytes.
///
/// # Panics
/// When the bytes are not a valid module.
pub fn padded(module: &[u8]) -> Vec<u8> {
    let mut out = module[..HEADER_BYTES].to_vec();
    let mut rest = &module[HEADER_BYTES..];
    while let Some((id, after)) = rest.split_first() {
        let (length, after) = unsigned(after);
        let (content, after) = after.split_at(length as usize);
        rest = after;
        let content = match *id {
            CODE => padded_code(content),
            _ => content.to_vec(),
        };
        out.push(*id);
        push_padded(content.len() as u32, &mut out);
        out.extend(content);
    }
    out
}

fn padded_code(section: &[u8]) -> Vec<u8> {
    let (count, mut rest) = unsigned(section);
    let mut out = Vec::new();
    push_padded(count, &mut out);
    for _ in 0..count {
        let (length, after) = unsigned(rest);
        let (body, after) = after.split_at(length as usize);
        rest = after;
        let body = padded_body(body);
        push_padded(body.len() as u32, &mut out);
        out.extend(body);
    }
    out
}

fn padded_body(bytes: &[u8]) -> Vec<u8> {
    let body = FunctionBody::new(BinaryReader::new(bytes, 0));
    let mut reader = body.get_operators_reader().expect("a valid module");
    let mut out = bytes[..reader.original_position()].to_vec();
    while !reader.eof() {
        let start = reader.original_position();
        let operator = reader.read().expect("a valid module");
        let plain = &bytes[start..reader.original_position()];
        match operator {
            Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } => {
                out.push(plain[0]);
                push_padded(local_index, &mut out);
            }
            Operator::I32Const { value } => {
                out.push(plain[0]);
                push_padded_signed(value, &mut out);
            }
            _ => out.extend(plain),
        }
    }
    out
}

/// An unsigned number, and what follows it.
fn unsigned(bytes: &[u8]) -> (u32, &[u8]) {
    let mut number = 0;
    for (position, byte) in bytes.iter().enumerate() {
        number |= u32::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return (number, &bytes[position + 1..]);
        }
    }
    (number, &[])
}

fn push_padded(number: u32, out: &mut Vec<u8>) {
    for position in 0..5 {
        let last = if position < 4 { 0x80 } else { 0 };
        out.push((number >> (7 * position)) as u8 & 0x7f | last);
    }
}

fn push_padded_signed(number: i32, out: &mut Vec<u8>) {
    let wide = i64::from(number);
    for position in 0..5 {
        let last = if position < 4 { 0x80 } else { 0 };
        out.push((wide >> (7 * position)) as u8 & 0x7f | last);
    }
}

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

#[cfg(test)]
mod tests {
    use super::padded;
    use crate::corpus;
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn a_padded_module_is_longer_and_accepted() {
        let seeds = corpus::built_in();
        let module = seeds.iter().find(|seed| seed.oracle == "module");
        let module = &module.expect("a module").bytes;
        let longer = padded(module);
        assert!(longer.len() > module.len() + 30);
        prepare(&longer, &Protocol::v1()).expect("padding is allowed");
        let again = padded(&longer);
        assert_eq!(again, longer, "padding twice is padding once");
    }
}
