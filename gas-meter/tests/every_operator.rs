//! Every operator that the parser knows is either priced and accepted or refused with a reason.
//!
//! The encodings are not written down: the test reads every opcode there is with the parser, so
//! that a module with each operator comes from the parser's own tables, and compares the set with
//! the parser's list of operators. None can be forgotten.

use std::collections::BTreeMap;

use lockstep_gas_meter::{PrepareError, Protocol, Violation, ViolationCode as C, validate};
use wasmparser::{BinaryReader, Operator, WasmFeatures};

/// The proposal and the parts of each operator in the parser's list, by its name there.
fn listed() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    macro_rules! names {
        ($(@$proposal:ident $op:ident $({ $($payload:tt)* })? => $visit:ident ($($ann:tt)*))*) => {
            [$((stringify!($op), (stringify!($proposal), stringify!($($ann)*)))),*]
        };
    }
    BTreeMap::from(wasmparser::for_each_operator!(names))
}

/// The operator's name in the parser's list.
fn variant_name(operator: &Operator<'_>) -> String {
    let shown = format!("{operator:?}");
    let end = shown.find([' ', '{']).unwrap_or(shown.len());
    shown[..end].to_owned()
}

/// Every operator with its encoding: each opcode, with immediates of zeros.
fn encodings() -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut opcodes: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    for prefix in [0xfb, 0xfc, 0xfd, 0xfe_u8] {
        for sub in 0..1_024_u16 {
            let low = u8::try_from(sub & 0x7f).expect("seven bits");
            let high = u8::try_from(sub >> 7).expect("three bits");
            opcodes.push(vec![prefix, low | 0x80, high]);
        }
    }
    for mut opcode in opcodes {
        // `select` with types wants exactly one; an empty block type is 0x40.
        let first = match opcode[..] {
            [0x1c] => vec![1, 0x7f],
            [0x02..=0x04 | 0x06 | 0x1f] => vec![0x40],
            _ => Vec::new(),
        };
        opcode.extend_from_slice(&first);
        opcode.extend_from_slice(&[0; 32]);
        let mut reader = BinaryReader::new_features(&opcode, 0, WasmFeatures::all());
        if let Ok(operator) = reader.read_operator() {
            let length = reader.original_position();
            found.insert(variant_name(&operator), opcode[..length].to_vec());
        }
    }
    found
}

/// A module whose only function is the operator, at the offset returned.
fn module_with(encoding: &[u8]) -> (Vec<u8>, u64) {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]);
    let length = u8::try_from(encoding.len() + 2).expect("short");
    bytes.extend_from_slice(&[10, length + 2, 1, length, 0]);
    let offset = u64::try_from(bytes.len()).expect("short");
    bytes.extend_from_slice(encoding);
    bytes.push(0x0b);
    (bytes, offset)
}

fn violations_of(encoding: &[u8]) -> (Vec<Violation>, u64) {
    let (bytes, offset) = module_with(encoding);
    match validate(&bytes, &Protocol::v1()) {
        Ok(_) => (Vec::new(), offset),
        Err(PrepareError::Refused(refusal)) => (refusal.violations, offset),
        Err(PrepareError::Internal(error)) => panic!("{error}"),
    }
}

/// What the proposal alone says about an operator; `None` where the operators decide.
fn code_of_proposal(proposal: &str) -> Option<C> {
    match proposal {
        "mvp" | "sign_extension" | "bulk_memory" | "reference_types" => None,
        "saturating_float_to_int" => Some(C::FloatOperator),
        "simd" => Some(C::Simd),
        "relaxed_simd" => Some(C::RelaxedSimd),
        "threads" | "shared_everything_threads" => Some(C::Threads),
        "tail_call" => Some(C::TailCall),
        "exceptions" | "legacy_exceptions" => Some(C::Exceptions),
        "gc" => Some(C::Gc),
        "function_references" => Some(C::FunctionReferences),
        "stack_switching" => Some(C::StackSwitching),
        "memory_control" => Some(C::MemoryControl),
        "wide_arithmetic" => Some(C::WideArithmetic),
        other => panic!("nobody decided on the proposal {other}"),
    }
}

