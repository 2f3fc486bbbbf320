//! What is left of arguments, and how soon.

use std::ops::ControlFlow;

use super::{shorten as shorten_all, shorten_bytes};
use lockstep_abi::{Field, Type, Variant};
use parity_scale_codec::Encode;

/// What is left of a value by itself.
fn shorten(ty: &Type, mut bytes: Vec<u8>, shows: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let fields = [field("value", ty.clone())];
    let ended = shorten_all(&fields, &mut bytes, &mut |bytes| {
        ControlFlow::Continue(shows(bytes))
    });
    assert_eq!(ended, ControlFlow::Continue(()));
    bytes
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_string(),
        ty,
    }
}

#[test]
fn of_bytes_and_letters_those_are_left_that_are_needed() {
    let program: Vec<u8> = (0..200).collect();
    let left = shorten(&Type::Bytes, program.encode(), &mut |bytes| {
        [7, 90, 91].iter().all(|byte| bytes[1..].contains(byte))
    });
    assert_eq!(left, vec![7_u8, 90, 91].encode());
    let text = "a long t\u{e9}xt".to_string().encode();
    let left = shorten(&Type::String, text, &mut |bytes| {
        String::from_utf8(bytes[1..].to_vec()).is_ok_and(|text| text.contains('\u{e9}'))
    });
    assert_eq!(left, "\u{e9}".to_string().encode());
}

#[test]
fn of_a_list_of_calls_the_one_is_left_that_is_needed_and_its_arguments_are_simple() {
    let variants = vec![
        Variant {
            name: "Stop".into(),
            index: 0,
            fields: vec![],
        },
        Variant {
            name: "Call".into(),
            index: 1,
            fields: vec![
                field("input", Type::Bytes),
                field("gas", Type::Option(Box::new(Type::U32))),
            ],
        },
    ];
    let step = Type::Enum {
        name: "Step".into(),
        variants,
    };
    let call = |input: &[u8]| [vec![1], input.encode(), Some(9_u32).encode()].concat();
    let steps = [
        call(&[1, 2]),
        vec![0],
        call(&[3, 4, 5]),
        vec![0],
        call(&[6]),
    ];
    let encoded = [vec![5 << 2], steps.concat()].concat();
    let list = Type::List(Box::new(step));
    let left = shorten(&list, encoded, &mut |bytes| bytes.contains(&4));
    // The list's length, 1, is a 4.
    assert_eq!(left, [vec![4, 0]].concat());
    let encoded = [vec![5 << 2], steps.concat()].concat();
    let left = shorten(&list, encoded, &mut |bytes| bytes[1..].contains(&5));
    assert_eq!(left, [vec![4, 1], vec![5_u8].encode(), vec![0]].concat());
}

#[test]
fn what_is_no_value_of_the_type_stays() {
    let wrong = vec![8, 1];
    let left = shorten(&Type::Bytes, wrong.clone(), &mut |_| false);
    assert_eq!(left, wrong);
}

#[test]
fn of_an_array_the_items_that_are_not_needed_become_simple() {
    let array = Type::Array(Box::new(Type::U16), 5);
    let bytes = [1_u16, 2, 3, 4, 5].encode();
    let left = shorten(&array, bytes, &mut |bytes| {
        bytes.len() == 10 && bytes[6] == 4
    });
    assert_eq!(left, [0_u16, 0, 0, 4, 0].encode());
}

#[test]
fn behind_what_became_shorter_the_rest_is_shortened_where_it_lies_then() {
    let fields = [
        field("a", Type::Bytes),
        field("b", Type::List(Box::new(Type::String))),
        field("c", Type::U32),
    ];
    let value = |a: &[u8], b: &[&str], c: u32| (a.to_vec(), b.to_vec(), c).encode();
    let mut bytes = value(&[9; 100], &["first", "second", "third"], 7);
    let ended = shorten_all(&fields, &mut bytes, &mut |bytes| {
        ControlFlow::Continue(bytes.contains(&9) && bytes.ends_with(&[7, 0, 0, 0]))
    });
    assert_eq!(ended, ControlFlow::Continue(()));
    assert_eq!(bytes, value(&[9], &[], 7));
}

/// Each step costs as much as the bytes are long, and nothing is looked at once it is to end.
#[test]
fn the_longest_arguments_are_shortened_soon_and_a_break_ends_it() {
    const LENGTH: u32 = 131_064;
    let content = vec![7_u8; LENGTH as usize];
    let array = Type::Array(Box::new(Type::U8), LENGTH);
    let list = Type::List(Box::new(Type::U8));
    let units = Type::List(Box::new(Type::Unit));
    let cases = [
        (Some(array), content.clone()),
        (Some(list), content.encode()),
        (Some(Type::Bytes), content.encode()),
        (Some(Type::String), "x".repeat(content.len()).encode()),
        (Some(units), vec![(); 100_000].encode()),
        (None, content),
    ];
    for (ty, mut bytes) in cases {
        let fields: Vec<Field> = ty.map(|ty| field("value", ty)).into_iter().collect();
        let before = bytes.clone();
        let mut asked = 0;
        let mut shows = |_: &[u8]| match asked {
            2_000 => ControlFlow::Break(()),
            _ => {
                asked += 1;
                ControlFlow::Continue(false)
            }
        };
        let ended = match fields.is_empty() {
            true => shorten_bytes(&mut bytes, &mut shows),
            false => shorten_all(&fields, &mut bytes, &mut shows),
        };
        assert_eq!(
            (ended, asked),
            (ControlFlow::Break(()), 2_000),
            "{fields:?}"
        );
        assert_eq!(bytes, before);
    }
    // All but one are simple already.
    let mut bytes = vec![0_u8; LENGTH as usize];
    bytes[5] = 1;
    let array = Type::Array(Box::new(Type::U8), LENGTH);
    let left = shorten(&array, bytes.clone(), &mut |bytes| bytes[5] == 1);
    assert_eq!(left, bytes);
}
