//! Both ways through the notation: text of a scenario to bytes by a type, and back to text.

mod fields;

use lockstep_abi::{Field, Type, Variant};
use toml::Spanned;

use super::{Identifier, Lookup, Mismatch, Mismatches, Value, decode, encode};
use crate::problem_code::ProblemCode;

/// One account and one code.
struct Names;

impl Lookup for Names {
    fn find(&self, kind: Identifier, name: &str) -> Option<[u8; 32]> {
        match (kind, name) {
            (Identifier::Account, "alice") => Some([7; 32]),
            (Identifier::Code, "token") => Some([9; 32]),
            _ => None,
        }
    }

    fn names(&self, _: Identifier) -> Vec<String> {
        vec!["alice".to_string()]
    }

    fn shown(&self, kind: Identifier, bytes: &[u8; 32]) -> String {
        match (kind, bytes) {
            (Identifier::Account, [7, ..]) => "@alice".to_string(),
            (Identifier::Code, [9, ..]) => "@token".to_string(),
            _ => format!("0x{}", hex::encode(bytes)),
        }
    }
}

fn value(text: &str) -> Spanned<Value> {
    let document = format!("value = {text}");
    let mut table: std::collections::BTreeMap<String, Spanned<Value>> =
        toml::from_str(&document).expect("the text is TOML");
    table.remove("value").expect("the key is there")
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_string(),
        ty,
    }
}

fn shape() -> Type {
    let variants = vec![
        Variant {
            name: "Point".to_string(),
            index: 0,
            fields: vec![],
        },
        Variant {
            name: "Circle".to_string(),
            index: 3,
            fields: vec![field("", Type::U16)],
        },
        Variant {
            name: "Rectangle".to_string(),
            index: 5,
            fields: vec![
                field("width", Type::U8),
                field("height", Type::Option(Box::new(Type::U8))),
            ],
        },
    ];
    Type::Enum {
        name: "Shape".to_string(),
        variants,
    }
}

#[test]
fn values_are_encoded_and_read_back() {
    let list = |item| Type::List(Box::new(item));
    let map = Type::Map(Box::new(Type::U16), Box::new(Type::Bool));
    let cases = [
        (Type::Unit, "[]", "", "()"),
        (Type::Bool, "true", "01", "true"),
        (Type::U8, "255", "ff", "255"),
        (Type::U32, "\"1_000_000\"", "40420f00", "1_000_000"),
        (Type::I16, "-2", "feff", "-2"),
        (Type::I128, "-1", "ffffffffffffffffffffffffffffffff", "-1"),
        (
            Type::U128,
            "\"340_282_366_920_938_463_463_374_607_431_768_211_455\"",
            "ffffffffffffffffffffffffffffffff",
            "340_282_366_920_938_463_463_374_607_431_768_211_455",
        ),
        (Type::String, "\"h\u{e9}\"", "0c68c3a9", "\"h\u{e9}\""),
        (Type::Bytes, "\"0x00ff\"", "0800ff", "0x00ff"),
        (Type::Bytes, "[0, 255]", "0800ff", "0x00ff"),
        (
            Type::Array(Box::new(Type::U8), 2),
            "\"0x00ff\"",
            "00ff",
            "0x00ff",
        ),
        (Type::Option(Box::new(Type::U8)), "\"none\"", "00", "none"),
        (
            Type::Option(Box::new(Type::U8)),
            "{ some = 4 }",
            "0104",
            "some(4)",
        ),
        (list(Type::U16), "[1, 2]", "0801000200", "[1, 2]"),
        (
            Type::Tuple(vec![Type::U8, Type::Bool]),
            "[1, false]",
            "0100",
            "(1, false)",
        ),
        (shape(), "\"Point\"", "00", "Point"),
        (shape(), "{ Circle = [7] }", "030700", "Circle(7)"),
        (
            shape(),
            "{ Rectangle = { width = 1 } }",
            "050100",
            "Rectangle { width: 1, height: none }",
        ),
        // Keys are sorted as numbers, not as bytes: 256 is 0x0001 in little-endian.
        (
            map.clone(),
            "{ 256 = true, 2 = false }",
            "08020000000101",
            "{2: false, 256: true}",
        ),
        (map, "[[1, true]]", "04010001", "{1: true}"),
    ];
    for (ty, text, bytes, shown) in cases {
        let encoded =
            encode(&ty, &value(text), &Names).unwrap_or_else(|it| panic!("{text}: {it:?}"));
        assert_eq!(hex::encode(&encoded), bytes, "{text}");
        let decoded = decode(&ty, &encoded, &Names).expect("what was encoded decodes");
        assert_eq!(decoded.to_string(), shown, "{text}");
    }
}

