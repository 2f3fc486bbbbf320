//! Values that are made, and how large they become.

use super::size::BYTES_MAX;
use super::{can_be_given, generate, simplest, split};
use crate::random::Random;
use crate::scenario::Names;
use crate::value::decode;
use lockstep_abi::{Field, Type, Variant};
use lockstep_gas_meter::Protocol;
use parity_scale_codec::Encode;

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_string(),
        ty,
    }
}

fn fields() -> Vec<Field> {
    let variants = vec![
        Variant {
            name: "A".into(),
            index: 3,
            fields: vec![],
        },
        Variant {
            name: "B".into(),
            index: 9,
            fields: vec![field("x", Type::I16)],
        },
    ];
    let name = String::new;
    vec![
        field("a", Type::U128),
        field("b", Type::String),
        field("c", Type::List(Box::new(Type::AccountId))),
        field("d", Type::Option(Box::new(Type::Bytes))),
        field(
            "e",
            Type::Enum {
                name: name(),
                variants,
            },
        ),
        field("f", Type::Map(Box::new(Type::U8), Box::new(Type::Bool))),
        field("g", Type::Array(Box::new(Type::U32), 3)),
        field("h", Type::Tuple(vec![Type::Unit, Type::Hash])),
    ]
}

#[test]
fn what_is_generated_is_of_the_type_and_can_be_taken_apart() {
    let fields = fields();
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let parts: Vec<Vec<u8>> = fields
            .iter()
            .map(|field| generate(&field.ty, &mut random, &[[7; 32]]))
            .collect();
        for (field, part) in fields.iter().zip(&parts) {
            let decoded = decode(&field.ty, part, &Names::default());
            assert!(decoded.is_some(), "seed {seed}: {}: {part:?}", field.name);
        }
        assert_eq!(split(&fields, &parts.concat()), Some(parts), "seed {seed}");
    }
}

#[test]
fn the_simplest_values_are_values() {
    for field in fields() {
        let bytes = simplest(&field.ty).expect("a value");
        assert!(
            decode(&field.ty, &bytes, &Names::default()).is_some(),
            "{}",
            field.name
        );
    }
}

fn array(item: Type, count: u32) -> Type {
    Type::Array(Box::new(item), count)
}

#[test]
fn nothing_is_made_of_types_whose_simplest_value_cannot_be_given() {
    let protocol = Protocol::v1();
    assert_eq!(BYTES_MAX, u64::from(protocol.limits.input_bytes_max));
    let too_large = [
        array(Type::U8, 131_073),
        array(Type::U8, u32::MAX),
        array(Type::Unit, u32::MAX),
        array(array(Type::Unit, u32::MAX), u32::MAX),
        array(array(Type::U64, 100_000), 100_000),
    ];
    let mut random = Random::new(1);
    for ty in &too_large {
        assert!(!can_be_given(std::iter::once(ty)), "{ty:?}");
        assert_eq!(simplest(ty), None);
        assert!(generate(ty, &mut random, &[]).is_empty());
        assert_eq!(split(&[field("x", ty.clone())], &[]), None);
    }
    let most = array(Type::U8, 131_072);
    assert!(can_be_given(std::iter::once(&most)));
    assert!(!can_be_given([&most, &Type::U8].into_iter()));
}

#[test]
fn what_can_be_left_out_is_when_there_is_no_room_for_it() {
    let large = || array(Type::U64, 100_000);
    let variant = |name: &str, fields| Variant {
        name: name.into(),
        index: 0,
        fields,
    };
    let types = [
        Type::Option(Box::new(large())),
        Type::List(Box::new(large())),
        Type::List(Box::new(array(Type::U8, 1_000))),
        Type::List(Box::new(array(Type::Unit, 1_000))),
        Type::Map(Box::new(Type::U8), Box::new(large())),
        array(Type::Bytes, 131_072),
        array(Type::List(Box::new(array(Type::Unit, 1_000))), 1_000),
        Type::Enum {
            name: String::new(),
            variants: vec![
                variant("A", vec![]),
                variant("B", vec![field("x", large())]),
            ],
        },
    ];
    for seed in 0..30 {
        let mut random = Random::new(seed);
        for ty in &types {
            let length = generate(ty, &mut random, &[]).len();
            // How long lists are stands besides.
            assert!(length <= 2 * 131_072, "{length} bytes of {ty:?}");
        }
    }
}

#[test]
fn long_bytes_are_taken_apart_whatever_is_the_most_of_other_parts() {
    let bytes = vec![1_u8; 131_060];
    let fields = [field("a", Type::Bytes), field("b", Type::U8)];
    let parts = vec![bytes.encode(), vec![5]];
    assert_eq!(split(&fields, &parts.concat()), Some(parts));
    let text = "x".repeat(131_060).encode();
    assert_eq!(split(&[field("a", Type::String)], &text), Some(vec![text]));
    let units = field("a", Type::List(Box::new(Type::Unit)));
    let count = |count| super::compact(count).encode();
    assert!(split(std::slice::from_ref(&units), &count(199_998)).is_some());
    assert_eq!(split(&[units], &count(200_001)), None);
}
