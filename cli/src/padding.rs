//! Another encoding of a module: numbers in LEB128 may be padded with bytes, and mean the same.
//!
//! A padded module is other code, with another hash and length, and must do the same for the same
//! gas apart from what its length costs.

use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, Operator};

/// The bytes before the first section.
const HEADER_BYTES: usize = 8;
/// The code section's id.
const CODE: u8 = 10;
/// The most bytes of a number of 32 bits, and of 64.
const BYTES_MAX_32: u32 = 5;
const BYTES_MAX_64: u32 = 10;

/// The same module with every section's length, every body's length, and the operands of constants,
/// locals, globals, calls and branches as long as they may be. `None` when it is no module.
pub fn padded(module: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(HEADER_BYTES)?;
    let mut out = header.to_vec();
    while let Some((id, after)) = rest.split_first() {
        let (length, after) = unsigned(after)?;
        let (content, after) = after.split_at_checked(length)?;
        rest = after;
        let content = match *id {
            CODE => padded_code(content)?,
            _ => content.to_vec(),
        };
        out.push(*id);
        push_length(&content, &mut out)?;
        out.extend(content);
    }
    Some(out)
}

fn padded_code(section: &[u8]) -> Option<Vec<u8>> {
    let (count, mut rest) = unsigned(section)?;
    let mut out = Vec::new();
    push(i64::try_from(count).ok()?, BYTES_MAX_32, &mut out);
    for _ in 0..count {
        let (length, after) = unsigned(rest)?;
        let (body, after) = after.split_at_checked(length)?;
        rest = after;
        let body = padded_body(body).ok()?;
        push_length(&body, &mut out)?;
        out.extend(body);
    }
    Some(out)
}

fn padded_body(bytes: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let body = FunctionBody::new(BinaryReader::new(bytes, 0));
    let mut reader = body.get_operators_reader()?;
    let mut out = bytes[..reader.original_position()].to_vec();
    while !reader.eof() {
        let start = reader.original_position();
        let operator = reader.read()?;
        let plain = &bytes[start..reader.original_position()];
        let operand = match operator {
            Operator::LocalGet { local_index: index }
            | Operator::LocalSet { local_index: index }
            | Operator::LocalTee { local_index: index }
            | Operator::GlobalGet {
                global_index: index,
            }
            | Operator::GlobalSet {
                global_index: index,
            }
            | Operator::Call {
                function_index: index,
            }
            | Operator::Br {
                relative_depth: index,
            }
            | Operator::BrIf {
                relative_depth: index,
            } => Some((index.into(), BYTES_MAX_32)),
            Operator::I32Const { value } => Some((value.into(), BYTES_MAX_32)),
            Operator::I64Const { value } => Some((value, BYTES_MAX_64)),
            _ => None,
        };
        match operand {
            Some((number, length)) => {
                out.push(plain[0]);
                push(number, length, &mut out);
            }
            None => out.extend(plain),
        }
    }
    Ok(out)
}

/// An unsigned number, and what follows it.
fn unsigned(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut reader = BinaryReader::new(bytes, 0);
    let number = reader.read_var_u32().ok()?;
    let rest = bytes.get(reader.original_position()..)?;
    Some((usize::try_from(number).ok()?, rest))
}

fn push_length(content: &[u8], out: &mut Vec<u8>) -> Option<()> {
    push(i64::try_from(content.len()).ok()?, BYTES_MAX_32, out);
    Some(())
}

/// A number in so many bytes; a negative one is a signed operand, in which the sign is repeated.
fn push(number: i64, length: u32, out: &mut Vec<u8>) {
    for position in 0..length {
        let group = (number >> (7 * position)) & 0x7f;
        let more = if position + 1 < length { 0x80 } else { 0 };
        out.push(u8::try_from(group | more).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::padded;
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn a_padded_module_is_longer_and_prepared_for_the_same_gas() {
        let text = "(module (memory 1) (global $g (mut i64) (i64.const 0))
            (func $f (param i32) (result i64)
                (block (br_if 0 (i32.eqz (local.get 0))))
                (global.set $g (i64.const -5))
                (i64.add (global.get $g) (i64.const 0x7fffffffffffffff)))
            (func (export \"run\") (drop (call $f (i32.const -1)))))";
        let module = wat::parse_str(text).expect("the text is a module");
        let longer = padded(&module).expect("it is a module");
        assert!(longer.len() > module.len() + 60);
        assert_eq!(padded(&longer), Some(longer.clone()), "twice is once");
        let protocol = Protocol::v1();
        let plain = prepare(&module, &protocol).expect("it is accepted");
        let other = prepare(&longer, &protocol).expect("padding is allowed");
        assert_eq!(plain.instantiation_gas(), other.instantiation_gas());
        assert_eq!(padded(&module[..module.len() - 1]), None);
    }
}
