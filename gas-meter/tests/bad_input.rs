//! Damaged, hostile and random input: a refusal with a place, no panic, and time in proportion to
//! the length.

use lockstep_gas_meter::{PrepareError, PreparedModule, Protocol, ViolationCode as C, prepare};
use proptest::prelude::*;

/// A module that uses every part of the accepted subset.
const SAMPLE: &str = "(module
    (import \"lockstep\" \"input_length\" (func $input_length (result i32)))
    (import \"lockstep\" \"return\" (func $return (param i32 i32)))
    (type $binary (func (param i32 i32) (result i32)))
    (memory (export \"memory\") 2 10)
    (table 3 funcref)
    (global $top (mut i32) (i32.const 1024))
    (global (export \"base\") i32 (i32.const 16))
    (elem (i32.const 0) func $add $pair_first)
    (data (i32.const 8) \"hello\")
    (data $later \"later\")
    (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $pair (param i64) (result i64 i64) (local.get 0) (i64.mul (local.get 0) (i64.const 3)))
    (func $pair_first (type $binary) (drop (call $pair (i64.const 4))) i32.wrap_i64)
    (func (export \"run\") (local $i i32) (local $sum i64)
        (loop $again
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (if (i32.rem_u (local.get $i) (i32.const 3))
                (then (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $i)))))
                (else (i64.store (i32.const 64) (local.get $sum))))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))
        (block $out (block $in (br_table $in $out (call $input_length))) (drop (memory.grow (i32.const 1))))
        (memory.init $later (i32.const 0) (i32.const 0) (i32.const 5))
        (data.drop $later)
        (memory.copy (i32.const 0) (i32.const 8) (i32.const 5))
        (drop (call_indirect (type $binary) (i32.const 1) (i32.const 2) (i32.const 0)))
        (call $return (i32.const 0) (i32.const 8)))
    (func (export \"stop\") unreachable))";

fn sample() -> Vec<u8> {
    wat::parse_str(SAMPLE).expect("the text is a module")
}

/// Prepares, and fails the test on a mistake of the crate.
fn prepared(bytes: &[u8]) -> Option<PreparedModule> {
    match prepare(bytes, &Protocol::v1()) {
        Ok(module) => {
            if let Err(error) = wasmparser::Validator::new().validate_all(module.bytes()) {
                panic!("the prepared module is not valid: {error}");
            }
            Some(module)
        }
        Err(PrepareError::Refused(refusal)) => {
            assert!(!refusal.violations.is_empty());
            let length = u64::try_from(bytes.len()).expect("64 bits");
            for violation in &refusal.violations {
                assert!(violation.offset <= length, "{violation}");
                assert!(!violation.message.is_empty() && !violation.help.is_empty());
            }
            None
        }
        Err(PrepareError::Internal(error)) => panic!("{error}"),
    }
}

#[test]
fn the_sample_is_accepted() {
    assert!(prepared(&sample()).is_some());
}

#[test]
fn a_module_cut_anywhere_is_refused_or_ends_between_sections() {
    let whole = sample();
    let accepted: Vec<usize> = (0..whole.len())
        .filter(|length| prepared(&whole[..*length]).is_some())
        .collect();
    // What is before a section can stand alone as long as no function is declared without its
    // body: the header, the types, the imports; and everything but the names at the end.
    let starts = section_starts(&whole);
    assert_eq!(
        accepted,
        [8, starts[1], starts[2], starts[starts.len() - 1]]
    );
}

/// Where each section begins, with its id.
fn section_starts(bytes: &[u8]) -> Vec<usize> {
    let mut end = 8;
    let mut starts = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(bytes) {
        if let Some((_, range)) = payload.expect("well-formed").as_section() {
            starts.push(end);
            end = range.end;
        }
    }
    starts
}

#[test]
fn a_module_with_any_byte_changed_makes_no_trouble() {
    let whole = sample();
    for position in 0..whole.len() {
        for change in [0x01, 0x40, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[position] ^= change;
            prepared(&changed);
        }
    }
}

/// Pads the length of every section to five bytes, which changes nothing but the encoding.
fn with_padded_section_lengths(bytes: &[u8]) -> Vec<u8> {
    let mut output = bytes[..8].to_vec();
    let mut rest = &bytes[8..];
    while let [id, after_id @ ..] = rest {
        let mut length: usize = 0;
        let mut shift = 0;
        let mut taken = 0;
        loop {
            let byte = after_id[taken];
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            taken += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        output.push(*id);
        for group in 0..5 {
            let low = u8::try_from((length >> (7 * group)) & 0x7f).expect("seven bits");
            output.push(if group < 4 { low | 0x80 } else { low });
        }
        output.extend_from_slice(&after_id[taken..taken + length]);
        rest = &after_id[taken + length..];
    }
    output
}

#[test]
fn padded_section_lengths_change_nothing_but_the_length() {
    let plain = sample();
    let padded = with_padded_section_lengths(&plain);
    assert!(padded.len() > plain.len());
    let plain = prepared(&plain).expect("accepted");
    let padded = prepared(&padded).expect("accepted");
    assert_eq!(plain.bytes(), padded.bytes());
    assert_eq!(plain.instantiation_gas(), padded.instantiation_gas());
}

/// A function `i32.const 1, drop` whose constant takes `width` bytes.
fn with_constant_of(width: usize) -> Vec<u8> {
    let mut constant = vec![0x81];
    constant.resize(width - 1, 0x80);
    constant.push(0x00);
    if width == 1 {
        constant = vec![0x01];
    }
    let mut body = vec![0, 0x41];
    body.extend_from_slice(&constant);
    body.extend_from_slice(&[0x1a, 0x0b]);
    let length = u8::try_from(body.len()).expect("short");
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]);
    bytes.extend_from_slice(&[10, length + 2, 1, length]);
    bytes.extend_from_slice(&body);
    bytes
}

#[test]
fn padded_immediates_cost_the_same_and_stay_as_they_are() {
    let plain = prepared(&with_constant_of(1)).expect("accepted");
    for width in 2..=5 {
        let padded = prepared(&with_constant_of(width)).expect("accepted");
        let difference = padded.bytes().len() - plain.bytes().len();
        assert_eq!(difference, width - 1, "the code is copied verbatim");
        assert_eq!(
            padded.functions()[0].frame_slots,
            plain.functions()[0].frame_slots
        );
    }
    assert!(prepared(&with_constant_of(6)).is_none());
}

#[test]
fn ten_thousand_functions_are_fine_and_one_more_is_not() {
    let module = |count: usize| {
        let functions =
            "(func (drop (i32.add (i32.const 1) (i32.const 200000))) nop nop nop nop nop nop)"
                .repeat(count);
        wat::parse_str(format!("(module {functions})")).expect("a module")
    };
    let many = prepared(&module(10_000)).expect("accepted");
    assert_eq!(many.functions().len(), 10_000);
    assert!(prepared(&module(10_001)).is_none());
}

/// Nesting as deep as the file is long, far past the limit: one violation, no recursion.
#[test]
fn hundreds_of_thousands_of_open_blocks_are_one_violation() {
    let mut body = vec![0];
    for _ in 0..80_000 {
        body.extend_from_slice(&[0x02, 0x40]);
    }
    body.resize(body.len() + 80_001, 0x0b);
    let bytes = module_with_body(&body);
    let Err(PrepareError::Refused(refusal)) = prepare(&bytes, &Protocol::v1()) else {
        panic!("it must be refused");
    };
    assert_eq!(refusal.violations.len(), 1);
    assert_eq!(refusal.violations[0].code, C::Nesting);
}

/// A module with one function of type `() -> ()` and this body.
fn module_with_body(body: &[u8]) -> Vec<u8> {
    let leb = |mut value: usize| {
        let mut bytes = Vec::new();
        loop {
            let low = u8::try_from(value & 0x7f).expect("seven bits");
            value >>= 7;
            if value == 0 {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    };
    let mut code = vec![1];
    code.extend(leb(body.len()));
    code.extend_from_slice(body);
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10]);
    bytes.extend(leb(code.len()));
    bytes.extend_from_slice(&code);
    bytes
}

/// The worst case for the output: charge points as dense as they can be. The output stays within
/// a fixed multiple of the input, at any size.
#[test]
fn the_output_grows_in_proportion_to_the_input() {
    let mut ratios = Vec::new();
    for count in [1_000, 10_000, 60_000] {
        let mut body = vec![0];
        for _ in 0..count {
            // A conditional branch on a constant: the densest that validates, four bytes each.
            body.extend_from_slice(&[0x41, 0x00, 0x0d, 0x00]);
        }
        body.push(0x0b);
        let bytes = module_with_body(&body);
        let output = prepared(&bytes).expect("accepted").bytes().len();
        ratios.push(output * 100 / bytes.len());
    }
    assert!(ratios.iter().all(|ratio| *ratio < 800), "{ratios:?}");
    assert!(ratios[2] <= ratios[0], "{ratios:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(prepared(&bytes).is_none());
    }

    #[test]
    fn random_sections_make_no_trouble(
        sections in proptest::collection::vec(
            (0_u8..14, proptest::collection::vec(any::<u8>(), 0..60)), 0..12)
    ) {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in sections {
            bytes.push(id);
            bytes.push(u8::try_from(content.len()).expect("below 128"));
            bytes.extend_from_slice(&content);
        }
        prepared(&bytes);
    }

    #[test]
    fn random_code_makes_no_trouble(code in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut body = vec![0];
        body.extend_from_slice(&code);
        body.push(0x0b);
        prepared(&module_with_body(&body));
    }

    #[test]
    fn random_changes_of_the_sample_make_no_trouble(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = sample();
        for (place, value) in changes {
            let position = place.index(bytes.len());
            bytes[position] = value;
        }
        prepared(&bytes);
    }
}