#[test]
fn the_opcodes_cover_the_parsers_list() {
    let encodings = encodings();
    let listed = listed();
    let missing: Vec<_> = listed
        .keys()
        .filter(|name| !encodings.contains_key(**name))
        .collect();
    assert!(missing.is_empty(), "no opcode was found for {missing:?}");
    assert_eq!(encodings.len(), listed.len());
    assert!(listed.len() > 600);
}

#[test]
fn every_operator_is_priced_or_refused_for_its_reason() {
    let schedule = Protocol::v1().schedule;
    let listed = listed();
    let mut priced = 0;
    for (name, encoding) in encodings() {
        let (proposal, _) = listed[name.as_str()];
        let mut reader = BinaryReader::new_features(&encoding, 0, WasmFeatures::all());
        let operator = reader.read_operator().expect("it was read before");
        let price = schedule.operator_price(&operator);
        let (violations, offset) = violations_of(&encoding);
        let refused = violations.first().filter(|first| first.code != C::Invalid);
        match (price, refused) {
            (Some(_), None) => {
                priced += 1;
                assert_eq!(code_of_proposal(proposal), None, "{name}");
            }
            (None, Some(violation)) => {
                assert_eq!(violation.offset, offset, "{name}");
                assert_eq!(
                    violation.function.as_ref().map(|f| f.index),
                    Some(0),
                    "{name}"
                );
                let shown = violation
                    .operator
                    .as_deref()
                    .expect("the operator is named");
                let plain = |text: &str| text.replace(['.', '_'], "").to_lowercase();
                assert!(
                    plain(&name).ends_with(&plain(shown)),
                    "{name} is shown as {shown}"
                );
                if let Some(code) = code_of_proposal(proposal) {
                    assert_eq!(violation.code, code, "{name}");
                }
            }
            other => panic!("{name} is neither priced nor refused, or both: {other:?}"),
        }
    }
    // 104 of the MVP's 172, 5 sign extensions, memory.copy, fill, init and data.drop.
    assert_eq!(priced, 113, "the number of accepted operators");
}

/// Floats are told by the operators' names and the types in the parser's list, not by our table.
#[test]
fn every_float_operator_is_refused() {
    let mut floats = 0;
    let listed = listed();
    for (name, encoding) in encodings() {
        let (proposal, parts) = listed[name.as_str()];
        let scalar = ["mvp", "sign_extension", "saturating_float_to_int"].contains(&proposal);
        let upper = name.to_uppercase();
        let float = ["F32", "F64"]
            .iter()
            .any(|float| upper.contains(float) || parts.to_uppercase().contains(float));
        if scalar && float {
            floats += 1;
            let (violations, _) = violations_of(&encoding);
            assert_eq!(violations[0].code, C::FloatOperator, "{name}");
        } else if scalar {
            let (violations, _) = violations_of(&encoding);
            assert!(
                violations.iter().all(|v| v.code != C::FloatOperator),
                "{name}"
            );
        }
    }
    // 4 memory, 2 constants, 12 comparisons, 28 arithmetic, 22 conversions, 8 saturating.
    assert_eq!(floats, 76);
}

/// The wider proposals' rows of the two partly accepted ones, by hand.
#[test]
fn table_and_reference_operators_are_refused() {
    let encodings = encodings();
    let rows = [
        ("TableGrow", C::TableOperator),
        ("TableFill", C::TableOperator),
        ("TableCopy", C::TableOperator),
        ("TableInit", C::TableOperator),
        ("TableGet", C::TableOperator),
        ("TableSet", C::TableOperator),
        ("TableSize", C::TableOperator),
        ("ElemDrop", C::TableOperator),
        ("RefNull", C::ReferenceTypes),
        ("RefIsNull", C::ReferenceTypes),
        ("RefFunc", C::ReferenceTypes),
        ("TypedSelect", C::ReferenceTypes),
    ];
    for (name, code) in rows {
        let (violations, _) = violations_of(&encodings[name]);
        assert_eq!(violations[0].code, code, "{name}");
    }
}
