//! What is said of fields that do not fit.

use lockstep_abi::Type;

use super::{Names, field, only, shape, unnamed, value};
use crate::value::{Mismatches, encode, encode_fields};

/// The help says what is then accepted.
#[test]
fn fields_without_names_are_asked_for_as_a_list() {
    let tuple = Type::Struct {
        name: "Pair".into(),
        fields: vec![unnamed(Type::U8), unnamed(Type::Bool)],
    };
    let circle = "the fields are u16, without names: write [ ... ]";
    let pair = "the fields are u8, bool, without names: write [ ... ]";
    for (ty, text, message, help) in [
        (
            shape(),
            "\"Circle\"",
            "the variant Circle has fields",
            "write { Circle = [ ... ] }: the fields are u16",
        ),
        (
            shape(),
            "\"Rectangle\"",
            "the variant Rectangle has fields",
            "write { Rectangle = { ... } }: the fields are width: u8, height: Option<u8>",
        ),
        (
            shape(),
            "{ Circle = { x = 5 } }",
            "Circle needs a list, found a table",
            circle,
        ),
        (
            shape(),
            "{ Circle = 5 }",
            "Circle needs a list, found an integer",
            circle,
        ),
        (tuple, "{}", "Pair needs a list, found a table", pair),
    ] {
        let mismatch = only(encode(&ty, &value(text), &Names), text);
        let said = (mismatch.message.as_str(), mismatch.help.as_str());
        assert_eq!(said, (message, help), "{text}");
    }
}

#[test]
fn everything_that_does_not_fit_is_told() {
    let fields = [
        field("amount", Type::U8),
        field("shape", shape()),
        field("pair", Type::Tuple(vec![Type::U8, Type::Bool])),
    ];
    for (text, messages) in [
        (
            "{ amount = \"q\", shape = { Rectangle = { width = 256, height = 5 } }, pair = [true, 1] }",
            &[
                "expected u8, found \"q\"",
                "256 does not fit into u8",
                "expected Option<u8>, found an integer",
                "expected u8, found a truth value",
                "expected bool, found an integer",
            ][..],
        ),
        (
            "[true, \"Point\", 5]",
            &[
                "expected u8, found a truth value",
                "expected (u8, bool), found an integer",
            ],
        ),
        (
            "{ shape = \"Point\" }",
            &[
                "pay lacks the field \"amount\" of type u8",
                "pay lacks the field \"pair\" of type (u8, bool)",
            ],
        ),
        // A name that is wrong may be that of the field that is missing.
        (
            "{ amonut = 1, shape = 5, pare = 2 }",
            &[
                "pay has no field \"amonut\"",
                "pay has no field \"pare\"",
                "expected a variant of Shape, found an integer",
            ],
        ),
    ] {
        let Mismatches(found) =
            encode_fields("pay", &fields, &value(text), &Names).expect_err(text);
        let found: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(found, messages, "{text}");
    }
}

/// A tuple says how many values it has, and a list what stands in it.
#[test]
fn lists_say_what_they_need() {
    let pair = Type::Tuple(vec![Type::U8, Type::Bool]);
    let mismatch = only(encode(&pair, &value("[1, true, 2]"), &Names), "a tuple");
    assert_eq!(
        mismatch.message,
        "expected (u8, bool), found a list of 3 values"
    );
    assert_eq!(mismatch.bound, Some(("2".to_string(), "3".to_string())));
    assert_eq!(mismatch.help, "write a list of 2 values");
    for (item, quotes) in [
        (Type::String, true),
        (Type::AccountId, true),
        (Type::U64, false),
        (Type::Bool, false),
    ] {
        let list = Type::List(Box::new(item));
        let mismatch = only(encode(&list, &value("\"[a,b]\""), &Names), "a list");
        assert_eq!(
            mismatch.help.ends_with("stand in quotes"),
            quotes,
            "{mismatch:?}"
        );
    }
}