#[test]
fn identifiers_are_names_or_digits() {
    let account = encode(&Type::AccountId, &value("\"@alice\""), &Names).expect("a known name");
    assert_eq!(account, [7; 32]);
    let code = encode(&Type::CodeHash, &value("\"@token\""), &Names).expect("a known name");
    assert_eq!(
        decode(&Type::CodeHash, &code, &Names).map(|it| it.to_string()),
        Some("@token".into())
    );
    let digits = format!("\"0x{}\"", "01".repeat(32));
    let hash = encode(&Type::Hash, &value(&digits), &Names).expect("64 digits");
    assert_eq!(hash, [1; 32]);
    let unknown = encode(&Type::AccountId, &value("\"@token\""), &Names).expect_err("no account");
    assert_eq!(unknown.0[0].code, ProblemCode::ScenarioUnknownName);
}

#[test]
fn what_does_not_fit_is_refused_at_its_place() {
    let cases = [
        (Type::U8, "256", ProblemCode::ScenarioNumber),
        (Type::U8, "-1", ProblemCode::ScenarioNumber),
        (Type::I8, "-129", ProblemCode::ScenarioNumber),
        (Type::U64, "true", ProblemCode::ScenarioArgument),
        (Type::U64, "1.0", ProblemCode::ScenarioArgument),
        (Type::String, "5", ProblemCode::ScenarioArgument),
        (Type::Bytes, "\"00\"", ProblemCode::ScenarioHex),
        (
            Type::Array(Box::new(Type::U8), 3),
            "\"0x00\"",
            ProblemCode::ScenarioArgument,
        ),
        (
            Type::Tuple(vec![Type::U8]),
            "[1, 2]",
            ProblemCode::ScenarioArgument,
        ),
        (
            Type::Struct {
                name: "Pair".into(),
                fields: vec![unnamed(Type::U8), unnamed(Type::U8)],
            },
            "{ \"\" = 5 }",
            ProblemCode::ScenarioArgument,
        ),
        (shape(), "\"Triangle\"", ProblemCode::ScenarioArgument),
        (shape(), "\"Circle\"", ProblemCode::ScenarioArgument),
        (
            shape(),
            "{ Rectangle = { depth = 1 } }",
            ProblemCode::ScenarioArgument,
        ),
        (
            Type::Map(Box::new(Type::U8), Box::new(Type::U8)),
            "[[1, 2], [1, 3]]",
            ProblemCode::ScenarioDuplicate,
        ),
    ];
    for (ty, text, code) in cases {
        let mismatch = only(encode(&ty, &value(text), &Names), text);
        assert_eq!(mismatch.code, code, "{text}: {mismatch:?}");
        assert!(
            mismatch.span.start >= "value = ".len(),
            "{text}: {mismatch:?}"
        );
        assert!(!mismatch.help.is_empty(), "{text}");
    }
}

/// The only thing that does not fit.
fn only(encoded: Result<Vec<u8>, Mismatches>, text: &str) -> Mismatch {
    let Mismatches(mut found) = encoded.expect_err(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

#[test]
fn bytes_that_are_no_value_do_not_decode() {
    let list = Type::List(Box::new(Type::Unit));
    for (ty, bytes) in [
        (Type::U8, &[][..]),
        (Type::U8, &[1, 2]),
        (Type::Bool, &[2]),
        (Type::String, &[4, 0xff]),
        (Type::Option(Box::new(Type::U8)), &[2, 1]),
        (shape(), &[9]),
        // A thousand million units need no byte and must need no memory either.
        (list, &[0x02, 0x94, 0x35, 0x77]),
        (Type::Array(Box::new(Type::Unit), u32::MAX), &[]),
    ] {
        assert_eq!(decode(&ty, bytes, &Names), None, "{bytes:?}");
    }
}

/// A field of a tuple struct.
fn unnamed(ty: Type) -> Field {
    Field {
        name: String::new(),
        ty,
    }
}
