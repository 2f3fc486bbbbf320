//! Another encoding of a module: numbers in LEB128 may be padded with bytes, and mean the same.
//!
//! A padded module is other code, with another hash and length, and must do the same for the same
//! gas apart from what its length costs.
//!
//! Every number is padded that the encoding lets be: counts, lengths and indices of all sections,
//! limits, and in code the declarations of locals, the numbers of operators behind the prefix 0xFC, and
//! all operands. Not padded is what is a single byte: value types, the empty type of a block, flags of
//! limits, and, where there is one memory at most, the index of a memory.

mod code;
mod numbers;
mod sections;

use numbers::Copier;

/// The bytes before the first section.
const HEADER_BYTES: u32 = 8;

/// The same module with every number as long as it may be. `None` when it is no module, or has
/// something that no accepted module has.
pub fn padded(module: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Copier::of(module);
    copy.bytes(HEADER_BYTES)?;
    while !copy.is_over() {
        let id = copy.byte()?;
        copy.sized(|content| sections::section(id, content))?;
    }
    Some(copy.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::padded;
    use lockstep_gas_meter::{Protocol, prepare};
    use wasmparser::{Parser, Payload};

    /// Everything that an accepted module may have, and the bytes of its numbers.
    const EVERYTHING: &str = r#"(module
        (type $pair (func (param i64 i32) (result i32 i64)))
        (type $unary (func (param i32) (result i32)))
        (type $value (func (result i32)))
        (import "lockstep" "block_height" (func $height (result i64)))
        (memory 1 2)
        (table 2 2 funcref)
        (global $g (mut i64) (i64.const -5))
        (global $h i32 (i32.const 7))
        (func $f (type $unary)
            (local i32 i64 i64)
            (block (type $value) (br_if 0 (local.get 0) (i32.eqz (local.get 0))))
            (block (block (br_table 0 1 1 0 (local.get 0))))
            (loop $again (br_if $again (i32.const 0)))
            (global.set $g (i64.const 0x7fffffffffffffff))
            (i32.store16 offset=70000 align=1 (i32.const 0) (i32.const -1))
            (drop (i64.load offset=8 (i32.const 0)))
            (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 1))
            (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))
            (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
            (data.drop $passive)
            (drop (memory.grow (memory.size)))
            (drop)
            (local.tee 1 (select (i32.const 1) (global.get $h) (local.get 1))))
        (func (export "run") (param i32) (result i32)
            (drop (call $height))
            (call_indirect (type $unary) (call $f (local.get 0)) (i32.const 1)))
        (func (export "swap") (type $pair) (local.get 1) (local.get 0))
        (elem (i32.const 0) $f $f)
        (data (i32.const 3) "abc")
        (data $passive "de"))"#;

    /// The id of each section, and the bytes of its content.
    fn sections(module: &[u8]) -> Vec<(u8, usize)> {
        let payloads = Parser::new(0)
            .parse_all(module)
            .filter_map(|payload| payload.expect("it is well formed").as_section());
        payloads.map(|(id, range)| (id, range.len())).collect()
    }

    /// What the code says.
    fn operators(module: &[u8]) -> Vec<String> {
        let mut words = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::CodeSectionEntry(body) = payload.expect("it is well formed") {
                for local in body.get_locals_reader().expect("it has locals") {
                    words.push(format!("{:?}", local.expect("a local")));
                }
                for operator in body.get_operators_reader().expect("it has code") {
                    let operator = format!("{:?}", operator.expect("an operator"));
                    // What it shows of `br_table` are the bytes.
                    words.push(
                        operator
                            .split("BrTable")
                            .next()
                            .unwrap_or_default()
                            .to_string(),
                    );
                }
            }
        }
        words
    }

    #[test]
    fn every_number_of_every_section_is_padded() {
        let module = wat::parse_str(EVERYTHING).expect("the text is a module");
        let longer = padded(&module).expect("it is a module");
        let grown: Vec<(u8, usize)> = sections(&module)
            .into_iter()
            .zip(sections(&longer))
            .map(|((id, plain), (padded_id, padded))| {
                assert_eq!(id, padded_id);
                (id, padded - plain)
            })
            .collect();
        // A number of 32 bits grows by four bytes where it had one; where it had more, by less.
        let expected = [
            // The count, and for each of four types both counts.
            (1, 4 * (1 + 4 * 2)),
            // The count, the lengths of two names, the type.
            (2, 4 * 4),
            // The count and three types.
            (3, 4 * 4),
            // The count and the limits.
            (4, 4 * 3),
            (5, 4 * 3),
            // The count, and -5 in ten bytes, and 7 in five.
            (6, 4 + 9 + 4),
            // The count, and for each of two the length of the name and the index.
            (7, 4 * 5),
            // The count, the kind, the offset, how many functions and which.
            (9, 4 * 6),
            (12, 4),
            // The count, three lengths, five numbers of locals, four numbers of operators with a
            // prefix, and 44 operands, of which one had three bytes before, and one ten.
            (10, 4 * (1 + 3 + 5 + 4 + 42) + 2),
            // The count, the kinds, an offset, two lengths.
            (11, 4 * 6),
            // The length of the name `name`.
            (0, 4),
        ];
        assert_eq!(grown, expected);
        assert_eq!(operators(&longer), operators(&module));
    }

    #[test]
    fn a_padded_module_is_prepared_for_the_same_gas() {
        let module = wat::parse_str(EVERYTHING).expect("the text is a module");
        let longer = padded(&module).expect("it is a module");
        assert_eq!(padded(&longer), Some(longer.clone()), "twice is once");
        let protocol = Protocol::v1();
        let plain = prepare(&module, &protocol).expect("it is accepted");
        let other = prepare(&longer, &protocol).expect("padding is allowed");
        assert_eq!(plain.instantiation_gas(), other.instantiation_gas());
        assert_eq!(padded(&module[..module.len() - 1]), None);
    }
}
